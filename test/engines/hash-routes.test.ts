import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { connected, fillLoginPage, sessionOf } from '../support/app-page.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';
import { addHashApp, DEEP_LINK } from '../support/hash-app.ts';

const CODE = 'code-of-another-flow';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
  addHashApp(stack.app);
});
afterAll(() => stack.close());
beforeEach(() => stack.authorizationServer.endUserSessions());

const shownBy = (page: EnginePage): Promise<string> => page.evaluate(() => document.body.textContent ?? '');

async function open(page: EnginePage, path: string): Promise<void> {
  await page.goto(stack.app.origin + path);
  await connected(page);
}

async function isBack(page: EnginePage): Promise<void> {
  await page.waitForURL(({ origin, pathname }) => origin === stack.app.origin && pathname === '/');
  await connected(page);
}

async function signIn(page: EnginePage): Promise<void> {
  await page.waitForURL(({ origin }) => origin === stack.authorizationServer.origin);
  await fillLoginPage(page);
  await isBack(page);
}

/** Expects the app at a path, with the view of it in every router and nothing in the address that is not the app's. */
async function expectView(page: EnginePage, path: string, view: string): Promise<void> {
  expect(await page.url()).toBe(stack.app.origin + path);
  expect(await page.evaluate(() => document.location.href)).toBe(stack.app.origin + path);
  expect(await shownBy(page)).toBe(Array.from({ length: 4 }, () => view).join());
}

describe('an address with a fragment at the callback', () => {
  test.for([
    `?code=a&state=b#code=${CODE}`,
    `?error=access_denied&state=b#${CODE}`,
    `?x#id_token=${CODE}`,
    `#code=${CODE}`,
  ])('does not keep %s in the address that the worker redirects to, which is the start', async (response, { page }) => {
    await open(page, '/');

    await page.goto(`${stack.app.origin}/auth/callback${response}`);
    await page.waitForURL(({ pathname }) => pathname !== '/auth/callback');
    await connected(page);

    await expectView(page, '/#/', 'Start');
  });

  test('is not kept after a response to a sign-in of the app', async ({ page }) => {
    await open(page, '/');
    const server = stack.authorizationServer.origin;
    await page.evaluate(() => void window.tokenward.login());
    await page.waitForURL(({ origin }) => origin === server);
    await fillLoginPage(page);
    await isBack(page);

    // Redirects, each without a fragment, carry this one from here to the callback and on.
    await page.goto(`${stack.app.origin}/auth/login?prompt=none&returnTo=/%3Ftab=2#code=${CODE}`);
    await page.waitForURL(({ search }) => search === '?tab=2');
    await connected(page);

    await expectView(page, '/?tab=2', 'Start');
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    expect(await sessionOf(page)).not.toHaveProperty('lastError');
  });

  test('is not kept in the address that the server redirects to without a worker', async ({ page }) => {
    await page.goto(`${stack.app.origin}/auth/callback?code=a&state=b#code=${CODE}`);
    await page.waitForURL(({ search }) => search === '?_');

    expect(new URL(await page.url()).hash).toBe('#_');
    expect(await page.evaluate(() => document.location.href)).not.toContain(CODE);
  });
});

describe('an app with hash routes', () => {
  test.for([
    ['/auth/login', '/', 'Start'],
    ['/auth/login?returnTo=/', '/', 'Start'],
    ['/auth/login?returnTo=/%23/orders/7', DEEP_LINK, 'Order 7'],
    ['/auth/login#/orders/7', '/', 'Start'],
  ] as const)('shows its view after a sign-in by the link %s', async ([link, path, view], { page }) => {
    await open(page, '/');

    await page.goto(stack.app.origin + link);
    await signIn(page);

    await expectView(page, path, view);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  });

  test('is where it was after login(), a silent sign-in, and at its start after logout()', async ({ page }) => {
    await open(page, DEEP_LINK);
    await page.evaluate(() => void window.tokenward.login());
    await signIn(page);
    await expectView(page, DEEP_LINK, 'Order 7');

    const before = stack.authorizationServer.requests.count('authorization');
    await page.evaluate(() => {
      delete document.documentElement.dataset['connected'];
      void window.tokenward.login({ silent: true });
    });
    await isBack(page);
    await expectView(page, DEEP_LINK, 'Order 7');
    expect(stack.authorizationServer.requests.count('authorization')).toBeGreaterThan(before);

    await page.evaluate(() => void window.tokenward.logout());
    await page.waitForURL(({ href }) => !href.includes('#'));
    await isBack(page);
    await expectView(page, '/', 'Start');
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-out' });
  });

  test.for([
    ['/auth/login?returnTo=/%23/orders/7&scope=forbidden', DEEP_LINK, 'Order 7'],
    ['/auth/login?scope=forbidden', '/', 'Start'],
    ['/auth/logout', '/', 'Start'],
  ] as const)('shows its view when %s fails', async ([link, path, view], { page }) => {
    await open(page, '/');

    await page.goto(stack.app.origin + link);
    await isBack(page);

    await expectView(page, path, view);
  });

  test('shows its view when the user cancels', async ({ page }) => {
    await open(page, DEEP_LINK);
    await page.evaluate(() => void window.tokenward.login());
    await page.waitForURL(({ origin }) => origin === stack.authorizationServer.origin);

    await page.click('button[value=cancel]');
    await isBack(page);

    await expectView(page, DEEP_LINK, 'Order 7');
    expect(await sessionOf(page)).toMatchObject({ lastError: { code: 'authorization_refused' } });
  });

  test('keeps its history: no entry is added, and the back button skips the sign-in', async ({ page }) => {
    await open(page, '/');
    await page.goto(`${stack.app.origin}/auth/login`);
    await signIn(page);
    const state = await page.evaluate(() => {
      const before = history.length;
      location.hash = '/orders/7';
      return [before, history.length, location.href];
    });

    expect(state).toEqual([state[0], Number(state[0]) + 1, `${stack.app.origin}${DEEP_LINK}`]);
    await page.evaluate(() => void setTimeout(() => history.back()));
    await page.waitForFunction(() => window.location.hash === '');
    expect(await page.evaluate(() => document.location.href)).toBe(`${stack.app.origin}/`);
  });
});
