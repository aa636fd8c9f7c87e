import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, connected, openBarePage, sessionOf, signIn } from '../support/app-page.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';
import { openSealedRecord, readSealedRecord } from '../support/sealed-records.ts';
import { takenOver, updateWorker } from '../support/worker-life.ts';
import { secretOfWorker, tellSecret } from '../support/worker-secret.ts';

const POLL = { timeout: 20_000 };

let stack: Stack;
let release = 0;
beforeAll(async () => {
  stack = await startStack({ authorizationServer: { accessTokenTtlSeconds: 3600 }, app: { workerScript: tellSecret } });
});
afterAll(() => stack.close());
beforeEach(() => deploy());

/** Deploys a version that the browser does not know. */
function deploy(): void {
  release += 1;
  stack.app.setWorkerRelease(`release ${release}`);
}

/** Asks no version for its secret while another one waits for it to be idle. */
async function currentSecret(page: EnginePage): Promise<string> {
  await takenOver(page);
  return secretOfWorker(page);
}

describe('a new version of the worker', () => {
  test('takes the session over, and seals it under its own secret', async ({ page, profile }) => {
    await signIn(page, stack);
    stack.authorizationServer.requests.clear();
    const oldSecret = await secretOfWorker(page);
    deploy();

    await updateWorker(page);

    await expect.poll(() => currentSecret(page), POLL).not.toBe(oldSecret);
    const newSecret = await secretOfWorker(page);
    await expect
      .poll(async () => {
        const record = await readSealedRecord(page, 'session');
        return (
          record && [await openSealedRecord(oldSecret, record), typeof (await openSealedRecord(newSecret, record))]
        );
      }, POLL)
      .toEqual([undefined, 'string']);
    await profile.stopWorkers();
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    expect(stack.authorizationServer.requests.count('token')).toBe(0);
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
  });

  test('takes over by connect() if no page was open and the previous one was stopped', async ({
    page,
    profile,
    lacks,
  }) => {
    await signIn(page, stack);
    stack.authorizationServer.requests.clear();
    const oldSecret = await secretOfWorker(page);
    await page.goto('about:blank');
    await profile.stopWorkers();
    deploy();

    await openBarePage(page, stack);
    const isMissing = await lacks({
      engine: 'webkit',
      reason: 'its own checks carry no Sec-Fetch-Dest and get 403; a new version comes by registration.update()',
      isShownBy: async () => {
        expect(await secretOfWorker(page)).toBe(oldSecret);
        await updateWorker(page);
        await expect.poll(() => currentSecret(page), POLL).not.toBe(oldSecret);
        expect(await callApi(page, stack)).toMatchObject({ status: 200 });
        expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
      },
    });
    if (isMissing) return;
    await expect.poll(() => currentSecret(page), POLL).not.toBe(oldSecret);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'sealed' });
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
  });

  test(
    'misses no request of an open page, and interrupts none, while it takes over',
    { timeout: 240_000 },
    async ({ page, lacks }) => {
      const isMissing = await lacks({
        engine: 'firefox',
        reason: 'sends one request or other past any worker that takes over, and asks neither it nor the one before',
        isShownBy: () => expectEngineLosesRequests(page),
      });
      if (isMissing) return;
      await signIn(page, stack);

      for (let versions = 0; versions < 3; versions++) {
        deploy();
        expect(await requestWhileTakenOver(page, { url: `${stack.api.url}/me`, pauseMs: 100, restMs: 2000 })).toEqual({
          past: 0,
          broken: 0,
        });
      }
    },
  );

  test('is not installed if the server has none: the script is found to be the same', async ({ page, lacks }) => {
    await signIn(page, stack);
    const secret = await secretOfWorker(page);
    const isMissing = await lacks({
      engine: 'webkit',
      reason: 'asks without If-None-Match, gets the same script with another secret, and hands the session over to it',
      isShownBy: async () => {
        await updateWorker(page);
        await expect.poll(() => currentSecret(page), POLL).not.toBe(secret);
        expect(await callApi(page, stack)).toMatchObject({ status: 200 });
      },
    });
    if (isMissing) return;

    await expect(updateWorker(page)).rejects.toThrow('There is no new version of the worker.');

    expect(await secretOfWorker(page)).toBe(secret);
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  });
});

