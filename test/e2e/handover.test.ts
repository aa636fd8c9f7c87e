import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { EndpointRequest } from '../servers/authorization-server-log.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, connected, openBarePage, sessionOf, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { gateRequest } from '../support/gate.ts';
import { openSealedRecord, readSealedRecord } from '../support/sealed-records.ts';
import { openManualPage, stopWorker, takenOver, tokenExpired, updateWorker } from '../support/worker-life.ts';
import { secretOfWorker, tellSecret } from '../support/worker-secret.ts';

const POLL = { timeout: 20_000 };
let stack: Stack;
let release = 0;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
  stack.authorizationServer.faults.clear();
  stack.app.configure({ workerScript: tellSecret, worker: {} });
  deploy();
});

/** Deploys a version that the browser does not know. */
function deploy(): void {
  release += 1;
  stack.app.setWorkerRelease(`release ${release}`);
}

async function beginSession(page: Page): Promise<void> {
  await signIn(page, stack);
  stack.authorizationServer.requests.clear();
}

const isRefresh = (request: EndpointRequest): boolean => request.grantType === 'refresh_token';

describe('a new version of the worker', () => {
  test('continues the session, and its records open only under its own key', async ({ page }) => {
    await beginSession(page);
    const oldSecret = await secretOfWorker(page);
    const before = await readSealedRecord(page, 'session');
    expect(before && (await openSealedRecord(oldSecret, before))).toContain('accessToken');
    deploy();

    await updateWorker(page);

    const newSecret = await secretOfWorker(page);
    expect(newSecret).not.toBe(oldSecret);
    for (const name of ['session', 'pending']) {
      await expect
        .poll(async () => {
          const record = await readSealedRecord(page, name);
          return (
            record && [await openSealedRecord(oldSecret, record), typeof (await openSealedRecord(newSecret, record))]
          );
        }, POLL)
        .toEqual([undefined, 'string']);
    }
    await stopWorker(page);
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    await expect
      .poll(() => sessionOf(page), { timeout: 10_000 })
      .toMatchObject({ status: 'signed-in', storage: 'sealed' });
    expect(stack.authorizationServer.requests.count('token')).toBe(0);
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
  });

  test('uses no refresh token that the previous version is using', async ({ page, context }) => {
    // The refresh waits for what takes a busy machine long.
    stack.app.configure({ worker: { requestTimeoutMs: 60_000 } });
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 1 });
    await beginSession(page);
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
    const other = await context.newPage();
    await openBarePage(other, stack);
    await tokenExpired(page);
    const gate = gateRequest(stack.authorizationServer.faults, isRefresh);
    const first = callApi(page, stack);
    await gate.arrived;
    const oldSecret = await secretOfWorker(page);
    deploy();

    await updateWorker(other, 'installed');
    const second = callApi(other, stack);
    gate.open();

    expect(await first).toMatchObject({ status: 200 });
    expect(await second).toMatchObject({ status: 200 });
    const { requests } = stack.authorizationServer;
    expect(requests.count('token', 'refresh_token')).toBe(1);
    expect(requests.countRefreshTokenReuses()).toBe(0);
    expect(requests.count('authorization')).toBe(0);

    // Once it has nothing left to do, the version before gives way. What it has written last is sealed anew.
    await takenOver(other);
    expect(await secretOfWorker(other)).not.toBe(oldSecret);
    stack.api.faults.plan(({ authorizationScheme }) => authorizationScheme === 'Bearer', INVALID_TOKEN);
    expect(await callApi(other, stack)).toMatchObject({ status: 200 });
    const record = await readSealedRecord(other, 'session');
    const newSecret = await secretOfWorker(other);
    expect(record && (await openSealedRecord(oldSecret, record))).toBeUndefined();
    expect(record && (await openSealedRecord(newSecret, record))).toContain('refreshToken');
    expect(requests.countRefreshTokenReuses()).toBe(0);
  });

  test('finds the session when no page was open, and when the previous version was stopped', async ({
    page,
    context,
  }) => {
    await beginSession(page);
    await page.goto('about:blank');
    await stopWorker(page);
    deploy();

    const next = await context.newPage();
    await openBarePage(next, stack);
    await stopWorker(next);
    await next.reload();
    await connected(next);
    expect(await sessionOf(next)).toMatchObject({ status: 'signed-in', storage: 'sealed' });
    expect(await callApi(next, stack)).toMatchObject({ status: 200 });
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
  });

  test('follows several others, and none of them loses the session', async ({ page }) => {
    await beginSession(page);

    for (let version = 0; version < 3; version += 1) {
      deploy();
      await updateWorker(page);
      await stopWorker(page);
    }

    await page.reload();
    await connected(page);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'sealed' });
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
  });

  test('may have another protected resource, and keeps the session', async ({ page }) => {
    await beginSession(page);
    stack.app.configure({ worker: { protectedResources: [{ url: `${stack.api.url}/notes` }] } });

    await updateWorker(page);
    await stopWorker(page);
    await page.reload();
    await connected(page);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'sealed' });
    expect(await callApi(page, stack, '/notes')).toMatchObject({ status: 200 });
    expect(await callApi(page, stack, '/me')).toMatchObject({ status: 401 });
  });

  test('does not get the session of another client', async ({ page }) => {
    await beginSession(page);
    // A page that does not leave by itself for a session of the other client.
    await openManualPage(page, stack);
    stack.app.configure({ worker: { clientId: 'another-client' } });

    await updateWorker(page);
    await openManualPage(page, stack);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-out' });
    expect(await callApi(page, stack)).toMatchObject({ status: 401 });
  });

  test('is not installed while the previous one does not hand over, and the session continues', async ({ page }) => {
    stack.app.configure({
      workerScript: (script) => `self.addEventListener('message', (event) => {
  if (event.data && event.data.type === 'tokenward:handover') {
    event.ports[0].postMessage(true);
    event.stopImmediatePropagation();
  }
});
${script}`,
    });
    await beginSession(page);
    stack.app.configure({ workerScript: tellSecret });

    await expect(updateWorker(page)).rejects.toThrow('was not installed');

    await stopWorker(page);
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    await page.reload();
    await connected(page);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'sealed' });
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
  });

  test('leaves a page that loads during its installation to the previous one', async ({ page, context }) => {
    await beginSession(page);
    stack.app.configure({
      workerScript: (script) => `self.addEventListener('install', (event) => {
  event.waitUntil(fetch('${stack.api.url}/slow', { mode: 'no-cors' }));
});
${script}`,
    });
    const gate = gateRequest(stack.api.faults, ({ path }) => path.endsWith('/slow'));
    const updated = updateWorker(page);
    await gate.arrived;

    const other = await context.newPage();
    // The installation waits until it is connected.
    await openBarePage(other, stack);
    expect(await other.evaluate(() => window.connectError)).toBeUndefined();
    expect(await callApi(other, stack)).toMatchObject({ status: 200 });
    gate.open();
    await updated;

    for (const tab of [page, other]) expect(await callApi(tab, stack)).toMatchObject({ status: 200 });
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
  });
});

const INVALID_TOKEN = {
  stage: 'before',
  answer: {
    status: 401,
    headers: {
      'www-authenticate': 'Bearer error="invalid_token"',
      'access-control-expose-headers': 'www-authenticate',
    },
  },
} as const;
