import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, connected, openBarePage, sessionIfAny, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { deleteVault, holdTransaction, readSealedRecord, VAULT_DATABASE } from '../support/sealed-records.ts';
import { stopWorker, tokenExpired } from '../support/worker-life.ts';

const POLL = { timeout: 20_000 };
const LONG = { accessTokenTtlSeconds: 3600 };
const SHORT = { accessTokenTtlSeconds: 1 };

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.configure(LONG);
  stack.authorizationServer.faults.clear();
  stack.app.configure({ workerScript: (script) => script });
});

async function beginSession(page: Page): Promise<void> {
  await signIn(page, stack);
  stack.authorizationServer.requests.clear();
}

async function beginSessionWithExpiredToken(page: Page): Promise<void> {
  stack.authorizationServer.configure(SHORT);
  await beginSession(page);
  stack.authorizationServer.configure(LONG);
  await tokenExpired(page);
}

/** Expects that there is a session, and that nobody has seen a login page since it began. */
async function expectSessionWithoutLoginPage(page: Page, storage: 'sealed' | 'memory'): Promise<void> {
  await expect.poll(() => sessionIfAny(page), POLL).toMatchObject({ status: 'signed-in', storage });
  expect(stack.authorizationServer.requests.count('interaction')).toBe(0);
  expect(await callApi(page, stack)).toMatchObject({ status: 200 });
}

/** Leaves the origin no room. A database that there is already may still grow in Chromium, for a while. */
async function removeQuota(page: Page): Promise<void> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Storage.overrideQuotaForOrigin', { origin: stack.app.origin, quotaSize: 1 });
}

/** A worker whose disk is full from a message on until it is stopped. */
function withDiskToFill(script: string): string {
  return `self.addEventListener('message', ({ data, ports: [port] }) => {
  if (data !== 'disk is full') return;
  IDBObjectStore.prototype.put = () => { throw new DOMException('The disk is full.', 'QuotaExceededError'); };
  port.postMessage('done');
});
${script}`;
}

/** Fills the disk of {@link withDiskToFill}. A refresh that had begun before would have written its lease. */
async function fillDisk(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready;
    const { port1, port2 } = new MessageChannel();
    const done = new Promise((resolve) => (port1.onmessage = resolve));
    active?.postMessage('disk is full', [port2]);
    await done;
  });
}

describe('a registration that is removed', () => {
  test('costs no login page: the next worker renews the session', async ({ page }) => {
    await beginSession(page);

    await page.evaluate(async () => (await navigator.serviceWorker.ready).unregister());
    await page.reload();

    await expectSessionWithoutLoginPage(page, 'sealed');
    await stopWorker(page);
    await page.reload();
    await connected(page);
    await expectSessionWithoutLoginPage(page, 'sealed');
  });

  test('leaves records that the next worker, with its other secret, reports as lost', async ({ page }) => {
    await beginSession(page);
    const record = await readSealedRecord(page, 'session');
    stack.app.setWorkerRelease(`not cached ${Math.random()}`);

    // The page of the app would notice, and leave for the authorization server.
    await page.goto(`${stack.app.origin}/nothing-here`);
    await page.evaluate(async () => (await navigator.serviceWorker.ready).unregister());
    await page.goto(`${stack.app.origin}/nothing-here`);
    await page.evaluate(() =>
      navigator.serviceWorker.register('/tokenward-sw.js').then(() => navigator.serviceWorker.ready),
    );
    await page.reload();
    const session: unknown = await page.evaluate(async () => (await fetch('/auth/session')).json());

    expect(record).toBeDefined();
    expect(session).toMatchObject({ status: 'signed-out', reason: 'lost' });
    await openBarePage(page, stack);
    await expectSessionWithoutLoginPage(page, 'sealed');
    expect(stack.authorizationServer.requests.countRefreshTokenReuses()).toBe(0);
  });
});

describe('a vault that is deleted while the worker runs', () => {
  test('is created again by the next refresh', async ({ page }) => {
    await beginSessionWithExpiredToken(page);

    expect(await deleteVault(page)).toBe('deleted');
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    await stopWorker(page);
    await page.reload();
    await connected(page);

    await expectSessionWithoutLoginPage(page, 'sealed');
    expect(stack.authorizationServer.requests.count('token', 'refresh_token')).toBe(1);
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
  });

  test('costs a silent redirect when the worker is stopped before it writes again', async ({ page }) => {
    await beginSession(page);

    expect(await deleteVault(page)).toBe('deleted');
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    await stopWorker(page);
    await page.reload();

    await expectSessionWithoutLoginPage(page, 'sealed');
    expect(new URL(page.url()).pathname).toBe('/bare');
  });
});

describe('a vault that page script blocks', () => {
  test('falls back to memory when its database has a version that the worker cannot use', async ({ page }) => {
    await page.goto(`${stack.app.origin}/nothing-here`);
    await page.evaluate(
      (name) =>
        new Promise<void>((resolve) => {
          const opening = indexedDB.open(name, 99);
          opening.onsuccess = () => resolve();
        }),
      VAULT_DATABASE,
    );

    await beginSession(page);

    await expectSessionWithoutLoginPage(page, 'memory');
  });

  test('falls back to memory when its database is in an upgrade that never ends', async ({ page, context }) => {
    const hostage = await context.newPage();
    await hostage.goto(`${stack.app.origin}/nothing-here`);
    await hostage.evaluate(
      (name) =>
        new Promise<void>((resolve) => {
          const opening = indexedDB.open(name, 1);
          opening.onupgradeneeded = () => {
            const store = opening.result.createObjectStore('hostage');
            const goOn = (): void => {
              store.get('nothing').onsuccess = goOn;
            };
            goOn();
            resolve();
          };
        }),
      VAULT_DATABASE,
    );

    await beginSession(page);

    await expectSessionWithoutLoginPage(page, 'memory');
  });

  test('falls back to memory when a transaction never ends, and a refresh succeeds', async ({ page, context }) => {
    await beginSessionWithExpiredToken(page);
    const hostage = await context.newPage();
    await hostage.goto(`${stack.app.origin}/nothing-here`);
    await holdTransaction(hostage);

    expect(await callApi(page, stack)).toMatchObject({ status: 200 });

    await expectSessionWithoutLoginPage(page, 'memory');
    expect(stack.authorizationServer.requests.countRefreshTokenReuses()).toBe(0);
    await hostage.close();
    await stopWorker(page);
    // The record on disk holds a refresh token that was used: the next request finds out, and the page renews.
    await callApi(page, stack).catch(() => undefined);
    await expectSessionWithoutLoginPage(page, 'sealed');
  });
});

describe('a disk that is full', () => {
  test('before the first sign-in makes the vault fall back to memory', async ({ page }) => {
    await openBarePage(page, stack);
    await removeQuota(page);

    await beginSession(page);

    await expectSessionWithoutLoginPage(page, 'memory');
  });

  test('in a session makes a refresh fall back to memory, and a stop afterwards costs no login page', async ({
    page,
  }) => {
    stack.app.configure({ workerScript: withDiskToFill });
    await beginSessionWithExpiredToken(page);
    await fillDisk(page);

    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    await expectSessionWithoutLoginPage(page, 'memory');
    expect(stack.authorizationServer.requests.countRefreshTokenReuses()).toBe(0);
    await stopWorker(page);
    await callApi(page, stack).catch(() => undefined);

    await expectSessionWithoutLoginPage(page, 'sealed');
  });
});
