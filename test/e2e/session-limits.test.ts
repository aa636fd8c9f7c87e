import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { Expiring } from 'tokenward';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, endSignIn, openBarePage, sessionOf, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { pauseClock } from '../support/page-clock.ts';
import { setWorkerClockAhead, setWorkerClockForward, withClock } from '../support/worker-clock.ts';
import { stopWorker } from '../support/worker-life.ts';

declare global {
  interface Window {
    expirings: (Expiring | undefined)[];
    /** Number of calls of the worker: each opens a channel. */
    calls: number;
  }
}

const POLL = { timeout: 20_000 };
const LIMITS = { idleSeconds: 300, absoluteSeconds: 3600, warnBeforeSeconds: 60 };
const EXPIRED = { status: 'signed-out', reason: 'expired' };

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ authorizationServer: { accessTokenTtlSeconds: 3600 } });
});
afterAll(() => stack.close());
beforeEach(() => {
  configure(LIMITS);
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
  stack.authorizationServer.requests.clear();
  stack.authorizationServer.goOnline();
});

function configure(session?: Partial<typeof LIMITS>): void {
  stack.app.configure({
    worker: { withoutSession: 'problem', ...(session && { session }) },
    workerScript: withClock,
  });
}

/** Signs in. The log of the API begins then. */
async function beginSession(page: Page): Promise<void> {
  await signIn(page, stack);
  stack.api.requests.clear();
  stack.authorizationServer.requests.clear();
}

/** A request is not sent, the session has ended by a limit, and the tokens are revoked. */
async function expectEnd(page: Page, limit: 'idle' | 'absolute'): Promise<void> {
  const { status, body } = await callApi(page, stack);
  expect({ status, isSignedOut: body.includes('urn:tokenward:signed_out') }).toEqual({
    status: 401,
    isSignedOut: true,
  });
  expect(stack.api.requests.count()).toBe(0);
  await expect.poll(() => sessionOf(page), POLL).toMatchObject({ ...EXPIRED, limit });
  await expect.poll(() => stack.authorizationServer.requests.count('revocation'), POLL).toBeGreaterThan(0);
}

/** The end of the session by its idle limit. */
async function idleEndOf(page: Page): Promise<number> {
  const session = await sessionOf(page);
  return session.status === 'signed-in' ? (session.limits?.idle?.endsAtMs ?? Number.NaN) : Number.NaN;
}

describe('a session past its limit gets no request its token', () => {
  test('after the user was idle', async ({ page }) => {
    await beginSession(page);
    await setWorkerClockForward(page, LIMITS.idleSeconds);

    await expectEnd(page, 'idle');
  });

  test('after the worker was stopped', async ({ page }) => {
    await beginSession(page);
    await stopWorker(page);
    await setWorkerClockAhead(page, LIMITS.idleSeconds * 1000);

    await expectEnd(page, 'idle');
  });

  test('after the page was frozen', async ({ page }) => {
    await beginSession(page);
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Page.setWebLifecycleState', { state: 'frozen' });
    await cdp.send('Page.setWebLifecycleState', { state: 'active' });
    await setWorkerClockForward(page, LIMITS.idleSeconds);

    await expectEnd(page, 'idle');
  });

  test('and one whose time has not come keeps it, after the worker was stopped too', async ({ page }) => {
    await beginSession(page);
    await stopWorker(page);
    await setWorkerClockForward(page, LIMITS.idleSeconds - 60);

    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    expect(stack.authorizationServer.requests.count('token')).toBe(0);
  });
});

test('a clock that was set back while the worker was stopped makes it ask the server before it sends a token', async ({
  page,
}) => {
  await setUpAheadOfTime(page);
  await stopWorker(page);

  expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  expect(stack.authorizationServer.requests.count('token', 'refresh_token')).toBe(1);
  expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
});

/** Signs in with a clock that is an hour ahead: the right time is set back from it. */
async function setUpAheadOfTime(page: Page): Promise<void> {
  configure({ idleSeconds: 86_400, absoluteSeconds: 864_000 });
  await beginSession(page);
  const signedInMs = Date.now();
  await setWorkerClockAhead(page, 3_600_000);
  await page.evaluate(() => window.tokenward.stayActive());
  // In the same second, the server would issue the same ID token again, which says nothing of the time.
  await expect.poll(() => Date.now() - signedInMs, POLL).toBeGreaterThan(1000);
  stack.authorizationServer.requests.clear();
}

describe('at the end of a session', () => {
  test('every tab is told, and the caches of the user are deleted', async ({ page, context }) => {
    await beginSession(page);
    const other = await context.newPage();
    await openBarePage(other, stack);
    await page.evaluate(async () => {
      await (await caches.open('tokenward-notes')).put('/notes/1', new Response('a note'));
      await (await caches.open('app-shell')).put('/shell', new Response('the shell'));
    });
    await setWorkerClockForward(page, LIMITS.idleSeconds);
    await expectEnd(page, 'idle');

    await expect.poll(() => sessionOf(other), POLL).toMatchObject({ ...EXPIRED, limit: 'idle' });
    await expect.poll(() => page.evaluate(() => caches.keys()), POLL).toEqual(['app-shell']);
  });

  test('the user must authenticate again, though the server knows them', async ({ page }) => {
    await beginSession(page);
    const signedInMs = Date.now();
    // By the clock of the server, which counts whole seconds, the authentication must be older than the end.
    await expect.poll(() => Date.now() - signedInMs, POLL).toBeGreaterThan(3000);
    const endsFromMs = Date.now();
    await setWorkerClockForward(page, LIMITS.idleSeconds);
    await expectEnd(page, 'idle');
    await page.evaluate(() => void window.tokenward.login().catch(() => {}));
    await page.waitForURL(({ origin }) => origin === stack.authorizationServer.origin);
    await endSignIn(page, stack);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    const [request] = stack.authorizationServer.requests.list('authorization');
    const maxAge = Number(request?.parameters.get('max_age') ?? Number.NaN);
    expect(maxAge).toBeLessThanOrEqual(Math.max(1, (Date.now() - endsFromMs) / 1000));
  });

  test('no page signs in silently', async ({ page }) => {
    await beginSession(page);
    await setWorkerClockForward(page, LIMITS.idleSeconds);
    await expectEnd(page, 'idle');
    await openBarePage(page, stack);

    expect(await sessionOf(page)).toMatchObject({ ...EXPIRED, limit: 'idle' });
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
  });
});

