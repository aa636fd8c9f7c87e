import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, openBarePage, sessionOf, signIn } from '../support/app-page.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';
import { setWorkerClockAhead, setWorkerClockForward, withClock } from '../support/worker-clock.ts';

const POLL = { timeout: 20_000 };
const LIMITS = { idleSeconds: 3000, absoluteSeconds: 10_000, warnBeforeSeconds: 60 };

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    authorizationServer: { accessTokenTtlSeconds: 86_400 },
    app: { worker: { withoutSession: 'problem', session: LIMITS }, workerScript: withClock },
  });
});
afterAll(() => stack.close());
beforeEach(() => stack.authorizationServer.requests.clear());

async function beginSession(page: EnginePage): Promise<void> {
  await signIn(page, stack);
  stack.api.requests.clear();
  stack.authorizationServer.requests.clear();
}

/** A request is not sent, the session has ended by a limit, and the tokens are revoked. */
async function expectEnd(page: EnginePage, limit: 'idle' | 'absolute'): Promise<void> {
  expect(await callApi(page, stack)).toMatchObject({ status: 401 });
  expect(stack.api.requests.count()).toBe(0);
  await expect.poll(() => sessionOf(page), POLL).toMatchObject({ status: 'signed-out', reason: 'expired', limit });
  await expect.poll(() => stack.authorizationServer.requests.count('revocation'), POLL).toBeGreaterThan(0);
}

/** The end of the session by its idle limit, as the page knows it; 0 without a session. */
async function idleEndOf(page: EnginePage): Promise<number> {
  const session = await sessionOf(page);
  return session.status === 'signed-in' ? (session.limits?.idle?.endsAtMs ?? 0) : 0;
}

test('a session past its idle limit gets no request its token, and every tab is told', async ({ page, profile }) => {
  await beginSession(page);
  const other = await profile.newPage();
  await openBarePage(other, stack);
  await setWorkerClockForward(page, LIMITS.idleSeconds);

  await expectEnd(page, 'idle');
  await expect.poll(() => sessionOf(other), POLL).toMatchObject({ reason: 'expired', limit: 'idle' });
});

test('a session past its idle limit is over for a worker that was stopped', async ({ page, profile }) => {
  await beginSession(page);
  await profile.stopWorkers();
  await setWorkerClockAhead(page, LIMITS.idleSeconds * 1000);

  await expectEnd(page, 'idle');
});

test('no activity moves the absolute limit', async ({ page }) => {
  await beginSession(page);
  for (let step = 0; step < 4; step++) {
    await setWorkerClockForward(page, 2400);
    await page.evaluate(() => window.tokenward.stayActive());
  }
  expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  await setWorkerClockForward(page, 400);

  await expectEnd(page, 'absolute');
});

test('a click of the user moves the idle limit, by a message of the page', async ({ page }) => {
  await beginSession(page);
  const before = await idleEndOf(page);
  const clickAndLook = async (): Promise<number> => {
    // A page that has just signed in, or has reported, reports after fifteen seconds.
    await page.evaluate(() => {
      const now = performance.now.bind(performance);
      performance.now = () => now() + 15_000;
    });
    await page.click('html');
    return await idleEndOf(page);
  };

  await expect.poll(clickAndLook, { timeout: 60_000, interval: 1000 }).toBeGreaterThan(before);
});

test('a clock that was set back while the worker was stopped makes it ask the server for the time', async ({
  page,
  profile,
}) => {
  await beginSession(page);
  const signedInMs = Date.now();
  await setWorkerClockAhead(page, 2_400_000);
  await page.evaluate(() => window.tokenward.stayActive());
  await profile.stopWorkers();
  // In the same second, the server would issue the same ID token again, which says nothing of the time.
  await expect.poll(() => Date.now() - signedInMs, POLL).toBeGreaterThan(1000);

  expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  expect(stack.authorizationServer.requests.count('token', 'refresh_token')).toBe(1);
});
