import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { Alarm } from 'tokenward';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, sessionOf, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { type EchoingApi, startEchoingApi } from '../support/echoing-api.ts';
import { type ForeignServer, startForeignServer } from '../support/foreign-server.ts';
import { startNaiveFront } from '../support/naive-front.ts';
import { countUpdates, updatesOf } from '../support/update-count.ts';
import { setWorkerClockForward, withClock } from '../support/worker-clock.ts';
import { openManualPage } from '../support/worker-life.ts';

const POLL = { timeout: 20_000 };

let stack: Stack;
/** Takes reports, and is a resource that the worker may connect to. */
let endpoint: EchoingApi;
let foreign: ForeignServer;
beforeAll(async () => {
  [stack, endpoint, foreign] = await Promise.all([startStack(), startEchoingApi(), startForeignServer()]);
});
afterAll(() => Promise.all([stack.close(), endpoint.close(), foreign.close()]));
beforeEach(() => {
  configure();
  endpoint.clearReports();
  stack.authorizationServer.requests.clear();
});

function configure(options: { readonly alarmAction?: 'wipe' } = {}): void {
  const protectedResources = [{ url: stack.api.url }, { url: endpoint.origin }];
  const worker = { protectedResources, alarmReportUrl: `${endpoint.origin}/alarms`, ...options };
  stack.app.configure({ worker, workerScript: withClock, securityHeaders: 'on' });
}

/** Signs in, and listens for alarms in a page that does not renew what was lost. */
async function beginSession(page: Page, at: Stack = stack): Promise<void> {
  await signIn(page, at);
  await openManualPage(page, at);
  await listenForAlarms(page);
  stack.authorizationServer.requests.clear();
}

async function listenForAlarms(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.alarms = [];
    window.tokenward.onAlarm((alarm) => window.alarms.push(alarm));
  });
}

function alarmsOf(page: Page): Promise<readonly Alarm[]> {
  return page.evaluate(() => window.alarms);
}

async function unregister(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration?.unregister();
  });
}

/** Makes a call that changes nothing: it is refused. */
async function callWorker(page: Page): Promise<void> {
  await page.evaluate(() => window.tokenward.login({ scopes: ['not-configured'] }).catch(() => {}));
}

/** The session has ended by a tripwire, and everybody has heard of it. */
async function expectEnded(page: Page, tripwire: Alarm['tripwire'], consequence: 'revoked' | 'wiped'): Promise<void> {
  await expect
    .poll(() => sessionOf(page), POLL)
    .toMatchObject({ status: 'signed-out', reason: 'lost', lastError: { code: tripwire } });
  const alarm = { tripwire, consequence, atMs: expect.any(Number), count: 1 };
  await expect.poll(() => alarmsOf(page), POLL).toEqual([alarm]);
  await expect
    .poll(() => endpoint.reports, POLL)
    .toEqual([{ alarm, contentType: 'application/json', authorization: undefined }]);
  // One that the server does not answer in time is sent again.
  const revocations = (): number => stack.authorizationServer.requests.count('revocation');
  if (consequence === 'revoked') await expect.poll(revocations, POLL).toBeGreaterThanOrEqual(2);
  else expect(revocations()).toBe(0);
  expect((await callApi(page, stack)).status).toBe(401);
}

/** The session goes on, though an alarm was told. */
async function expectUnharmed(page: Page, alarm: Partial<Alarm>): Promise<void> {
  await expect.poll(() => alarmsOf(page), POLL).toMatchObject([alarm]);
  await expect.poll(() => endpoint.reports, POLL).toMatchObject([{ alarm }]);
  expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  expect((await callApi(page, stack)).status).toBe(200);
  expect(stack.authorizationServer.requests.count('revocation')).toBe(0);
}

describe('a worker that was unregistered', () => {
  test('revokes its tokens and forgets them at the next call', async ({ page }) => {
    await beginSession(page);

    await unregister(page);
    await callWorker(page);

    await expectEnded(page, 'worker_unregistered', 'revoked');
  });

  test('notices it at a request to an API too', async ({ page }) => {
    await beginSession(page);
    await setWorkerClockForward(page, 11);

    await unregister(page);
    await callApi(page, stack);

    await expectEnded(page, 'worker_unregistered', 'revoked');
  });

  test('does not revoke the tokens if the configuration says so', async ({ page }) => {
    configure({ alarmAction: 'wipe' });
    await beginSession(page);

    await unregister(page);
    await callWorker(page);

    await expectEnded(page, 'worker_unregistered', 'wiped');
  });
});

