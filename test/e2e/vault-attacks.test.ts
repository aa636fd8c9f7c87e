import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { ADA, GRACE } from '../servers/users.ts';
import { callApi, changeUser, connected, sessionOf, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { refuseAccessToken } from '../support/refused-token.ts';
import {
  holdTransaction,
  readSealedRecord,
  type SealedRecord,
  VAULT_DATABASE,
  writeSealedRecord,
} from '../support/sealed-records.ts';
import { dumpDatabases, findSecrets, openWithAnyKey } from '../support/storage-theft.ts';
import { comesTrue } from '../support/until.ts';
import { setWorkerClockAhead, withClock } from '../support/worker-clock.ts';
import { leaveAndStopWorker, openManualPage, tokenExpired } from '../support/worker-life.ts';

const TTL_SECONDS = 3600;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.configure({ accessTokenTtlSeconds: TTL_SECONDS });
  stack.authorizationServer.issued.clear();
});

/** What many libraries do: the tokens as they came, or under a key that page script can use as well. */
async function storeNaively(
  page: Page,
  token: string,
  how: 'plain' | 'binary' | 'split' | 'wrapped' | 'derived',
): Promise<void> {
  await page.evaluate(
    async ({ secret, form }) => {
      const bytes = new TextEncoder().encode(secret);
      const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const origin = crypto.getRandomValues(new Uint8Array(32));
      const derived = await crypto.subtle.deriveKey(
        { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: new TextEncoder().encode('tokenward records') },
        await crypto.subtle.importKey('raw', origin, 'HKDF', false, ['deriveKey']),
        { name: 'AES-GCM', length: 256 },
        false,
        ['encrypt'],
      );
      const records: Record<string, unknown> = {
        plain: { session: { accessToken: secret } },
        binary: { session: bytes.buffer },
        split: { one: secret.slice(0, secret.length / 2), two: btoa(secret) },
        derived: { origin, iv, ciphertext: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, derived, bytes) },
        wrapped: { key, iv, ciphertext: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, bytes) },
      };
      await new Promise<void>((resolve) => {
        const opening = indexedDB.open('naive', 1);
        opening.onupgradeneeded = () => opening.result.createObjectStore('tokens').put(records[form], 'tokens');
        opening.onsuccess = () => {
          opening.result.close();
          resolve();
        };
      });
    },
    { secret: token, form: how },
  );
}

describe('a page that reads the storage', () => {
  for (const how of ['plain', 'binary', 'split'] as const) {
    test(`finds tokens that stand there ${how}, and none of Tokenward's`, async ({ page }) => {
      await signIn(page, stack);
      await Promise.all([page.waitForEvent('load'), page.evaluate(() => void window.tokenward.login())]);
      await connected(page);
      const secrets = stack.authorizationServer.issued.all();
      expect(secrets.length).toBeGreaterThanOrEqual(5);

      expect(findSecrets(await dumpDatabases(page), secrets)).toEqual([]);

      await storeNaively(page, secrets[0] ?? '', how);
      expect(findSecrets(await dumpDatabases(page), secrets)).not.toEqual([]);
    });
  }

  for (const how of ['wrapped', 'derived'] as const) {
    test(`opens what is sealed under a key that it finds ${how}, and none of Tokenward's records`, async ({ page }) => {
      await signIn(page, stack);

      expect(await openWithAnyKey(page)).toEqual([]);

      const naive = 'a token that stands under a key beside it';
      await storeNaively(page, naive, how);
      expect(await openWithAnyKey(page)).toEqual([naive]);
    });
  }
});

/** A record that must not open: it is changed, and the worker starts anew and looks. */
async function sessionAfter(page: Page, name: string, record: SealedRecord): Promise<unknown> {
  await leaveAndStopWorker(page, stack);
  await writeSealedRecord(page, name, record);
  await openManualPage(page, stack);
  return sessionOf(page);
}

async function recordOf(page: Page, name: string): Promise<SealedRecord> {
  const record = await readSealedRecord(page, name);
  if (record === undefined) throw new Error(`There is no record ${name}.`);
  return record;
}

