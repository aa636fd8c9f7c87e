import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import {
  callApi,
  connected,
  fillLoginPage,
  openBarePage,
  sessionOf,
  signIn,
  signInPastWorker,
} from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.requests.clear();
  stack.authorizationServer.faults.clear();
  stack.authorizationServer.goOnline();
  stack.app.configure({ callback: 'document' });
});

describe('sign-in', () => {
  test('ends where it began, with a clean URL and a session', async ({ page }) => {
    await signIn(page, stack);

    expect(new URL(page.url()).pathname).toBe('/bare');
    expect(new URL(page.url()).search).toBe('');
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'sealed', claims: { plan: 'pro' } });
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  });

  test('keeps query and fragment of the page that asked', async ({ page }) => {
    await openBarePage(page, stack);
    await page.evaluate(() => history.replaceState(null, '', '/bare?tab=2#top'));

    await page.evaluate(() => void window.tokenward.login());
    await page.waitForURL((url) => url.origin === stack.authorizationServer.origin);
    await fillLoginPage(page);
    await page.waitForURL((url) => url.origin === stack.app.origin);

    expect(page.url()).toBe(`${stack.app.origin}/bare?tab=2#top`);
  });

  test.for<[what: string, address: string, kept: string]>([
    ['a query of 10 KB', `/bare?q=${'q'.repeat(10_240)}`, `/bare?q=${'q'.repeat(10_240)}`],
    ['a fragment of 100 KB', `/bare#${'f'.repeat(102_400)}`, `/bare#${'f'.repeat(102_400)}`],
    ['half a surrogate pair', '/bare?q=\ud800#\udc00', '/bare?q=%EF%BF%BD#%EF%BF%BD'],
    ['more than is kept', `/bare?q=${'q'.repeat(200_000)}`, '/bare'],
  ])('is not stopped by an address with %s', async ([, address, kept], { page }) => {
    await openBarePage(page, stack);
    await page.evaluate((url) => history.replaceState(null, '', url), address);

    await page.evaluate(() => void window.tokenward.login());
    await page.waitForURL((url) => url.origin === stack.authorizationServer.origin);
    await fillLoginPage(page);
    await page.waitForURL((url) => url.origin === stack.app.origin);
    await connected(page);

    expect(page.url()).toBe(stack.app.origin + kept);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    const [request] = stack.authorizationServer.requests.list('authorization');
    expect(JSON.stringify([...(request?.parameters ?? [])])).not.toContain('bare');
  });

  test('works as a plain link to /auth/login', async ({ page }) => {
    await openBarePage(page, stack);

    await page.goto(`${stack.app.origin}/auth/login?returnTo=/bare`);
    await fillLoginPage(page);
    await page.waitForURL((url) => url.origin === stack.app.origin);
    await connected(page);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  });

  test('uses PKCE with S256, state and nonce', async ({ page }) => {
    await signIn(page, stack);

    const [request] = stack.authorizationServer.requests.list('authorization');
    expect(request?.parameters.get('code_challenge_method')).toBe('S256');
    expect(request?.parameters.get('code_challenge')).toMatch(/^[\w-]{43}$/);
    expect(request?.parameters.get('state')).toMatch(/^[\w-]{43}$/);
    expect(request?.parameters.get('nonce')).toMatch(/^[\w-]{43}$/);
  });

  test('is announced in every tab', async ({ page, context }) => {
    const other = await context.newPage();
    await openBarePage(other, stack);

    await signIn(page, stack);

    await expect.poll(() => sessionOf(other)).toMatchObject({ status: 'signed-in' });
  });

  test('takes a response that arrives while the worker does not control the navigation', async ({ page }) => {
    stack.app.configure({ callback: 'app' });

    await signInPastWorker(page, stack);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    expect(await page.evaluate(() => performance.getEntriesByType('navigation').map(({ name }) => name))).not.toContain(
      'code=',
    );
  });

  test('ends in lastError when the authorization server refuses', async ({ page }) => {
    await openBarePage(page, stack);

    await page.goto(`${stack.app.origin}/auth/login?prompt=none&returnTo=/bare`);
    await connected(page);

    expect(await sessionOf(page)).toMatchObject({
      status: 'signed-out',
      lastError: { code: 'authorization_refused', serverCode: 'login_required' },
    });
  });

  test('refuses an unknown state and a used one', async ({ page }) => {
    await signIn(page, stack);
    const [request] = stack.authorizationServer.requests.list('authorization');
    const used = request?.parameters.get('state') ?? '';

    for (const state of ['made-up', used]) {
      await page.goto(`${stack.app.origin}/auth/callback?code=x&state=${state}`);

      expect(new URL(page.url()).search).toBe('');
      await openBarePage(page, stack);
      expect(await sessionOf(page)).toMatchObject({
        status: 'signed-in',
        lastError: { code: 'authorization_response_invalid' },
      });
    }
  });

  test('rejects login() before the page leaves when the issuer does not answer', async ({ page }) => {
    await openBarePage(page, stack);
    stack.authorizationServer.goOffline();

    const error = await page.evaluate(() =>
      window.tokenward.login().catch(({ code, retryable }) => ({ code, retryable })),
    );

    expect(error).toEqual({ code: 'issuer_unreachable', retryable: true });
    expect(new URL(page.url()).pathname).toBe('/bare');
  });
});

describe('sign-out', () => {
  test('revokes both tokens, ends the session at the server, and notifies every tab', async ({ page, context }) => {
    await signIn(page, stack);
    const other = await context.newPage();
    await openBarePage(other, stack);

    await page.evaluate(() => void window.tokenward.logout());
    await page.waitForURL((url) => url.origin === stack.app.origin && url.pathname === '/');

    const { requests } = stack.authorizationServer;
    expect(requests.count('revocation')).toBe(2);
    expect(requests.count('end_session')).toBeGreaterThan(0);
    expect(requests.list('end_session')[0]?.parameters.get('id_token_hint')).toBeTruthy();
    await expect.poll(() => sessionOf(other)).toMatchObject({ status: 'signed-out', reason: 'signed-out' });
    expect(await callApi(other, stack)).toMatchObject({ status: 401 });
  });
});
