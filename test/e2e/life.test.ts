import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished } from 'vitest';
import type { EndpointRequest } from '../servers/authorization-server-log.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import { ADA } from '../servers/users.ts';
import {
  addBarePage,
  callApi,
  connected,
  fillLoginPage,
  openBarePage,
  sessionIfAny,
  sessionOf,
  signIn,
} from '../support/app-page.ts';
import { CHROMIUM_SHELL } from '../support/browser-engine.ts';
import { test } from '../support/browser-test.ts';
import { launchPersistentBrowser } from '../support/browser.ts';
import { CUT_BEFORE, gateRequest, withholdAnswer } from '../support/gate.ts';
import { pauseClock } from '../support/page-clock.ts';
import { isWorkerRunning, stopWorker, tokenExpired } from '../support/worker-life.ts';

/** Access tokens that are never old when a test looks at them, and ones that are at once. */
const LONG = { accessTokenTtlSeconds: 3600 };
const SHORT = { accessTokenTtlSeconds: 1 };

let stack: Stack;
beforeAll(async () => {
  // A test holds requests back, and does what takes a busy machine long meanwhile.
  stack = await startStack({ app: { worker: { requestTimeoutMs: 60_000 } } });
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.configure(LONG);
  stack.authorizationServer.faults.clear();
  stack.app.faults.clear();
});

const POLL = { timeout: 15_000 };

const isRefresh = (request: EndpointRequest): boolean => request.grantType === 'refresh_token';
const isExchange = (request: EndpointRequest): boolean => request.grantType === 'authorization_code';

/** Signs in, and forgets what the authorization server was asked until then. */
async function beginSession(page: Page): Promise<void> {
  await signIn(page, stack);
  stack.authorizationServer.requests.clear();
}

/** Signs in with a token that expires at once; the next ones last. */
async function beginSessionWithExpiredToken(page: Page): Promise<void> {
  stack.authorizationServer.configure(SHORT);
  await beginSession(page);
  stack.authorizationServer.configure(LONG);
  await tokenExpired(page);
  // On a busy machine, the sign-in itself may have had to refresh such a token.
  stack.authorizationServer.requests.clear();
}

/**
 * Signs in until the browser loads the redirect URI. The worker may be stopped then: Chromium never ends that navigation, so
 * nothing here waits for it.
 *
 * @returns the redirect URI with the authorization response, as it stands in the address bar
 */
async function beginCallback(page: Page): Promise<string> {
  await openBarePage(page, stack);
  stack.authorizationServer.requests.clear();
  await page.evaluate(() => void window.tokenward.login());
  await page.waitForURL((url) => url.origin === stack.authorizationServer.origin);
  await page.getByLabel('Email').fill(ADA.username);
  await page.getByLabel('Password').fill(ADA.password);
  const request = page.waitForRequest((candidate) => new URL(candidate.url()).pathname === '/auth/callback');
  await page.evaluate(() => void setTimeout(() => document.querySelector('button')?.click()));
  return (await request).url();
}

/** How often the authorization server was asked for a sign-in without a page. */
function countSilentRequests(): number {
  const requests = stack.authorizationServer.requests.list('authorization');
  return requests.filter(({ parameters }) => parameters.get('prompt') === 'none').length;
}

/** Expects that there is a session, and that nobody has seen a login page since it began. */
async function expectSessionWithoutLoginPage(page: Page): Promise<void> {
  await expect.poll(() => sessionIfAny(page), POLL).toMatchObject({ status: 'signed-in' });
  expect(stack.authorizationServer.requests.count('interaction')).toBe(0);
  expect(await callApi(page, stack)).toMatchObject({ status: 200 });
}

