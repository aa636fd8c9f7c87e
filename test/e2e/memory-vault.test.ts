import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, connected, openBarePage, sessionIfAny, sessionOf, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { pauseClock } from '../support/page-clock.ts';
import { addManualPage, stopWorker } from '../support/worker-life.ts';

declare global {
  interface Window {
    /** How many messages this page has sent to workers. */
    messagesToWorker: number;
  }
}

const POLL = { timeout: 15_000 };
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
  stack.authorizationServer.faults.clear();
  stack.authorizationServer.goOnline();
  stack.app.configure({ workerServing: 'static' });
});

/** Signs in and forgets what was asked until then. */
async function beginSession(page: Page): Promise<void> {
  await signIn(page, stack);
  stack.authorizationServer.requests.clear();
}

/** Counts a page's messages to workers, and makes its clock one that the test can turn. */
async function observe(page: Page): Promise<void> {
  await page.clock.install();
  await page.addInitScript(() => {
    window.messagesToWorker = 0;
    ServiceWorker.prototype.postMessage = new Proxy(ServiceWorker.prototype.postMessage, {
      apply: (postMessage, worker, values) => {
        window.messagesToWorker += 1;
        return Reflect.apply(postMessage, worker, values);
      },
    });
  });
}

/** How many messages the page sends in so many seconds of its own clock. */
async function messagesIn(page: Page, seconds: number): Promise<number> {
  const before = await page.evaluate(() => window.messagesToWorker);
  await page.clock.runFor(seconds * 1000);
  return (await page.evaluate(() => window.messagesToWorker)) - before;
}

/** What a page sees when the user leaves it for another tab, or comes back. */
async function setVisibility(page: Page, state: DocumentVisibilityState): Promise<void> {
  await page.evaluate((value) => {
    Object.defineProperty(document, 'visibilityState', { value, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, state);
}

function countSilentRequests(): number {
  const requests = stack.authorizationServer.requests.list('authorization');
  return requests.filter(({ parameters }) => parameters.get('prompt') === 'none').length;
}

/** Every page that a tab goes to from now on, authorization server included. */
function followNavigations(page: Page): string[] {
  const visited: string[] = [];
  page.on('framenavigated', (frame) => visited.push(frame.url()));
  return visited;
}

describe('a worker script without a secret', () => {
  test('has a session that is in memory only, and says so', async ({ page }) => {
    await beginSession(page);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'memory' });
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    const records = await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
    expect(records).toEqual([]);
  });

  test('hands its session over to a new version', async ({ page }) => {
    await beginSession(page);
    stack.app.setWorkerRelease(`release ${performance.now()}`);

    await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      const changed = new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve));
      await registration.update();
      await changed;
    });

    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    await page.reload();
    await connected(page);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'memory' });
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
  });
});

