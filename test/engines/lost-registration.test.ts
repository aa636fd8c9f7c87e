import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import {
  callApi,
  connected,
  endSignIn,
  goToLoginPage,
  openBarePage,
  sessionIfAny,
  sessionOf,
  signIn,
} from '../support/app-page.ts';
import type { EnginePage, EngineProfile } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';
import { deleteVault } from '../support/sealed-records.ts';
import { addManualPage, MANUAL_PAGE } from '../support/worker-life.ts';

const POLL = { timeout: 20_000 };
/** Tells the browser to delete what it has stored for the site, as the user does in its settings. */
const CLEAR_PAGE = '/clear-site-data';
const LOST = { status: 'signed-out', reason: 'lost', lastError: { code: 'worker_unregistered' } };

let stack: Stack;
let isScriptServed = true;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());
beforeEach(() => {
  isScriptServed = true;
  stack.app.configure({
    securityHeaders: 'on',
    answerFirst: async ({ url }) => {
      const isScript = new URL(url).pathname === stack.app.workerPath;
      return isScript && !isScriptServed ? new Response(null, { status: 503 }) : undefined;
    },
  });
  stack.app.pages.set(CLEAR_PAGE, { body: 'Cleared.', headers: { 'clear-site-data': '"storage"' } });
  // A page that neither connects nor has anything to do with the library.
  stack.app.pages.set('/plain', { body: '<!doctype html><title>Plain</title>' });
});

/** Signs in, and opens the page that leaves a lost session as it is. */
async function beginSession(page: EnginePage): Promise<void> {
  await signIn(page, stack);
  addManualPage(stack.app);
  await page.goto(`${stack.app.origin}${MANUAL_PAGE}`);
  await connected(page);
  expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  stack.authorizationServer.requests.clear();
}

/** Has another tab, which is then closed, unregister the worker; it may have cleared the data of the site before. */
async function unregisterElsewhere(profile: EngineProfile, path: string = '/plain'): Promise<void> {
  const other = await profile.newPage();
  await other.goto(`${stack.app.origin}${path}`);
  await other.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration?.unregister();
  });
  await other.close();
}

/** What a page does, or what happens to it, when it looks after its worker. */
const MOMENTS: Readonly<Record<string, (page: EnginePage) => Promise<unknown>>> = {
  'becomes visible': (page) => page.evaluate(() => void document.dispatchEvent(new Event('visibilitychange'))),
  'gets the focus': (page) => page.evaluate(() => void window.dispatchEvent(new Event('focus'))),
  'comes out of the back/forward cache': (page) =>
    page.evaluate(() => void window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))),
  'has a network again': (page) => page.evaluate(() => void window.dispatchEvent(new Event('online'))),
  'makes a call': (page) => page.evaluate(() => window.tokenward.explain('/').then(() => {})),
};

/** Waits until the page has a registered worker that controls it. */
async function reconnected(page: EnginePage): Promise<void> {
  await page.waitForFunction(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    return registration?.active && registration.active === navigator.serviceWorker.controller;
  });
}

/** Returns the number of tokens that were revoked: a revocation that takes too long is sent again. */
function countRevoked(): number {
  const revocations = stack.authorizationServer.requests.list('revocation');
  return new Set(revocations.map(({ parameters }) => parameters.get('token'))).size;
}

/** Signs in from the page as it is, and gets an answer of the API. */
async function expectSignInWorks(page: EnginePage): Promise<void> {
  stack.authorizationServer.endUserSessions();
  await goToLoginPage(page, stack);
  await endSignIn(page, stack);
  expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  expect(await callApi(page, stack)).toMatchObject({ status: 200 });
}

describe('a page whose worker another tab has unregistered', () => {
  test.for(Object.keys(MOMENTS))(
    'shows the loss and registers it again when it %s',
    async (moment, { page, profile }) => {
      await beginSession(page);
      await unregisterElsewhere(profile);

      await MOMENTS[moment]?.(page);

      await expect.poll(() => sessionOf(page), POLL).toMatchObject(LOST);
      await reconnected(page);
      expect(await page.evaluate((url) => window.tokenward.explain(url), `${stack.api.url}/me`)).toMatchObject({
        reason: 'signed_out',
      });
      expect(await sessionOf(page)).toMatchObject(LOST);
      // The worker that has gone on without a registration has revoked both tokens, in whatever engine.
      await expect.poll(countRevoked, POLL).toBe(2);
      await expectSignInWorks(page);
    },
  );

  test('renews the session by itself, as connect() does', async ({ page, profile }) => {
    await signIn(page, stack);
    stack.authorizationServer.requests.clear();
    await unregisterElsewhere(profile);

    await page.evaluate(() => void window.dispatchEvent(new Event('focus')));

    await expect.poll(() => stack.authorizationServer.requests.count('token', 'authorization_code'), POLL).toBe(1);
    // The page that is being left hears of the session too.
    await expect.poll(() => sessionIfAny(page), POLL).toMatchObject({ status: 'signed-in' });
    await expect.poll(() => callApi(page, stack).catch(() => undefined), POLL).toMatchObject({ status: 200 });
    expect(stack.authorizationServer.requests.count('interaction')).toBe(0);
  });

  test('says so at each call while it cannot be registered, and goes on when it can', async ({ page, profile }) => {
    await beginSession(page);
    isScriptServed = false;
    // Chromium gives a worker that runs its registration back without asking the server, unless its site was cleared.
    await unregisterElsewhere(profile, CLEAR_PAGE);

    const codes = await page.evaluate(async () => {
      const { tokenward } = window;
      const calls = [tokenward.explain('/'), tokenward.userinfo(), tokenward.login()];
      return (await Promise.allSettled(calls)).map((call) => (call.status === 'rejected' ? call.reason.code : 'good'));
    });

    expect(codes).toEqual(['worker_unregistered', 'worker_unregistered', 'worker_unregistered']);
    expect(await sessionOf(page)).toMatchObject(LOST);
    // Without a token: from the page itself, or from the worker that has forgotten it.
    expect(await callApi(page, stack)).toMatchObject({ status: 401 });

    isScriptServed = true;
    await page.evaluate(() => void window.dispatchEvent(new Event('focus')));
    await reconnected(page);
    await expectSignInWorks(page);
  });

  test('asks the browser alone while all is well: no look of the user starts the worker or gets its script', async ({
    page,
  }) => {
    await beginSession(page);
    // The server cannot count the scripts: WebKit also looks for a new one by itself.
    const calls = await page.evaluate(async () => {
      let count = 0;
      ServiceWorker.prototype.postMessage = () => void (count += 1);
      ServiceWorkerRegistration.prototype.update = () => Promise.reject(new Error(String((count += 1))));
      ServiceWorkerContainer.prototype.register = () => Promise.reject(new Error(String((count += 1))));
      for (let look = 0; look < 5; look++) {
        document.dispatchEvent(new Event('visibilitychange'));
        window.dispatchEvent(new Event('focus'));
        await navigator.serviceWorker.getRegistration();
      }
      return count;
    });

    expect(calls).toBe(0);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  });
});