describe('a worker that is stopped', () => {
  test('continues the session when it was idle, without a request to the authorization server', async ({ page }) => {
    await beginSession(page);

    await stopWorker(page);

    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    await stopWorker(page);
    await page.reload();
    await connected(page);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'sealed', claims: { plan: 'pro' } });
    expect(stack.authorizationServer.requests.count('token')).toBe(0);
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
  });

  test('knows the pending authorization when the user comes back from the login page', async ({ page }) => {
    await openBarePage(page, stack);
    stack.authorizationServer.requests.clear();
    await page.evaluate(() => void window.tokenward.login());
    await page.waitForURL((url) => url.origin === stack.authorizationServer.origin);

    await stopWorker(page);
    await fillLoginPage(page);
    await page.waitForURL(({ pathname }) => pathname === '/bare');
    await connected(page);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    expect(stack.authorizationServer.requests.count('token', 'authorization_code')).toBe(1);
  });

  test('exchanges the code when the address is loaded again, if the exchange had not reached the server', async ({
    page,
  }) => {
    const gate = gateRequest(stack.authorizationServer.faults, isExchange);
    const redirectUri = await beginCallback(page);
    await gate.arrived;

    await stopWorker(page);
    gate.open(CUT_BEFORE);
    await page.goto(redirectUri);
    await connected(page);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    expect(new URL(page.url()).pathname).toBe('/bare');
    expect(countSilentRequests()).toBe(0);
  });

  test('requests the sign-in again when it was stopped after the server had used the code', async ({ page }) => {
    const { faults, issued, requests } = stack.authorizationServer;
    onTestFinished(withholdAnswer(faults, isExchange));
    const tokensBefore = issued.accessTokens.size;
    const redirectUri = await beginCallback(page);
    await expect.poll(() => issued.accessTokens.size, POLL).toBeGreaterThan(tokensBefore);

    await stopWorker(page);
    requests.clear();
    await page.goto(redirectUri);
    await connected(page);

    await expectSessionWithoutLoginPage(page);
    expect(new URL(page.url()).pathname).toBe('/bare');
    expect(requests.list('authorization').filter(({ path }) => path === '/auth')).toHaveLength(1);
  });

  test('refreshes again when the refresh had not reached the server', async ({ page }) => {
    await beginSessionWithExpiredToken(page);
    const gate = gateRequest(stack.authorizationServer.faults, isRefresh);
    const cut = callApi(page, stack).catch(() => undefined);
    await gate.arrived;

    await stopWorker(page);
    gate.open(CUT_BEFORE);
    await cut;

    await expectSessionWithoutLoginPage(page);
    expect(stack.authorizationServer.requests.countRefreshTokenReuses()).toBe(0);
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
  });

  test('recovers without a login page when it was stopped between rotation and storage', async ({ page }) => {
    await beginSessionWithExpiredToken(page);
    const { faults, issued } = stack.authorizationServer;
    onTestFinished(withholdAnswer(faults, isRefresh));
    const tokensBefore = issued.refreshTokens.size;
    const cut = callApi(page, stack).catch(() => undefined);
    await expect.poll(() => issued.refreshTokens.size, POLL).toBeGreaterThan(tokensBefore);

    await stopWorker(page);
    await cut;
    // The next request finds out that the refresh token is gone; the page renews the session.
    await callApi(page, stack).catch(() => undefined);
    await expectSessionWithoutLoginPage(page);
    expect(new URL(page.url()).pathname).toBe('/bare');
    expect(countSilentRequests()).toBe(1);
  });

  test('stores a rotated refresh token before any request uses the new access token', async ({ page }) => {
    await beginSessionWithExpiredToken(page);
    stack.authorizationServer.configure(SHORT);

    // The answer of the API is here, so the access token was used: from now on a stop must cost nothing.
    await callApi(page, stack);
    await stopWorker(page);
    stack.authorizationServer.configure(LONG);
    await tokenExpired(page);

    await expectSessionWithoutLoginPage(page);
    expect(stack.authorizationServer.requests.countRefreshTokenReuses()).toBe(0);
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
  });
});

describe('a browser that is started again', () => {
  // It starts two browsers.
  const twoStarts = { timeout: 120_000 };
  test('finds the session in its profile, and refreshes it once', twoStarts, async () => {
    const profile = await mkdtemp(join(tmpdir(), 'tokenward-life-'));
    let context = await launchPersistentBrowser(CHROMIUM_SHELL, profile);
    try {
      await beginSessionWithExpiredToken(context.pages()[0] ?? (await context.newPage()));

      await context.close();
      context = await launchPersistentBrowser(CHROMIUM_SHELL, profile);
      const page = await context.newPage();
      await openBarePage(page, stack);

      expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'sealed' });
      await expectSessionWithoutLoginPage(page);
      // A second one would show whether the first was refused, cut, or of use to nobody.
      const refreshes = stack.authorizationServer.requests.list('token', 'refresh_token');
      expect(refreshes.map(({ status, errorDetail }) => ({ status, errorDetail }))).toEqual([{ status: 200 }]);
      expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
    } finally {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    }
  });
});

