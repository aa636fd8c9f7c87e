import { once } from 'node:events';
import { createServer } from 'node:http';
import express from 'express';
import type { Page } from 'playwright';
import { createTokenward, type RelayOptions, type TokenwardServer } from 'tokenward/server';
import type { TokenwardConfig } from 'tokenward/config';
import { afterAll, beforeAll, describe, expect, onTestFinished, vi } from 'vitest';
import { type Api, startApi } from '../servers/api.ts';
import { type AuthorizationServer, startAuthorizationServer } from '../servers/authorization-server.ts';
import type { Endpoint } from '../servers/authorization-server-log.ts';
import { API_AUDIENCE } from '../servers/authorization-server-configuration.ts';
import { send } from '../server/http-client.ts';
import { fillLoginPage } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { revokeAccessToken } from '../support/refused-token.ts';
import { PAGE_TIMEOUT_MS } from '../support/engines/engine.ts';
import { portOf } from '../support/port-of.ts';

const CLIENT_SECRET = 'the-secret-of-a-confidential-client';

let server: AuthorizationServer;
let api: Api;
beforeAll(async () => {
  // A client that must authenticate itself, and endpoints whose answers no browser can read.
  server = await startAuthorizationServer({ clientSecret: CLIENT_SECRET, endpointCors: 'refused' });
  api = await startApi({ issuer: server.issuer, audience: API_AUDIENCE });
});
afterAll(async () => {
  await Promise.all([api.close(), server.close()]);
});

/** An app, whose server can be replaced as by a deployment. */
interface App {
  readonly origin: string;
  readonly config: TokenwardConfig;
  deploy(tokenward: TokenwardServer): void;
}

async function startApp(relay: RelayOptions | undefined, more: Partial<TokenwardConfig> = {}): Promise<App> {
  let current: TokenwardServer;
  const app = express();
  app.use((request, response, next) => current.middleware(request, response, next));
  app.get('/app.js', (_request, response) => {
    response.type('text/javascript').send(`
import { connect } from '/tokenward/page.js';
try {
  window.tokenward = await connect();
} catch ({ code, message }) {
  window.connectError = { code, message };
}
document.documentElement.dataset.connected = 'yes';`);
  });
  app.get('/', (_request, response) => {
    response.send('<!doctype html><title>App</title><script type="module" src="/app.js"></script>');
  });
  const listener = createServer(app).listen(0);
  onTestFinished(() => {
    listener.closeAllConnections();
    listener.close();
  });
  await once(listener, 'listening');
  const origin = `http://localhost:${portOf(listener)}`;
  server.addApp(origin, [`${origin}/auth/callback`]);
  api.addOrigin(origin);
  server.requests.clear();
  api.faults.clear();
  const config: TokenwardConfig = {
    origin,
    issuer: server.issuer,
    clientId: server.clientId,
    scopes: ['openid', 'offline_access', 'notes:read'],
    authorizationParameters: { resource: API_AUDIENCE },
    protectedResources: [{ url: api.url }],
    ...(relay && { relay: true }),
    ...more,
  };
  current = createTokenward(config, { ...(relay && { relay }) });
  return {
    origin,
    config,
    deploy: (tokenward) => {
      current = tokenward;
    },
  };
}

async function open(tab: Page, { origin }: App): Promise<void> {
  await tab.goto(origin);
  await tab.waitForSelector('html[data-connected="yes"]', { state: 'attached' });
}

async function signIn(tab: Page, app: App): Promise<void> {
  await open(tab, app);
  await tab.evaluate(() => void window.tokenward.login());
  await tab.waitForSelector('[name=username]');
  await fillLoginPage(tab);
  await tab.waitForURL(({ origin }) => origin === app.origin);
  await tab.waitForSelector('html[data-connected="yes"]', { state: 'attached' });
}

function callApi(tab: Page): Promise<number> {
  return tab.evaluate(
    (url) =>
      fetch(url).then(
        ({ status }) => status,
        () => 0,
      ),
    `${api.url}/notes`,
  );
}

/** Waits until something is so, under load too. */
async function until(look: () => Promise<boolean>): Promise<void> {
  await vi.waitUntil(look, { timeout: PAGE_TIMEOUT_MS, interval: 100 });
}