describe('a page whose site the user has cleared', () => {
  /** WebKit deletes the records and keeps the registration, whose worker goes on with what it knows. */
  async function expectWorkerGoesOn(page: EnginePage): Promise<void> {
    await page.evaluate(() => void window.dispatchEvent(new Event('focus')));
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  }

  test('shows that there is no session any more, and why, and connects anew', async ({ page, profile, lacks }) => {
    await beginSession(page);
    const other = await profile.newPage();
    await other.goto(`${stack.app.origin}${CLEAR_PAGE}`);
    const isMissing = await lacks({
      engine: 'webkit',
      reason: 'keeps the registration, and the worker that runs, when it clears the data of a site',
      isShownBy: () => expectWorkerGoesOn(page),
    });
    if (isMissing) return;

    await page.evaluate(() => void window.dispatchEvent(new Event('focus')));

    // The new worker knows of no session, or of records that it cannot open.
    await expect
      .poll(() => sessionOf(page), POLL)
      .toMatchObject({ status: 'signed-out', lastError: { code: 'worker_unregistered' } });
    await reconnected(page);
    expect(await callApi(page, stack)).toMatchObject({ status: 401 });
    await expectSignInWorks(page);
  });
});

describe('a page whose worker was unregistered, and another script registered in its place', () => {
  const OTHER_WORKER = '/other-worker.js';

  /** Has another tab register another script for the scope of the worker that it has unregistered. */
  async function replaceElsewhere(profile: EngineProfile): Promise<string> {
    const other = await profile.newPage();
    await other.goto(`${stack.app.origin}/plain`);
    const active = await other.evaluate(async (script) => {
      await (await navigator.serviceWorker.getRegistration())?.unregister();
      const registration = await navigator.serviceWorker.register(script, { scope: '/' });
      const { installing } = registration;
      await new Promise<void>((resolve) => {
        const look = (): void => {
          const isWaiting = installing?.state === 'installed' && registration.active !== null;
          if (installing?.state === 'activated' || isWaiting) resolve();
        };
        installing?.addEventListener('statechange', look);
        look();
      });
      return registration.active?.scriptURL ?? '';
    }, OTHER_WORKER);
    await other.close();
    return new URL(active).pathname;
  }

  test('names the other one, and leaves it its place', async ({ page, profile, lacks }) => {
    stack.app.configure({
      securityHeaders: 'off',
      answerFirst: async ({ url }) =>
        new URL(url).pathname === OTHER_WORKER
          ? new Response('', { headers: { 'content-type': 'text/javascript' } })
          : undefined,
    });
    await beginSession(page);
    const isMissing = await lacks({
      engine: 'chromium',
      reason: 'gives a worker that was unregistered, and runs, its place back when another one is registered',
      isShownBy: async () => expect(await replaceElsewhere(profile)).toBe(stack.app.workerPath),
    });
    if (isMissing) return;
    // It waits for nobody, and takes no page: no event says that it is there.
    expect(await replaceElsewhere(profile)).toBe(OTHER_WORKER);

    await page.evaluate(() => void window.dispatchEvent(new Event('focus')));

    await expect
      .poll(() => sessionOf(page), POLL)
      .toMatchObject({ status: 'signed-out', reason: 'lost', lastError: { code: 'worker_replaced' } });
    const code = await page.evaluate(() => window.tokenward.login().catch((error: { code: string }) => error.code));
    expect(code).toBe('worker_replaced');
    expect(
      await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.active?.scriptURL),
    ).toContain(OTHER_WORKER);
  });
});

describe('a page whose records another tab has deleted, while the worker runs', () => {
  test('stays signed in, since what the worker knows counts, and so does the next page', async ({ page, profile }) => {
    await signIn(page, stack);
    const other = await profile.newPage();
    await other.goto(`${stack.app.origin}/plain`);

    expect(await deleteVault(other)).toBe('deleted');
    await page.evaluate(() => void window.dispatchEvent(new Event('focus')));

    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    await openBarePage(page, stack);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  });
});