/**
 * Sends one request after the other until a new version has taken over, and rests after every tenth one, as pages do; counts those that
 * came to the server as they were, and those that broke off. Chromium waits for a moment in which the version before has nothing to do,
 * and which no request interrupts until that version has stopped: on a busy machine, a short pause is none.
 */
function requestWhileTakenOver(
  page: EnginePage,
  request: { url: string; pauseMs: number; restMs: number },
): Promise<{ past: number; broken: number }> {
  return page.evaluate(async ({ url, pauseMs, restMs }) => {
    const registration = await navigator.serviceWorker.ready;
    const { active } = registration;
    void registration.update();
    const lost = { past: 0, broken: 0 };
    for (let left = 20, sent = 1; left > 0; sent += 1) {
      const response = await fetch(url).catch(() => undefined);
      if (!response) lost.broken += 1;
      else if (!response.ok) lost.past += 1;
      await new Promise((resolve) => setTimeout(resolve, sent % 10 === 0 ? restMs : pauseMs));
      const { controller } = navigator.serviceWorker;
      if (controller && controller !== active && controller.state === 'activated') left -= 1;
    }
    return lost;
  }, request);
}

/** A worker by hand that answers one address, and lets each new version take over. */
const ANSWERING_WORKER = `addEventListener('fetch', (event) => {
  if (!event.request.url.endsWith('/of-the-worker')) return;
  event.respondWith(new Promise((resolve) => setTimeout(resolve, 5)).then(() => new Response('')));
});
addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
`;

/** Whoever has written the worker. */
async function expectEngineLosesRequests(page: EnginePage): Promise<void> {
  stack.app.pages.set('/plain', { body: '<!doctype html><title>Plain</title>' });
  let version = 0;
  stack.app.configure({ workerScript: () => `${ANSWERING_WORKER}// ${version}` });
  try {
    await page.goto(`${stack.app.origin}/plain`);
    await page.evaluate((path) => void navigator.serviceWorker.register(path), stack.app.workerPath);
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await expect
      .poll(
        async () => {
          version += 1;
          const { past, broken } = await requestWhileTakenOver(page, {
            url: `${stack.app.origin}/of-the-worker`,
            pauseMs: 5,
            restMs: 5,
          });
          return past + broken;
        },
        { timeout: 100_000 },
      )
      .toBeGreaterThan(0);
  } finally {
    stack.app.configure({ workerScript: tellSecret });
  }
}

describe('a page past its worker, as after a reload with shift held down,', () => {
  test('is controlled again, and has the session', async ({ page, lacks }) => {
    await signIn(page, stack);
    const reason = 'its driver has no such reload, and location.reload(true) keeps the worker';
    if (await lacks({ engine: 'webkit', reason, isShownBy: () => expectReloadKeepsWorker(page) })) return;

    await page.reloadPastWorker();
    await connected(page);

    expect(await page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  });
});

/** On a page without the library, which would ask the worker to take it. */
async function expectReloadKeepsWorker(page: EnginePage): Promise<void> {
  await expect(page.reloadPastWorker()).rejects.toThrow('no such reload');
  stack.app.pages.set('/plain', { body: '<!doctype html><title>Plain</title>' });
  await page.goto(`${stack.app.origin}/plain`);
  await page.evaluate(() => {
    sessionStorage.setItem('started', String(performance.timeOrigin));
    // The argument is in no standard.
    Reflect.apply(window.location.reload, window.location, [true]);
  });
  await page.waitForFunction(() => sessionStorage.getItem('started') !== String(performance.timeOrigin));
  expect(await page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
}