describe('script in the page', () => {
  test('cannot exceed the absolute limit, however often it reports an activity', async ({ page }) => {
    await beginSession(page);
    // Time passes between the steps too: on a busy machine, seconds.
    for (let step = 0; step < 14; step++) {
      await setWorkerClockForward(page, 240);
      await page.evaluate(async () => {
        await Promise.all(Array.from({ length: 20 }, () => window.tokenward.stayActive()));
      });
    }
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    await setWorkerClockForward(page, 200);
    await page.evaluate(() => window.tokenward.stayActive());
    stack.api.requests.clear();
    await setWorkerClockForward(page, 100);

    await expectEnd(page, 'absolute');
  });

  test('cannot bring a session back that has ended', async ({ page }) => {
    await beginSession(page);
    await setWorkerClockForward(page, LIMITS.idleSeconds);
    await page.evaluate(() => window.tokenward.stayActive());

    await expectEnd(page, 'idle');
  });
});

describe('the page', () => {
  /** Counts the calls of the page from now on. */
  async function countCalls(page: Page): Promise<void> {
    await page.evaluate(() => {
      window.calls = 0;
      window.MessageChannel = class extends MessageChannel {
        constructor() {
          super();
          window.calls += 1;
        }
      };
    });
  }

  test('counts the last seconds, reports the end once and nothing before', async ({ page }) => {
    await page.clock.install();
    await beginSession(page);
    const pausedMs = await pauseClock(page);
    await countCalls(page);
    await page.evaluate(() => {
      window.expirings = [];
      window.tokenward.onExpiring((expiring) => window.expirings.push(expiring));
    });
    await page.clock.runFor((await idleEndOf(page)) - pausedMs - 50_000);
    const counted = await page.evaluate(() => window.expirings);
    expect(counted.length).toBeGreaterThanOrEqual(9);
    expect(counted.every((expiring) => expiring?.limit === 'idle' && expiring.leftMs <= 60_000)).toBe(true);
    expect(await page.evaluate(() => window.calls)).toBe(0);
    await page.clock.runFor(55_000);

    await expect.poll(() => sessionOf(page), POLL).toMatchObject({ ...EXPIRED, limit: 'idle' });
    await page.clock.runFor(60_000);
    expect((await page.evaluate(() => window.expirings)).at(-1)).toBeUndefined();
    expect(await page.evaluate(() => window.calls)).toBe(1);
  });

  test('reports what the user does, at most once in 15 seconds, and nothing while the user is idle', async ({
    page,
  }) => {
    await page.clock.install();
    await beginSession(page);
    await pauseClock(page);
    await countCalls(page);
    for (let second = 0; second < 58; second++) {
      await page.mouse.move(second + 1, 20);
      await page.clock.runFor(1000);
    }
    expect(await page.evaluate(() => window.calls)).toBe(4);
    await page.clock.runFor(15_000);
    const idle = await page.evaluate(() => window.calls);
    await page.clock.runFor(120_000);

    expect(await page.evaluate(() => window.calls)).toBe(idle);
  });

  test('moves the idle limit by stayActive()', async ({ page }) => {
    await beginSession(page);
    const before = await idleEndOf(page);
    await setWorkerClockForward(page, 100);
    await page.evaluate(() => window.tokenward.stayActive());

    expect(await idleEndOf(page)).toBeGreaterThanOrEqual(before + 100_000);
  });

  test('of the demo has a countdown, and a button that stays signed in', async ({ page }) => {
    await page.clock.install();
    await beginSession(page);
    const endsAtMs = await idleEndOf(page);
    await page.goto(stack.app.origin);
    await page.locator('html[data-ready="yes"][data-session="signed-in"]').waitFor();
    const pausedMs = await pauseClock(page);
    await page.clock.runFor(endsAtMs - pausedMs - 50_000);
    await expect.poll(() => page.locator('#expiring-text').textContent(), POLL).toContain('signed out in');
    await page.evaluate(() => document.getElementById('stay')?.click());

    await expect.poll(() => page.locator('#expiring').isHidden(), POLL).toBe(true);
  });

  test('without limits watches nothing and sends nothing', async ({ page }) => {
    configure();
    await page.clock.install();
    await beginSession(page);
    await countCalls(page);
    for (let second = 0; second < 30; second++) {
      await page.mouse.move(second + 1, 20);
      await page.clock.runFor(1000);
    }

    expect(await sessionOf(page)).not.toHaveProperty('limits');
    expect(await page.evaluate(() => window.calls)).toBe(0);
  });
});
