import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, signIn } from '../support/app-page.ts';
import { type EchoingApi, startEchoingApi } from '../support/echoing-api.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';
import { startNaiveFront } from '../support/naive-front.ts';
import { readSealedRecord } from '../support/sealed-records.ts';
import { setWorkerClockAhead, withClock } from '../support/worker-clock.ts';
import { secretOfWorker, tellSecret } from '../support/worker-secret.ts';

const POLL = { timeout: 20_000 };
const HOUR_MS = 3_600_000;

let stack: Stack;
let endpoint: EchoingApi;
beforeAll(async () => {
  [stack, endpoint] = await Promise.all([
    startStack({
      authorizationServer: { accessTokenTtlSeconds: 3600 },
      app: { workerScript: (script) => tellSecret(withClock(script)) },
    }),
    startEchoingApi(),
  ]);
  stack.app.configure({
    worker: {
      protectedResources: [{ url: stack.api.url }, { url: `${endpoint.origin}/guarded` }],
      alarmReportUrl: `${endpoint.origin}/alarms`,
    },
  });
});
afterAll(() => Promise.all([stack.close(), endpoint.close()]));
beforeEach(() => {
  stack.app.configure({ answerFirst: async () => undefined });
  passedMs = 0;
  endpoint.clearReports();
});

/** Time that has passed for the worker since the test began, in milliseconds. */
let passedMs = 0;

/**
 * Lets the worker refresh the access token when time has passed, which is when it checks. A worker that was stopped has forgotten how late
 * it is, so that it may have to be told again.
 */
async function refresh(page: EnginePage): Promise<void> {
  await setWorkerClockAhead(page, passedMs);
  expect(await callApi(page, stack)).toMatchObject({ status: 200 });
}

/** Returns how often the worker has written its record of checks. */
async function writesOfChecks(page: EnginePage): Promise<number> {
  return (await readSealedRecord(page, 'update'))?.generation ?? 0;
}

/** Lets a check fail an hour later, and waits until the worker has written that down: once before it, and once after it. */
async function failCheck(page: EnginePage): Promise<void> {
  const before = await writesOfChecks(page);
  passedMs += 1.1 * HOUR_MS;
  const writes = async (): Promise<number> => {
    await refresh(page);
    return writesOfChecks(page);
  };
  await expect.poll(writes, POLL).toBe(before + 2);
}

function tripwires(): readonly string[] {
  return endpoint.reports.map(({ alarm }) => `${alarm.tripwire} ${alarm.consequence}`);
}

/** Cookies of 48 KB that the browser sends with each request for a path. */
async function plantCookies(page: EnginePage, path: string): Promise<void> {
  await page.evaluate((target) => {
    for (let index = 0; index < 12; index++)
      document.cookie = `c${index}=${'x'.repeat(4000)}; path=${target}; max-age=34560000`;
  }, path);
}

describe('a worker that cannot be updated', () => {
  test('says so where a server refuses the cookies that script has planted for it', async ({ page }) => {
    const front = await startNaiveFront(stack, { workerScript: 'gated' });
    await signIn(page, front);
    await page.evaluate(() => {
      window.alarms = [];
      window.tokenward.onAlarm((alarm) => window.alarms.push(alarm));
    });
    await expect.poll(() => readSealedRecord(page, 'update'), POLL).toBeDefined();

    await plantCookies(page, stack.app.workerPath);
    await failCheck(page);
    await failCheck(page);
    expect(tripwires()).toEqual([]);
    await failCheck(page);

    await expect.poll(tripwires, POLL).toEqual(['update_failed reported']);
    await expect
      .poll(() => page.evaluate(() => window.alarms), POLL)
      .toMatchObject([{ tripwire: 'update_failed', consequence: 'reported' }]);
    expect(await page.evaluate(() => window.tokenward.session.status)).toBe('signed-in');
    await page.goto('about:blank');
    await front.close();
  });

  test('says so where its script has moved, is redirected, or is a page', async ({ page }) => {
    await signIn(page, stack);
    await expect.poll(() => readSealedRecord(page, 'update'), POLL).toBeDefined();
    const answers = [
      new Response('', { status: 404 }),
      new Response('', { status: 302, headers: { location: '/settings.js' } }),
      new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } }),
    ];

    for (const answer of answers) {
      stack.app.configure({
        answerFirst: async ({ url }) => (new URL(url).pathname === stack.app.workerPath ? answer.clone() : undefined),
      });
      expect(tripwires()).toEqual([]);
      await failCheck(page);
    }

    await expect.poll(tripwires, POLL).toEqual(['update_failed reported']);
  });
});

interface Versions {
  readonly registration: ServiceWorkerRegistration;
  readonly before: ServiceWorker | null;
}

/** Notes the version of the worker; the function that it returns waits for the next one, without a word that would keep the first busy. */
async function noteVersion(page: EnginePage): Promise<() => Promise<void>> {
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    Object.assign(window, { versions: { registration, before: registration.active } });
  });
  return async () => {
    const hasNext = (): Promise<boolean> =>
      page.evaluate(() => {
        const { registration, before }: Versions = Reflect.get(window, 'versions');
        return registration.active !== before && registration.active?.state === 'activated';
      });
    // A browser that has forgotten that a version waits is asked again after fifteen seconds.
    await expect.poll(hasNext, { timeout: 60_000 }).toBe(true);
  };
}

test('a worker that can be updated says nothing, and finds a new version by itself', async ({ page }) => {
  await signIn(page, stack);
  await expect.poll(() => readSealedRecord(page, 'update'), POLL).toBeDefined();
  const secret = await secretOfWorker(page);
  const nextVersion = await noteVersion(page);

  stack.app.setWorkerRelease('found by a check');
  passedMs += 1.1 * HOUR_MS;
  await refresh(page);

  await nextVersion();
  await expect.poll(() => secretOfWorker(page), POLL).not.toBe(secret);
  expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  expect(tripwires()).toEqual([]);
});
