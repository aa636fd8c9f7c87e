import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { createSecurityPolicy, type SecurityPolicyOptions } from 'tokenward/server';
import { type Listener, listen } from '../servers/listener.ts';
import { test } from '../support/browser-test.ts';

/** What the token endpoint was sent. */
const received: string[] = [];
let authorizationServer: Listener;
let app: Listener;
/** The policy of the app's page. */
let policy: string;

beforeAll(async () => {
  authorizationServer = await listen(() => async (request, response) => {
    const body = await text(request);
    if (request.url === '/token') received.push(body);
    response.writeHead(200, { 'access-control-allow-origin': '*' }).end('tokens');
  });
  app = await listen(() => (request, response) => {
    // An open redirect, as some sign-out or link page of an app is one.
    if (request.url === '/leave') response.writeHead(307, { location: `${authorizationServer.origin}/token` }).end();
    else response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy }).end('<p>App</p>');
  });
});
afterAll(() => Promise.all([authorizationServer.close(), app.close()]));

function policyWith(options: Pick<SecurityPolicyOptions, 'connections' | 'authorizationServerPaths'>): string {
  const { headers } = createSecurityPolicy({
    origin: app.origin,
    worker: { path: '/tokenward-sw.js' },
    authorizationServers: [authorizationServer.origin],
    protectedResources: [],
    ...options,
  });
  return headers.find(({ name }) => name === 'content-security-policy')?.value ?? '';
}

describe('script in a page, where the app has an open redirect', () => {
  test.for([
    ['reaches', 'allow', ['/leave']],
    ['does not reach', 'refuse', []],
  ] as const)(
    '%s the token endpoint, since a policy forgets a path after a redirect: %s',
    async ([, authorizationServerPaths, through], { page }) => {
      const connections = [`${authorizationServer.origin}/api/`];
      policy = policyWith(authorizationServerPaths === 'allow' ? { connections, authorizationServerPaths } : {});
      received.length = 0;
      await page.goto(app.origin);

      const reached = await page.evaluate(
        async (urls) => {
          const answered: string[] = [];
          for (const url of urls) {
            const body = new URLSearchParams({ code: 'of-the-attacker' });
            const answer = await fetch(url, { method: 'POST', body }).then((response) => response.text(), String);
            if (answer === 'tokens') answered.push(url);
          }
          return answered;
        },
        [`${authorizationServer.origin}/token`, '/leave'],
      );

      expect(reached).toEqual(through);
      expect(received).toEqual(through.map(() => 'code=of-the-attacker'));
      expect(() => policyWith({ connections })).toThrow(/authorizationServerPaths/);
    },
  );
});