test('a worker that is registered changes nothing, and sends no request to check it', async ({ page }) => {
  stack.app.configure({ workerScript: (script) => countUpdates(withClock(script)) });
  await beginSession(page);

  await callWorker(page);

  expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  expect(await alarmsOf(page)).toEqual([]);
  expect(endpoint.reports).toEqual([]);
  expect(stack.authorizationServer.requests.count('revocation')).toBe(0);
  expect(await updatesOf(page)).toEqual([0, 1]);
});

describe('another script', () => {
  /** Takes over when the page says so: how soon a browser tells the worker before it depends on the load of the machine. */
  const rogue = `
    self.addEventListener('install', (event) => {
      const released = new Promise((resolve) => (new BroadcastChannel('take over').onmessage = resolve));
      event.waitUntil(released.then(() => self.skipWaiting()));
    });`;
  const rogueWorkers = { '/rogue.js': rogue };
  const registerRogue = (page: Page): Promise<string> =>
    page.evaluate(() =>
      navigator.serviceWorker.register('/rogue.js', { scope: '/' }).then(
        () => 'registered',
        () => 'refused',
      ),
    );

  test('that a server allows a page to register in the worker’s place ends the session', async ({ page }) => {
    stack.app.configure({ securityHeaders: 'off' });
    const front = await startNaiveFront(stack, { workerScript: 'gated', rogueWorkers });
    await beginSession(page, front);

    expect(await registerRogue(page)).toBe('registered');

    await expectEnded(page, 'worker_replaced', 'revoked');
    await page.evaluate(() => new BroadcastChannel('take over').postMessage(''));
    await page.waitForFunction(() => navigator.serviceWorker.controller?.scriptURL.endsWith('/rogue.js'));
    await page.goto('about:blank');
    await front.close();
  });

  test('that the server refuses as a worker gets nothing and ends nothing', async ({ page }) => {
    await beginSession(page);

    expect(await registerRogue(page)).toBe('refused');

    await callWorker(page);
    expect(await alarmsOf(page)).toEqual([]);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  });
});

test('a page that requests a handover, as the next version does, gets nothing, and ends the session', async ({
  page,
}) => {
  await beginSession(page);

  const answers = await page.evaluate(async () => {
    const { port1, port2 } = new MessageChannel();
    const messages: unknown[] = [];
    port1.onmessage = ({ data }) => messages.push(data);
    navigator.serviceWorker.controller?.postMessage({ type: 'tokenward:handover', seals: true }, [port2]);
    // What would have come is there by the time that the worker has answered two calls.
    for (let call = 0; call < 2; call++) await window.tokenward.explain('/');
    return messages;
  });

  expect(answers).toEqual([]);
  await expectEnded(page, 'worker_impersonated', 'revoked');
});

test('an authorization response that was never requested signs no user out, whichever site sends it', async ({
  page,
  context,
}) => {
  await beginSession(page);
  const attacker = await context.newPage();
  await attacker.goto(foreign.origin);

  await attacker.evaluate((url) => {
    location.href = url;
  }, `${stack.app.origin}/auth/callback?code=theirs&state=made-up`);
  await attacker.waitForURL((url) => url.origin === stack.app.origin);

  await expectUnharmed(page, { tripwire: 'foreign_response', consequence: 'reported', count: 1 });
});

test('a page that floods the worker with ports is stopped, and another page is not affected', async ({
  page,
  context,
}) => {
  await beginSession(page);
  const other = await context.newPage();
  await openManualPage(other, stack);

  await page.evaluate(() => {
    for (let count = 0; count < 2000; count++) {
      const { port2 } = new MessageChannel();
      navigator.serviceWorker.controller?.postMessage({ type: 'tokenward:call', protocolVersion: 1 }, [port2]);
    }
  });

  await expectUnharmed(page, { tripwire: 'call_flood', consequence: 'stopped' });
  expect(await other.evaluate(() => window.tokenward.explain('/'))).toMatchObject({ action: 'pass' });
});
