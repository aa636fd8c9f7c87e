import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { ADA } from '../servers/users.ts';
import { connected, fillLoginPage } from '../support/app-page.ts';
import { AUTH0_APP, addAuth0App, type Auth0Stack, openAuth0App, startNaiveAuth0Stack } from '../support/auth0-stack.ts';
import { test as base } from '../support/browser-test.ts';
import { type ForeignServer, startForeignServer } from '../support/foreign-server.ts';
import { type Mirror, startMirror } from '../support/mirror.ts';
import { setWorkerClockForward, withClock } from '../support/worker-clock.ts';

const TTL_SECONDS = 600;

let foreign: ForeignServer;
let mirror: Mirror;
let naive: Awaited<ReturnType<typeof startNaiveAuth0Stack>>;
let stack: Stack;
let ours: Auth0Stack;
beforeAll(async () => {
  [foreign, mirror, naive, stack] = await Promise.all([
    startForeignServer(),
    startMirror(),
    startNaiveAuth0Stack(),
    startStack({
      authorizationServer: { accessTokenTtlSeconds: TTL_SECONDS },
      app: { securityHeaders: 'off', workerScript: withClock },
    }),
  ]);
  stack.app.configure({ worker: { protectedResources: [{ url: stack.api.url }, { url: mirror.urlOf('covered') }] } });
  ours = { app: stack.app, api: stack.api, issuer: stack.authorizationServer.issuer };
  await Promise.all([addAuth0App(naive, 'auth0-spa-js'), addAuth0App(ours, 'tokenward')]);
});
afterAll(() => Promise.all([foreign.close(), mirror.close(), naive.close(), stack.close()]));
beforeEach(() => {
  stack.api.requests.clear();
  stack.authorizationServer.requests.clear();
});

/** A page of the app, with Tokenward's entry for its import, that has signed in once for all tests. */
const test = base.extend('held', { scope: 'file' }, async ({ browser }, { onCleanup }): Promise<Page> => {
  const context = await browser.newContext();
  onCleanup(() => context.close());
  const page = await context.newPage();
  await openAuth0App(page, ours);
  await leaveToSignIn(page);
  await fillLoginPage(page);
  await back(page);
  return page;
});

async function leaveToSignIn(page: Page): Promise<void> {
  await page.evaluate(() => void window.auth0App.signIn());
  await page.waitForURL((url) => url.origin === stack.authorizationServer.origin);
}

/** The same app at a server without a login page. */
async function signInNaively(page: Page): Promise<void> {
  await openAuth0App(page, naive);
  await page.evaluate(() => void window.auth0App.signIn());
  await page.locator('html[data-signed-in-for="/notes"]').waitFor({ state: 'attached' });
}

async function back(page: Page): Promise<void> {
  await page.waitForURL((url) => url.pathname === AUTH0_APP);
  await connected(page);
}

/** What a bearer of the header gets at an API. */
async function useElsewhere(apiUrl: string, authorization: string = ''): Promise<number> {
  return (await fetch(`${apiUrl}/me`, { headers: { authorization } })).status;
}