describe('an app of a confidential client, whose token endpoint no browser can read', () => {
  test('signs in, calls its API, refreshes and revokes by the relay', async ({ page: tab }) => {
    const app = await startApp({ clientSecret: CLIENT_SECRET });
    await signIn(tab, app);

    expect(await tab.evaluate(() => window.tokenward.session)).toMatchObject({
      status: 'signed-in',
      storage: 'sealed',
    });
    revokeAccessToken(api);
    expect(await callApi(tab)).toBe(200);
    expect(server.requests.list('token').map(({ grantType }) => grantType)).toEqual([
      'authorization_code',
      'refresh_token',
    ]);
    await tab.evaluate(() => void window.tokenward.logout());
    await until(async () => server.requests.list('revocation').length >= 2);

    for (const endpoint of ['pushed_authorization_request', 'token', 'revocation'] satisfies Endpoint[]) {
      const requests = server.requests.list(endpoint);
      expect(requests.length, endpoint).toBeGreaterThan(0);
      // No request came from the browser, and the client has authenticated itself in each.
      expect(new Set(requests.map(({ origin }) => origin)), endpoint).toEqual(new Set([undefined]));
      // This server refuses to revoke access tokens that are JWTs (RFC 7009, section 2.2.1).
      const refused = requests.filter(({ status, error }) => status >= 400 && error !== 'unsupported_token_type');
      expect(refused, endpoint).toEqual([]);
    }
  });

  test('cannot sign in without the relay', async ({ page: tab }) => {
    const app = await startApp(undefined, { pushedAuthorizationRequests: 'off' });
    await signIn(tab, app);

    expect(await tab.evaluate(() => window.tokenward.session.status)).toBe('signed-out');
  });

  test('does not start a worker whose script has no identity: the server has no relay', async ({ page: tab }) => {
    const app = await startApp({ clientSecret: CLIENT_SECRET });
    const headers = { 'sec-fetch-dest': 'serviceworker', 'sec-fetch-mode': 'same-origin' };
    const { body } = await send(`${app.origin}/tokenward-sw.js`, { headers });
    const tokenward = createTokenward(app.config, { relay: { clientSecret: CLIENT_SECRET } });
    app.deploy({
      ...tokenward,
      middleware: (request, response, next) => {
        if (request.url !== '/tokenward-sw.js') return tokenward.middleware(request, response, next);
        response.setHeader('content-type', 'text/javascript');
        response.end(body.replace(/self\.__tokenwardRelay="[^"]*";/, ''));
      },
    });
    await open(tab, app);

    expect(await tab.evaluate(() => window.connectError)).toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining('the server has put no identity of the relay into the worker script'),
    });
  });

  test('gives the secret to no browser: it is in no script, page or response of its server', async ({ page: tab }) => {
    const app = await startApp({ clientSecret: CLIENT_SECRET });
    const texts: Promise<string>[] = [];
    tab.context().on('response', (response) => texts.push(response.text().catch(() => '')));
    await signIn(tab, app);
    const headers = { 'sec-fetch-dest': 'serviceworker', 'sec-fetch-mode': 'same-origin' };
    const script = await send(`${app.origin}/tokenward-sw.js`, { headers });
    const served = [script.body, ...(await Promise.all(texts))];

    expect(served[0]).toMatch(/self\.__tokenwardRelay="[\da-f]{32}\.[\da-f]{64}";/);
    expect(served[0]).toMatch(/"relay": true/);
    expect(served.some((text) => text.includes(CLIENT_SECRET) || text.includes(btoa(CLIENT_SECRET)))).toBe(false);
  });

  test('keeps its session when the key of the server changes: the worker gets another identity', async ({
    page: tab,
  }) => {
    const app = await startApp({ clientSecret: CLIENT_SECRET });
    await signIn(tab, app);
    const relay = { clientSecret: CLIENT_SECRET, key: 'another-key-of-this-server-000000' };
    // After a failed refresh, the next version waits as long as a refresh of its own can take: five seconds more than this.
    app.deploy(createTokenward({ ...app.config, requestTimeoutMs: 5000 }, { relay }));
    revokeAccessToken(api);
    const status = await tab.evaluate(async (url) => {
      const registration = await navigator.serviceWorker.ready;
      const before = registration.active;
      const answer = await fetch(url).then(
        (response) => response.status,
        () => 0,
      );
      // A browser replaces a version only once it is idle: nothing is asked meanwhile.
      while (registration.active === before || registration.active?.state !== 'activated') {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return answer;
    }, `${api.url}/notes`);
    expect(status).not.toBe(200);

    await until(async () => (await callApi(tab)) === 200);
    expect(await tab.evaluate(() => window.tokenward.session.status)).toBe('signed-in');
  });

  test('keeps its session while the secret of the server is wrong', async ({ page: tab }) => {
    const app = await startApp({ clientSecret: CLIENT_SECRET });
    await signIn(tab, app);
    server.configure({ clientSecret: 'a-new-secret-of-the-same-client-000' });
    onTestFinished(() => server.configure({ clientSecret: CLIENT_SECRET }));
    revokeAccessToken(api);
    await until(async () => {
      await callApi(tab);
      return server.requests.list('token').some(({ status }) => status === 401);
    });
    expect(await tab.evaluate(() => window.tokenward.session.status)).toBe('signed-in');

    server.configure({ clientSecret: CLIENT_SECRET });
    await until(async () => (await callApi(tab)) === 200);
  });
});