describe('a page', () => {
  test('has a session and a token after a hard reload, which leaves it without a controller', async ({
    page,
    context,
  }) => {
    await beginSession(page);
    await page.addInitScript(() => {
      Object.assign(window, { wasControlled: navigator.serviceWorker.controller !== null });
    });
    const cdp = await context.newCDPSession(page);

    await cdp.send('Page.reload', { ignoreCache: true });
    await page.waitForFunction(() => 'wasControlled' in window);
    await connected(page);

    expect(await page.evaluate(() => Reflect.get(window, 'wasControlled'))).toBe(false);
    expect(await page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
    await expectSessionWithoutLoginPage(page);
  });

  test('is controlled at its first visit, before a sign-in, and sends the authorization server no request', async ({
    page,
  }) => {
    stack.authorizationServer.requests.clear();
    stack.api.requests.clear();

    await openBarePage(page, stack);

    expect(await page.evaluate(() => navigator.serviceWorker.controller?.scriptURL)).toBe(
      `${stack.app.origin}/tokenward-sw.js`,
    );
    expect(await sessionOf(page)).toEqual({ status: 'signed-out', reason: 'not-signed-in' });
    expect(await callApi(page, stack)).toMatchObject({ status: 401 });
    expect(stack.api.requests.list().map(({ authorizationScheme }) => authorizationScheme)).toEqual([undefined]);
    expect(stack.authorizationServer.requests.count()).toBe(0);
  });

  test('waits for the worker that another page is installing', async ({ page, context }) => {
    addBarePage(stack.app);
    // The time limit of connect() stands still meanwhile.
    await page.clock.install();
    await pauseClock(page);
    const gate = gateRequest(stack.app.faults, ({ path }) => path === stack.app.workerPath);
    const other = await context.newPage();
    await page.goto(`${stack.app.origin}/bare`);
    await gate.arrived;

    await other.goto(`${stack.app.origin}/bare`);
    expect(await other.evaluate(() => document.documentElement.dataset['connected'])).toBeUndefined();
    gate.open();
    await Promise.all([connected(page), connected(other)]);
    await page.clock.resume();

    for (const tab of [page, other]) {
      expect(await tab.evaluate(() => window.connectError)).toBeUndefined();
      expect(await sessionOf(tab)).toEqual({ status: 'signed-out', reason: 'not-signed-in' });
    }
    await signIn(other, stack);
    await expect.poll(() => sessionOf(page)).toMatchObject({ status: 'signed-in' });
  });
});

describe('several tabs', () => {
  test('share one refresh of an expired token, also with a worker that was stopped', async ({ page, context }) => {
    await beginSessionWithExpiredToken(page);
    const tabs = [page, await context.newPage(), await context.newPage(), await context.newPage()];
    for (const tab of tabs.slice(1)) await openBarePage(tab, stack);
    // Stopped while it refreshes, it would refresh again. A page that has just connected may start it once more.
    const isRunning = (): Promise<boolean> => stopWorker(page).then(() => isWorkerRunning(page));
    await expect.poll(isRunning, POLL).toBe(false);

    const answers = await Promise.all(tabs.flatMap((tab) => [callApi(tab, stack), callApi(tab, stack, '/notes')]));

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(stack.authorizationServer.requests.count('token', 'refresh_token')).toBe(1);
    expect(stack.authorizationServer.requests.countRefreshTokenReuses()).toBe(0);
  });

  test('get the token of a refresh whose tab was closed', async ({ page, context }) => {
    await beginSessionWithExpiredToken(page);
    const other = await context.newPage();
    await openBarePage(other, stack);
    const gate = gateRequest(stack.authorizationServer.faults, isRefresh);
    void callApi(page, stack).catch(() => undefined);
    await gate.arrived;

    await page.close();
    gate.open();

    await expectSessionWithoutLoginPage(other);
    expect(stack.authorizationServer.requests.count('token', 'refresh_token')).toBe(1);
    expect(stack.authorizationServer.requests.countRefreshTokenReuses()).toBe(0);
  });

  test('lose nothing when the last of them is closed in a refresh', async ({ page, context }) => {
    await beginSessionWithExpiredToken(page);
    const gate = gateRequest(stack.authorizationServer.faults, isRefresh);
    void callApi(page, stack).catch(() => undefined);
    await gate.arrived;

    await page.close();
    gate.open();
    const next = await context.newPage();
    await openBarePage(next, stack);

    await expectSessionWithoutLoginPage(next);
    expect(stack.authorizationServer.requests.countRefreshTokenReuses()).toBe(0);
  });

  test('lose nothing when one is discarded in a refresh', async ({ page, context }) => {
    await beginSessionWithExpiredToken(page);
    const gate = gateRequest(stack.authorizationServer.faults, isRefresh);
    void callApi(page, stack).catch(() => undefined);
    await gate.arrived;
    const cdp = await context.newCDPSession(page);

    // What the browser does to a tab that it discards: the renderer is gone, and whatever shares its process too.
    const crashed = page.waitForEvent('crash');
    void cdp.send('Page.crash').catch(() => undefined);
    await crashed;
    gate.open(CUT_BEFORE);
    const revived = await context.newPage();
    await openBarePage(revived, stack);

    await expectSessionWithoutLoginPage(revived);
    expect(stack.authorizationServer.requests.countRefreshTokenReuses()).toBe(0);
  });
});
