import type { Page } from 'playwright';
import type { TokenwardOptions } from 'tokenward/sw';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { HYBRID_CLIENT_ID } from '../servers/authorization-server-configuration.ts';
import type { EndpointRequest } from '../servers/authorization-server-log.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import {
  callApi,
  connected,
  connectedAnew,
  fillLoginPage,
  markDocument,
  openBarePage,
  sessionIfAny,
  sessionOf,
  signIn,
} from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { stopWorker } from '../support/worker-life.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    authorizationServer: { accessTokenTtlSeconds: 600 },
    app: { isolatedCallback: {}, securityHeaders: 'policy' },
  });
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.requests.clear();
  stack.authorizationServer.faults.clear();
  stack.app.requests.clear();
  configure({});
});

/** Sets the worker's configuration for the next context. */
function configure(worker: Partial<TokenwardOptions>): void {
  stack.app.configure({ worker: { redirectUri: stack.app.redirectUri, ...worker } });
}

/** Records every URL of a tab from now on, its frames included. */
function followRequests(page: Page): URL[] {
  const urls: URL[] = [];
  page.on('request', (request) => urls.push(new URL(request.url())));
  return urls;
}

/** Begins a sign-in on the bare page, and waits for the login page. */
async function beginSignIn(page: Page): Promise<void> {
  await openBarePage(page, stack);
  await page.evaluate(() => void window.tokenward.login());
  await page.waitForURL((url) => url.origin === stack.authorizationServer.origin);
}

/** Waits until the tab is back in the app and connected. */
async function backInApp(page: Page): Promise<void> {
  await page.waitForURL(({ origin, pathname }) => origin === stack.app.origin && pathname === '/bare');
  await connected(page);
}

const isExchange = (request: EndpointRequest): boolean => request.grantType === 'authorization_code';

describe('a sign-in through an isolated callback', () => {
  test('holds the code in no URL of the origin of the app, and in no entry of the history', async ({ page }) => {
    const urls = followRequests(page);

    await signIn(page, stack);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', claims: { sub: 'user-ada' } });
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    const withCode = urls.filter(({ href }) => /code=/.test(href)).map(({ origin, pathname }) => origin + pathname);
    expect(withCode).toEqual([stack.app.redirectUri]);
    const posted = urls.filter(({ pathname }) => pathname === '/auth/callback').map(({ href }) => href);
    expect(posted).toEqual([`${stack.app.origin}/auth/callback`]);
    const cdp = await page.context().newCDPSession(page);
    const { entries } = await cdp.send('Page.getNavigationHistory');
    expect(entries.map(({ url }) => url).filter((url) => /code=/.test(url))).toEqual([]);
    expect(stack.app.requests.list('/auth/callback')).toEqual([]);
  });

  test('returns to where the user was after Cancel, with the code of the error', async ({ page }) => {
    await beginSignIn(page);

    await page.getByRole('button', { name: 'Cancel' }).click();
    await backInApp(page);

    expect(await sessionOf(page)).toMatchObject({
      status: 'signed-out',
      lastError: { code: 'authorization_refused', serverCode: 'access_denied' },
    });
  });

  test('ends without a login page by prompt=none, with a session and without one', async ({ page }) => {
    await openBarePage(page, stack);
    await page.evaluate(() => void window.tokenward.login({ silent: true }));
    await expect.poll(() => stack.authorizationServer.requests.count('authorization')).toBe(1);
    await expect.poll(() => sessionIfAny(page)).toMatchObject({ lastError: { serverCode: 'login_required' } });

    await signIn(page, stack);
    stack.authorizationServer.requests.clear();
    await markDocument(page);
    await page.evaluate(() => void window.tokenward.login({ silent: true }));
    await connectedAnew(page);

    expect(stack.authorizationServer.requests.count('token', 'authorization_code')).toBe(1);
    expect(new URL(page.url()).pathname).toBe('/bare');
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  });

  test('ends in two tabs at once', async ({ page, context }) => {
    const other = await context.newPage();
    await beginSignIn(page);
    await beginSignIn(other);

    await fillLoginPage(page);
    await backInApp(page);
    await fillLoginPage(other);
    await backInApp(other);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    expect(await sessionOf(other)).toMatchObject({ status: 'signed-in' });
    expect(stack.authorizationServer.requests.count('token', 'authorization_code')).toBe(2);
  });

  test('takes the response of the hybrid flow', async ({ page }) => {
    configure({ clientId: HYBRID_CLIENT_ID, responseType: 'code id_token' });

    await beginSignIn(page);
    await fillLoginPage(page);
    // A native client is one that anybody can claim to be: its user is asked.
    await page.getByRole('button', { name: 'Allow' }).click();
    await backInApp(page);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  });

  test('signs in silently when the worker was stopped after the server had used the code', async ({ page }) => {
    const { faults, issued, requests } = stack.authorizationServer;
    configure({ requestTimeoutMs: 60_000 });
    faults.plan(isExchange, { stage: 'after', delayMs: 60_000 });
    const tokensBefore = issued.accessTokens.size;
    await beginSignIn(page);
    const answered = page.waitForRequest((request) => request.url().startsWith(`${stack.app.redirectUri}?`));
    await fillLoginPage(page);
    const responseUrl = (await answered).url();
    await expect.poll(() => issued.accessTokens.size).toBeGreaterThan(tokensBefore);
    await stopWorker(page);
    requests.clear();

    await page.goto(responseUrl, { waitUntil: 'commit' });
    await backInApp(page);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    expect(requests.count('interaction')).toBe(0);
    // The browser may send the first response once more to the worker that it has started again, and that one asks too.
    expect(requests.count('authorization')).toBeGreaterThan(0);
  });
});

