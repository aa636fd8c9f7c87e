import { decodeJwt } from 'jose';
import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { TokenwardOptions } from 'tokenward/sw';
import { type Listener, listen } from '../servers/listener.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import { ADA, GRACE } from '../servers/users.ts';
import { callApi, openBarePage, sessionOf, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { setWorkerClockForward, withClock } from '../support/worker-clock.ts';

const TTL_SECONDS = 1200;

let stack: Stack;
/** An API that says whose access token it got, as a number and a name. */
let people: Listener;
beforeAll(async () => {
  [stack, people] = await Promise.all([
    startStack({ authorizationServer: { accessTokenTtlSeconds: TTL_SECONDS }, app: { workerScript: withClock } }),
    listen(() => ({ headers, method }, response) => {
      const allowed = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'authorization' };
      if (method === 'OPTIONS') return void response.writeHead(204, allowed).end();
      const { sub } = decodeJwt(headers.authorization?.split(' ')[1] ?? '');
      const person = { account: { id: sub === ADA.sub ? 1 : 2 }, login: sub, scopes: 'not for the page' };
      response.writeHead(200, { 'content-type': 'application/json', ...allowed }).end(JSON.stringify(person));
    }),
  ]);
});
afterAll(() => Promise.all([stack.close(), people.close()]));
beforeEach(() => {
  stack.authorizationServer.requests.clear();
  stack.authorizationServer.faults.clear();
});

/** The worker of the next context. */
function configure(worker: Partial<TokenwardOptions>): void {
  stack.app.configure({ worker, workerConnections: [people.origin] });
}

/** The endpoints of the server, as its metadata have them. */
function endpoints(): {
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly jwks_uri: string;
} {
  const { origin } = stack.authorizationServer;
  return { authorization_endpoint: `${origin}/auth`, token_endpoint: `${origin}/token`, jwks_uri: `${origin}/jwks` };
}

/** Lets the server answer requests for its metadata so that no browser may read them. */
function forbidMetadata(): void {
  stack.authorizationServer.faults.plan(
    ({ endpoint }) => endpoint === 'discovery',
    { stage: 'before', answer: { status: 200, cors: 'omit', body: '{}' } },
    Infinity,
  );
}

/** Calls the API, and once more after the access token has expired, so that it is refreshed. */
async function callAndRefresh(page: Page): Promise<void> {
  expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  const before = stack.authorizationServer.requests.count('token');
  await setWorkerClockForward(page, TTL_SECONDS);
  expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  expect(stack.authorizationServer.requests.count('token')).toBe(before + 1);
}

async function signOut(page: Page): Promise<void> {
  await page.evaluate(() => void window.tokenward.logout());
  await page.waitForURL(({ origin, pathname }) => origin === stack.app.origin && pathname === '/');
  await openBarePage(page, stack);
  expect(await sessionOf(page)).toMatchObject({ status: 'signed-out', reason: 'signed-out' });
}

describe('metadata in the configuration', () => {
  test('sign in at a server whose metadata no browser may read, without a request for them', async ({ page }) => {
    configure({ authorizationServer: { metadata: endpoints() } });
    forbidMetadata();

    await signIn(page, stack);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', claims: { sub: ADA.sub } });
    await callAndRefresh(page);
    expect(stack.authorizationServer.requests.count('discovery')).toBe(0);
  });

  test('name another URL of them, and members that are missing there', async ({ page }) => {
    const { issuer, origin } = stack.authorizationServer;
    configure({
      authorizationServer: {
        metadataUrl: `${issuer}/.well-known/oauth-authorization-server`,
        metadata: { revocation_endpoint: `${origin}/token/revocation` },
      },
    });

    await signIn(page, stack);
    await callAndRefresh(page);

    const paths = stack.authorizationServer.requests.list('discovery').map(({ path }) => path);
    expect(new Set(paths)).toEqual(new Set(['/.well-known/oauth-authorization-server']));
  });
});

describe('a server of plain OAuth 2.0', () => {
  const PLAIN = { openid: false, scopes: ['notes:read', 'notes:write'] } satisfies Partial<TokenwardOptions>;

  test('signs in, the API gets tokens, they are refreshed, a reload keeps the session, and a sign-out ends it', async ({
    page,
  }) => {
    configure({ ...PLAIN, userInfo: { url: `${people.origin}/me`, mapping: { sub: 'account.id', name: 'login' } } });

    await signIn(page, stack);

    const { claims } = Object(await sessionOf(page));
    expect(claims).toEqual({ sub: '1', name: ADA.sub });
    const [request] = stack.authorizationServer.requests.list('authorization');
    expect(request?.parameters.get('scope')).toBe('notes:read notes:write');
    expect(request?.parameters.has('nonce')).toBe(false);
    await callAndRefresh(page);
    await openBarePage(page, stack);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', claims });
    expect(await page.evaluate(() => window.tokenward.userinfo())).toEqual(claims);
    await signOut(page);
    expect(await callApi(page, stack)).toMatchObject({ status: 401 });
  });

  test('distinguishes its users by the configured URL', async ({ page }) => {
    configure({ ...PLAIN, userInfo: { url: `${people.origin}/me`, mapping: { sub: 'account.id' } } });

    await signIn(page, stack, GRACE);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', claims: { sub: '2' } });
  });

  test('without such a URL has a user who is not known', async ({ page }) => {
    configure(PLAIN);

    await signIn(page, stack);

    expect(await sessionOf(page)).toMatchObject({
      status: 'signed-in',
      claims: { sub: expect.stringMatching(/^unknown:/) },
    });
    await callAndRefresh(page);
  });

  test('is not asked silently: the page stays where it is', async ({ page }) => {
    configure(PLAIN);
    await openBarePage(page, stack);
    const { href } = new URL(page.url());

    const message = await page.evaluate(() => window.tokenward.login({ silent: true }).then(String, String));

    expect(message).toContain('"prompt" needs OpenID Connect');
    expect(page.url()).toBe(href);
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
  });
});