describe('a record that a page puts in the place of another', () => {
  const LOST = { status: 'signed-out', reason: 'lost' };

  test('opens as itself: the check can fail', async ({ page }) => {
    await signIn(page, stack);

    expect(await sessionAfter(page, 'session', await recordOf(page, 'session'))).toMatchObject({ status: 'signed-in' });
  });

  test('does not open when it is of another kind', async ({ page }) => {
    await signIn(page, stack);
    const { generation } = await recordOf(page, 'session');
    const pending = await recordOf(page, 'pending');

    expect(await sessionAfter(page, 'session', pending)).toMatchObject(LOST);
    expect(await sessionAfter(page, 'session', { ...pending, generation })).toMatchObject(LOST);
  });

  test('is no pending authorization when it is a session', async ({ page }) => {
    await signIn(page, stack);
    await leaveAndStopWorker(page, stack);
    await writeSealedRecord(page, 'pending', await recordOf(page, 'session'));

    await page.goto(`${stack.app.origin}/auth/callback?code=x&state=y`);
    await openManualPage(page, stack);

    expect(await sessionOf(page)).toMatchObject({ lastError: { code: 'authorization_response_invalid' } });
    await page.goto(`${stack.app.origin}/auth/login?returnTo=/manual`);
    await connected(page);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  });

  test('does not open if one bit differs', async ({ page }) => {
    await signIn(page, stack);
    const record = await recordOf(page, 'session');
    const flip = (bytes: readonly number[], at: number): number[] =>
      bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
    const last = record.ciphertext.length - 1;

    for (const changed of [
      { ...record, ciphertext: flip(record.ciphertext, 0) },
      { ...record, ciphertext: flip(record.ciphertext, last) },
      { ...record, ciphertext: record.ciphertext.slice(0, -1) },
      { ...record, iv: flip(record.iv, 0) },
    ]) {
      expect(await sessionAfter(page, 'session', changed)).toMatchObject(LOST);
    }
    expect(await sessionAfter(page, 'session', record)).toMatchObject({ status: 'signed-in' });
  });

  test('does not open under another generation', async ({ page }) => {
    await signIn(page, stack);
    const record = await recordOf(page, 'session');

    for (const generation of [record.generation + 1, record.generation - 1, 0, Number.NaN]) {
      expect(await sessionAfter(page, 'session', { ...record, generation })).toMatchObject(LOST);
    }
  });

  test('does not open when it is of another installation', async ({ page, browser }) => {
    await signIn(page, stack);
    const context = await browser.newContext();
    const foreign = await context.newPage();
    await signIn(foreign, stack);
    const record = await recordOf(foreign, 'session');
    await context.close();

    expect(await sessionAfter(page, 'session', record)).toMatchObject(LOST);
  });
});

describe('a naive record', () => {
  /** Records that are sealed without a tag, or with one that says nothing of what they are. */
  const openNaively = (page: Page): Promise<{ changed: string; swapped: string }> =>
    page.evaluate(async () => {
      const text = new TextEncoder();
      const read = (bytes: ArrayBuffer): string => new TextDecoder().decode(bytes);
      const counter = { name: 'AES-CTR', counter: new Uint8Array(16), length: 32 };
      const noTag = await crypto.subtle.generateKey({ name: 'AES-CTR', length: 256 }, false, ['encrypt', 'decrypt']);
      const untagged = new Uint8Array(await crypto.subtle.encrypt(counter, noTag, text.encode('{"sub":"ada"}')));
      // "ada" becomes "eda": one bit of the ciphertext is one bit of the text.
      untagged[8] = (untagged[8] ?? 0) ^ 0b100;
      const gcm = { name: 'AES-GCM', iv: new Uint8Array(12) };
      const bare = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
      const records = new Map([['pending', await crypto.subtle.encrypt(gcm, bare, text.encode('of another kind'))]]);
      records.set('session', records.get('pending') ?? new ArrayBuffer());
      return {
        changed: read(await crypto.subtle.decrypt(counter, noTag, untagged)),
        swapped: read(await crypto.subtle.decrypt(gcm, bare, records.get('session') ?? new ArrayBuffer())),
      };
    });

  test('opens even if one bit differs, or if it is of another kind', async ({ page }) => {
    await openManualPage(page, stack);

    expect(await openNaively(page)).toEqual({ changed: '{"sub":"eda"}', swapped: 'of another kind' });
  });
});