describe('a page with a session in memory', () => {
  test('keeps the worker running while it is visible and signed in', async ({ page }) => {
    await observe(page);
    await openBarePage(page, stack);
    expect(await messagesIn(page, 60)).toBe(0);

    await beginSession(page);
    await pauseClock(page);
    expect(await messagesIn(page, 60)).toBe(3);

    await setVisibility(page, 'hidden');
    expect(await messagesIn(page, 60)).toBe(0);

    await setVisibility(page, 'visible');
    expect(await messagesIn(page, 60)).toBe(3);
  });

  test('comes back to the same URL with a session after the worker was stopped', async ({ page }) => {
    await beginSession(page);
    await page.evaluate(() => history.replaceState(null, '', '/bare?tab=2#part'));
    const visited = followNavigations(page);

    await stopWorker(page);
    await page.reload();

    await expect.poll(() => sessionIfAny(page), POLL).toMatchObject({ status: 'signed-in', storage: 'memory' });
    expect(page.url()).toBe(`${stack.app.origin}/bare?tab=2#part`);
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    expect(countSilentRequests()).toBe(1);
    expect(stack.authorizationServer.requests.count('interaction')).toBe(0);
    expect(visited.filter((url) => url.startsWith(stack.authorizationServer.origin))).toEqual([]);
  });

  test.for([
    ['the redirect URI', '/auth/callback?code=x&state=y', 'authorization_response_invalid', 1],
    ['the sign-in', '/auth/login?call-us.at/elsewhere.example=1', 'request_invalid', 1],
    ['a sign-in that the server refuses', '/auth/login?prompt=none&max_age=0', 'authorization_refused', 2],
  ] as const)(
    'is renewed even if a link from elsewhere has led to %s first',
    async ([, path, code, silentRequests], { page }) => {
      await beginSession(page);
      addManualPage(stack.app, '/');
      await page.goto('about:blank');
      await stopWorker(page);

      await page.setContent(`<a href="${stack.app.origin}${path}">A present</a>`);
      await page.getByRole('link').click();
      await page.waitForURL(({ pathname }) => pathname === '/');
      await connected(page);
      const led = await sessionOf(page);
      await page.goto(`${stack.app.origin}/bare`).catch(() => {});

      expect(led).toMatchObject({ status: 'signed-out', reason: 'not-signed-in', lastError: { code } });
      // Who wrote the link has no say in what an app may show of it.
      expect(led.lastError?.message).not.toContain('elsewhere');
      await expect.poll(() => sessionIfAny(page), POLL).toMatchObject({ status: 'signed-in' });
      expect(countSilentRequests()).toBe(silentRequests);
      expect(stack.authorizationServer.requests.count('interaction')).toBe(0);
    },
  );

  test('notices by itself that the worker was stopped', async ({ page }) => {
    await observe(page);
    await beginSession(page);

    await stopWorker(page);
    await page.clock.runFor(21_000);

    await expect.poll(countSilentRequests, POLL).toBe(1);
    await page.waitForURL(({ origin }) => origin === stack.app.origin);
    await expect.poll(() => sessionIfAny(page), POLL).toMatchObject({ status: 'signed-in' });
    expect(stack.authorizationServer.requests.count('interaction')).toBe(0);
  });

  test.for([
    ['GET', {}],
    ['POST', { method: 'POST', body: 'a note' }],
    ['keepalive', { keepalive: true }],
  ] as const)(
    'is told by its first request (%s) that the worker was stopped, though that request passes it',
    async ([, init], { page }) => {
      // Nothing else is to tell the page.
      await page.addInitScript(() => void Reflect.set(window, 'setInterval', () => 0));
      await beginSession(page);

      await stopWorker(page);
      // The worker reads that there is no session, before a request to the API makes it read that.
      await page.evaluate(async () => (await fetch('/auth/session')).json());
      expect(await callApi(page, stack, '/me', init)).toMatchObject({ status: 401 });

      await expect.poll(countSilentRequests, POLL).toBe(1);
      await expect.poll(() => sessionIfAny(page), POLL).toMatchObject({ status: 'signed-in' });
      expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    },
  );

  test('is signed out after one attempt when the authorization server does not know the user either', async ({
    page,
  }) => {
    await beginSession(page);
    stack.authorizationServer.endUserSessions();

    await stopWorker(page);
    await page.reload();

    const signedOut = { status: 'signed-out', lastError: { serverCode: 'login_required' } };
    await expect.poll(() => sessionIfAny(page), POLL).toMatchObject(signedOut);
    expect(countSilentRequests()).toBe(1);
    for (const _ of [1, 2, 3]) {
      await page.reload();
      await connected(page);
    }
    await stopWorker(page);
    await page.reload();
    await connected(page);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-out' });
    expect(countSilentRequests()).toBe(1);
    expect(stack.authorizationServer.requests.count('interaction')).toBe(0);
  });

  test('goes once, and not again, to a server that answers prompt=none with a login page', async ({
    page,
    context,
  }) => {
    await page.clock.install();
    await beginSession(page);
    stack.authorizationServer.faults.plan(
      ({ endpoint }) => endpoint === 'authorization',
      { stage: 'before', answer: { status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>Sign in</h1>' } },
      Infinity,
    );

    await stopWorker(page);
    await page.reload();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    // The user goes back, after a while, and looks at the page again and again.
    for (const seconds of [40, 40, 40]) {
      await page.goto(`${stack.app.origin}/bare`);
      await connected(page);
      await page.clock.runFor(seconds * 1000);
      await setVisibility(page, 'hidden');
      await setVisibility(page, 'visible');
      expect(await sessionOf(page)).toMatchObject({ status: 'signed-out' });
    }
    await page.clock.runFor(3_600_000);
    await setVisibility(page, 'hidden');
    await setVisibility(page, 'visible');
    const other = await context.newPage();
    await openBarePage(other, stack);
    expect(await sessionOf(other)).toMatchObject({ status: 'signed-out' });
    expect(countSilentRequests()).toBe(1);

    // The next session begins with a clean slate: the network may have failed.
    stack.authorizationServer.faults.clear();
    await Promise.all([page.waitForEvent('load'), page.evaluate(() => void window.tokenward.login())]);
    await expect.poll(() => sessionIfAny(page), POLL).toMatchObject({ status: 'signed-in' });
    // It would notice too, by its own timer, and renew the session once more.
    await other.close();
    await stopWorker(page);
    await page.clock.runFor(60_000);
    await expect.poll(countSilentRequests, POLL).toBe(2);
    await expect.poll(() => sessionIfAny(page), POLL).toMatchObject({ status: 'signed-in' });
  });

  test('stays where it is while the authorization server does not answer', async ({ page }) => {
    await beginSession(page);
    stack.authorizationServer.goOffline();
    await stopWorker(page);
    const visited = followNavigations(page);

    for (const _ of [1, 2, 3]) {
      await page.reload();
      await connected(page);
    }

    expect(visited).toEqual([1, 2, 3].map(() => page.url()));
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-out' });
  });

  test('renews the session when the authorization server answers again and the user comes back', async ({ page }) => {
    await beginSession(page);
    stack.authorizationServer.goOffline();
    await stopWorker(page);
    await page.clock.install();
    await page.reload();
    await connected(page);

    stack.authorizationServer.goOnline();
    await setVisibility(page, 'hidden');
    await page.clock.fastForward(60_000);
    await setVisibility(page, 'visible');

    await expect.poll(() => sessionIfAny(page), POLL).toMatchObject({ status: 'signed-in' });
    expect(countSilentRequests()).toBe(1);
  });
});

describe('a page with a sealed session', () => {
  test('sends the worker nothing', async ({ page }) => {
    stack.app.configure({ workerServing: 'sealed' });
    await observe(page);
    await beginSession(page);
    expect(await sessionOf(page)).toMatchObject({ storage: 'sealed' });

    expect(await messagesIn(page, 120)).toBe(0);
    await setVisibility(page, 'hidden');
    await setVisibility(page, 'visible');
    expect(await messagesIn(page, 120)).toBe(0);
  });
});
