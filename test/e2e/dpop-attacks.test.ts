import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { searchHeap } from '../support/heap-search.ts';
import { openSealedRecord, readSealedRecord } from '../support/sealed-records.ts';
import { dumpDatabases, findSecrets, signWithAnyKey } from '../support/storage-theft.ts';
import { secretOfWorker, tellSecret } from '../support/worker-secret.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    app: { worker: { dpop: 'required' }, workerScript: tellSecret },
    api: { dpop: 'required' },
    authorizationServer: { accessTokenTtlSeconds: 3600 },
  });
});
afterAll(() => stack.close());

/** The session's record, opened with the secret of the worker, which no page has. */
async function openedSession(page: Page): Promise<string> {
  const record = await readSealedRecord(page, 'session');
  return (record && (await openSealedRecord(await secretOfWorker(page), record))) ?? '';
}

/** The coordinates of the session's public key, and its private key. */
async function keyOf(page: Page): Promise<readonly [x: string, y: string, d: string]> {
  const [, x = '', y = '', d = ''] =
    /"dpopKey":"([\w-]{43})\.([\w-]{43})\.([\w-]{43})"/.exec(await openedSession(page)) ?? [];
  expect(d).not.toBe('');
  return [x, y, d];
}

/** What many libraries do: a private key as it is, or as a key that cannot be exported and signs for everybody. */
async function storeNaively(
  page: Page,
  [x, y, d]: readonly [string, string, string],
  how: 'plain' | 'handle',
): Promise<void> {
  await page.evaluate(
    async ({ jwk, form }) => {
      const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
      const handle = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign']);
      await new Promise<void>((resolve) => {
        const opening = indexedDB.open('naive', 1);
        opening.onupgradeneeded = () =>
          opening.result.createObjectStore('keys').put(form === 'plain' ? jwk : { privateKey: handle }, 'key');
        opening.onsuccess = () => {
          opening.result.close();
          resolve();
        };
      });
    },
    { jwk: { kty: 'EC', crv: 'P-256', x, y, d }, form: how },
  );
}

describe('a page that wants the private key', () => {
  test('finds a key that is stored, but not Tokenward’s', async ({ page }) => {
    await signIn(page, stack);
    const key = await keyOf(page);

    expect(findSecrets(await dumpDatabases(page), [key[2]])).toEqual([]);

    await storeNaively(page, key, 'plain');
    expect(findSecrets(await dumpDatabases(page), [key[2]])).not.toEqual([]);
  });

  test('finds none in its heap, whatever it has requested', async ({ page }) => {
    await signIn(page, stack);
    const [, , d] = await keyOf(page);
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });

    expect((await searchHeap(page, [d])).found).toEqual([]);

    await page.evaluate((secret) => {
      Object.assign(window, { kept: { privateKey: `${secret}.` } });
    }, d);
    expect((await searchHeap(page, [d])).found).toEqual([d]);
  });
});

describe('a page that wants to sign', () => {
  test('signs with a key of the storage that cannot be exported, and finds none of Tokenward', async ({ page }) => {
    await signIn(page, stack);

    expect(await signWithAnyKey(page)).toBe(0);

    await storeNaively(page, await keyOf(page), 'handle');
    expect(await signWithAnyKey(page)).toBe(1);
  });
});

describe('a session that was signed out', () => {
  test('leaves no key behind', async ({ page }) => {
    await signIn(page, stack);
    const [, , d] = await keyOf(page);

    await page.evaluate(() => void window.tokenward.logout());
    await page.waitForURL((url) => url.origin === stack.app.origin && url.pathname === '/');

    const opened = await openedSession(page);
    expect(opened).toContain('signed-out');
    expect(opened).not.toContain(d);
  });
});