describe('a record from before sign-out', () => {
  // A page can always restore what it has read. The record opens, since it is what this worker has written, and brings
  // back what the server has not ended: an access token that an API accepts until it expires, no longer, and no refresh.
  test('brings back only the remaining life of the access token', async ({ page }) => {
    await signIn(page, stack);
    const record = await recordOf(page, 'session');
    await page.evaluate(() => void window.tokenward.logout());
    await page.waitForURL((url) => url.origin === stack.app.origin && url.pathname === '/');

    expect(await sessionAfter(page, 'session', record)).toMatchObject({ status: 'signed-in' });
    stack.api.requests.clear();
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    stack.api.setClockAhead(TTL_SECONDS * 1000);
    onTestFinished(() => stack.api.setClockAhead(0));

    expect(await callApi(page, stack)).toMatchObject({ status: 401, body: expect.stringContaining('has expired') });
    expect(new Set(stack.api.requests.list().map(({ tokenDigest }) => tokenDigest)).size).toBe(1);
    await expect.poll(() => sessionOf(page), { timeout: 10_000 }).toMatchObject({ status: 'signed-out' });
    expect(findSecrets(await dumpDatabases(page), stack.authorizationServer.issued.all())).toEqual([]);
  });

  test('cannot be renewed either where a page kept the worker from replacing it', async ({ page, context }) => {
    await signIn(page, stack);
    const hostage = await context.newPage();
    await hostage.goto(`${stack.app.origin}/nothing-here`);
    await holdTransaction(hostage);
    await page.evaluate(() => void window.tokenward.logout());
    await page.waitForURL((url) => url.origin === stack.app.origin && url.pathname === '/');

    await leaveAndStopWorker(page, stack);
    await hostage.close();
    await openManualPage(page, stack);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    refuseAccessToken(stack.api);

    expect(await callApi(page, stack)).toMatchObject({ status: 401 });
    await expect.poll(() => sessionOf(page), { timeout: 10_000 }).toMatchObject({ status: 'signed-out' });
  });

  test('brings back nothing while the worker that signed out is running', async ({ page }) => {
    await signIn(page, stack);
    const record = await recordOf(page, 'session');
    await page.evaluate(() => void window.tokenward.logout());
    await page.waitForURL((url) => url.origin === stack.app.origin && url.pathname === '/');

    await writeSealedRecord(page, 'session', record);
    await openManualPage(page, stack);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-out', reason: 'signed-out' });
    expect(await callApi(page, stack)).toMatchObject({ status: 401 });
  });
});

describe('a record of the previous user', () => {
  test('brings back only the remaining life of the access token, although the user has not signed out', async ({
    page,
  }) => {
    await signIn(page, stack, ADA);
    const record = await recordOf(page, 'session');
    await changeUser(page, stack);
    expect(await sessionOf(page)).toMatchObject({ claims: { sub: GRACE.sub } });

    expect(await sessionAfter(page, 'session', record)).toMatchObject({ claims: { sub: ADA.sub } });
    refuseAccessToken(stack.api);

    expect(await callApi(page, stack)).toMatchObject({ status: 401 });
    await expect.poll(() => sessionOf(page), { timeout: 10_000 }).toMatchObject({ status: 'signed-out' });
  });
});

/** Writes a lease as if another version of the worker were refreshing. */
function forgeLease(page: Page, endMs: number): Promise<void> {
  return page.evaluate(
    ({ database, untilMs }) =>
      new Promise<void>((resolve) => {
        const opening = indexedDB.open(database);
        opening.onsuccess = () => {
          const transaction = opening.result.transaction('records', 'readwrite');
          transaction.objectStore('records').put({ workerVersion: 'forged', untilMs }, 'lease');
          transaction.oncomplete = () => {
            opening.result.close();
            resolve();
          };
        };
      }),
    { database: VAULT_DATABASE, untilMs: endMs },
  );
}

describe('a lease that a page forges', () => {
  test('delays a refresh by its limit at most, and has no other effect', async ({ page }) => {
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 1 });
    await signIn(page, stack);
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
    await tokenExpired(page);
    await forgeLease(page, Date.now() + 365 * 864e5);

    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    await expect.poll(() => sessionOf(page), { timeout: 10_000 }).toMatchObject({ status: 'signed-in' });
  });

  test('delays it as long as a lease can last, if it looks genuine', async ({ page }) => {
    stack.app.configure({ worker: { requestTimeoutMs: 60_000 }, workerScript: withClock });
    onTestFinished(() => stack.app.configure({ worker: {}, workerScript: (script) => script }));
    await signIn(page, stack);
    const { requests } = stack.authorizationServer;
    const isRefreshed = (): boolean => requests.count('token', 'refresh_token') > 0;
    requests.clear();
    const expiryMs = TTL_SECONDS * 1000;
    await setWorkerClockAhead(page, expiryMs);
    await forgeLease(page, Date.now() + expiryMs + 60_000);

    const answered = callApi(page, stack);
    expect(await comesTrue(isRefreshed, 1000)).toBe(false);
    await setWorkerClockAhead(page, expiryMs + 65_000);

    expect(await answered).toMatchObject({ status: 200 });
    expect(isRefreshed()).toBe(true);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  });
});