describe('an app that was written against auth0-spa-js', () => {
  test('runs with that library, so that the following tests drive such an app', async ({ page }) => {
    await signInNaively(page);

    expect(await page.evaluate(() => window.auth0App.callByAxios('/me'))).toBe(200);
    expect(await page.evaluate((url) => window.auth0App.callByFetch(`${url}/me`), naive.api.url)).toBe(200);
  });

  test('signs in, gets its appState, and has the user', async ({ held }) => {
    const state = await held.evaluate(() => window.auth0App.state());

    expect(state).toMatchObject({ isAuthenticated: true, signedInFor: '/notes', url: ours.app.origin + AUTH0_APP });
    expect(state.problem).toBeUndefined();
    expect(state.user).toMatchObject({ sub: ADA.sub, name: ADA.claims['name'] });
    expect(Object.keys(state.user ?? {})).not.toEqual(expect.arrayContaining(['iss']));
  });

  test('sets its own header, by axios and by fetch, and the API gets the token', async ({ held }) => {
    expect(await held.evaluate(() => window.auth0App.callByAxios('/me'))).toBe(200);
    expect(await held.evaluate((url) => window.auth0App.callByFetch(`${url}/me`), ours.api.url)).toBe(200);
    expect(await held.evaluate(() => window.auth0App.expiresInSeconds())).toBeGreaterThan(0);
  });

  test('keeps working across a refresh that its code does not notice', async ({ held }) => {
    await setWorkerClockForward(held, TTL_SECONDS + 1);

    const statuses = await held.evaluate(() =>
      Promise.all(['/me', '/me', '/me'].map((path) => window.auth0App.callByAxios(path))),
    );

    expect(statuses).toEqual([200, 200, 200]);
    expect(stack.authorizationServer.requests.count('token', 'refresh_token')).toBe(1);
  });

  test('learns why a sign-in failed, with its appState', async ({ page }) => {
    await openAuth0App(page, ours);
    expect(await page.evaluate(() => window.auth0App.tokenError())).toBe('login_required');
    await leaveToSignIn(page);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await back(page);

    const { problem, isAuthenticated } = await page.evaluate(() => window.auth0App.state());

    expect(problem).toEqual({ error: 'access_denied', appState: { target: '/notes' } });
    expect(isAuthenticated).toBe(false);
  });

  test('accepts no response that does not belong to a sign-in of its own', async ({ page }) => {
    await page.goto(`${ours.app.origin}${AUTH0_APP}?code=foreign&state=foreign`);
    await connected(page);

    const { problem, isAuthenticated } = await page.evaluate(() => window.auth0App.state());

    expect(problem?.error).toBe('missing_transaction');
    expect(isAuthenticated).toBe(false);
  });

  test('signs out at the authorization server', async ({ page }) => {
    await openAuth0App(page, ours);
    await leaveToSignIn(page);
    await fillLoginPage(page);
    await back(page);
    await page.evaluate(() => void window.auth0App.signOut());
    await page.waitForURL((url) => url.pathname === '/');
    await openAuth0App(page, ours);

    expect((await page.evaluate(() => window.auth0App.state())).isAuthenticated).toBe(false);
    expect(stack.authorizationServer.requests.count('end_session')).toBeGreaterThan(0);
  });
});

describe('script that asks the app’s client for its token', () => {
  test('gets one that works anywhere, from the library that returns it', async ({ page }) => {
    await signInNaively(page);

    await page.evaluate((url) => window.auth0App.callByFetch(url), `${foreign.origin}/naive`);

    const stolen = foreign.requests.find(({ path, method }) => path === '/naive' && method === 'GET')?.headers;
    expect(await useElsewhere(naive.api.url, stolen?.authorization)).toBe(200);
  });

  test('gets a placeholder that other servers receive unchanged, and that none accepts', async ({ held }) => {
    await held.evaluate((url) => window.auth0App.callByFetch(url), `${foreign.origin}/ours`);

    const taken = foreign.requests.find(({ path, method }) => path === '/ours' && method === 'GET')?.headers;
    const token = await held.evaluate(() => window.auth0App.token());
    expect(taken?.authorization).toBe('Bearer tokenward-placeholder');
    expect(stack.authorizationServer.issued.all()).not.toContain(token);
    expect(await useElsewhere(ours.api.url, taken?.authorization)).toBe(401);
  });

  test('sends the token with requests that a rule covers, and with no others', async ({ held }) => {
    for (const run of ['covered', 'outside'])
      await held.evaluate((url) => window.auth0App.callByFetch(url), mirror.urlOf(run));

    const [covered, outside] = ['covered', 'outside'].map(
      (run) => mirror.received(run).at(-1)?.headers['authorization'],
    );
    const issued = stack.authorizationServer.issued.all();
    expect(issued).toContain(covered?.replace('Bearer ', ''));
    expect(outside).toBe('Bearer tokenward-placeholder');
  });
});