describe('a sign-in through an isolated callback whose returnTo leads to another origin', () => {
  const elsewhere = (): string => `${stack.authorizationServer.origin}/elsewhere`;
  const beginSignInFor = async (page: Page, returnTo: string): Promise<void> => {
    await openBarePage(page, stack);
    await page.evaluate((path) => void window.tokenward.login({ returnTo: path }), returnTo);
    await page.waitForURL((url) => url.origin === stack.authorizationServer.origin);
  };

  test('is signed in, and ends at the start page where the server redirects, which Chromium stops', async ({
    page,
  }) => {
    stack.app.pages.set('/away', { body: '', status: 302, headers: { location: elsewhere() } });
    await beginSignInFor(page, '/away');
    const blocked = page.waitForEvent('console', (message) => message.text().includes('form-action'));

    await fillLoginPage(page);
    await blocked;

    await page.waitForURL(`${stack.app.origin}/`);
    await openBarePage(page, stack);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  });

  test('arrives there by a page that leaves by itself', async ({ page }) => {
    stack.app.pages.set('/leaving', { body: `<meta http-equiv="refresh" content="0;url=${elsewhere()}">` });
    await beginSignInFor(page, '/leaving');

    await fillLoginPage(page);

    await page.waitForURL(elsewhere());
  });
});

describe('without a worker', () => {
  test('the server discards the response, and says what to do', async ({ page }) => {
    await page.goto(`${stack.app.redirectUri}?code=SECRET&state=x&iss=y`);
    await page.waitForURL(({ origin }) => origin === stack.app.origin);

    expect(page.url()).toBe(`${stack.app.origin}/auth/callback?_#_`);
    expect(await page.getByRole('heading').textContent()).toBe('Sign-in could not be completed here');
    const [posted] = stack.app.requests.list('/auth/callback');
    expect(posted).toMatchObject({ method: 'POST', origin: 'null', query: '', status: 303 });
  });
});

describe('the document of the isolated callback', () => {
  const ownUrl = (): string => stack.app.redirectUri;

  test.for(['', '?', '?state=x', '?other=1', '#', '#state=x', '?access_token=x&token_type=Bearer', '#id_token=x'])(
    'says in words that there is nothing to do, posts nothing and cleans its URL: %j',
    async (response, { page }) => {
      await page.goto(ownUrl() + response);

      expect(await page.getByText('There is no sign-in to complete here.').isVisible()).toBe(true);
      expect(page.url()).toBe(ownUrl());
      expect(stack.app.requests.list('/auth/callback')).toEqual([]);
    },
  );

  test.for<[response: string, posted: string]>([
    ['?code=a&state=b&iss=c', 'code=a&state=b&iss=c'],
    ['#code=a&state=b&iss=c', 'code=a&state=b&iss=c'],
    ['?code=a&state=b#code=evil&state=evil&iss=evil', 'code=a&state=b'],
    [
      '?error=access_denied&error_description=No+%3Cb%3E&state=b',
      'error=access_denied&error_description=No+%3Cb%3E&state=b',
    ],
    ['?response=a.b.c', 'response=a.b.c'],
    ['#code=a&id_token=b&state=c', 'code=a&id_token=b&state=c'],
    ['?code=a&submit=x&action=https://evil.example&method=get&__proto__=y&access_token=z', 'code=a'],
    ['?code=a&code=b&state=c', 'code=a&code=b&state=c'],
    ['?code=%C3%A9%F0%9F%94%91%22%3E%3Cscript%3E', 'code=%C3%A9%F0%9F%94%91%22%3E%3Cscript%3E'],
  ])('posts the parameters that it knows, of one source: %s', async ([response, expected], { page }) => {
    const posting = page.waitForRequest((request) => request.url() === `${stack.app.origin}/auth/callback`);

    await page.goto(ownUrl() + response);
    const request = await posting;

    expect(request.method()).toBe('POST');
    expect(request.postData()).toBe(expected);
    expect(await request.headerValue('referer')).toBeNull();
  });
});
