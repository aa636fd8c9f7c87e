import { afterAll, beforeAll, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, openBarePage, signIn } from '../support/app-page.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';
import { startNaiveFront } from '../support/naive-front.ts';
import { readScript, WAYS_TO_READ, type WayToRead } from '../support/script-theft.ts';
import { readSealedRecord, writeSealedRecord } from '../support/sealed-records.ts';
import { dumpDatabases, findSecrets } from '../support/storage-theft.ts';

const SECRET = /__tokenwardSecret\s*=\s*"([\w-]{43})"/;

let stack: Stack;
/** The same app, by a server that gives the worker's script to whoever asks. */
let naive: Stack;
beforeAll(async () => {
  // Without the pages' own security policy: the gate alone has to hold.
  stack = await startStack({ app: { securityHeaders: 'off' } });
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
  stack.app.pages.set('/attack', { body: '<!doctype html><title>Attack</title><body></body>' });
  naive = await startNaiveFront(stack, { workerScript: 'ungated' });
});
afterAll(async () => {
  await naive.close();
  await stack.close();
});

/** The secret that script on a page gets to see, if it does. */
async function steal(page: EnginePage, { app }: Stack, way: WayToRead): Promise<string | undefined> {
  await page.goto(`${app.origin}/attack`);
  return SECRET.exec(await page.evaluate(readScript, { way, path: app.workerPath }))?.[1];
}

describe('the secret in the worker script', () => {
  test.for(WAYS_TO_READ)('is not given to %s', async (way, { page }) => {
    // The check can fail: an ungated server gives it away.
    expect(await steal(page, naive, way)).toMatch(/^[\w-]{43}$/);

    expect(await steal(page, stack, way)).toBeUndefined();
    await openBarePage(page, stack);
    expect(await steal(page, stack, way)).toBeUndefined();
  });
});

describe('a page that reads the storage', () => {
  test('finds a token that is stored there, and none of Tokenward’s', async ({ page }) => {
    await signIn(page, stack);
    const secrets = stack.authorizationServer.issued.all();

    expect(secrets.length).toBeGreaterThanOrEqual(3);
    expect(findSecrets(await dumpDatabases(page), secrets)).toEqual([]);
    await page.evaluate(
      (secret) =>
        new Promise<void>((resolve) => {
          const opening = indexedDB.open('naive', 1);
          opening.onupgradeneeded = () => opening.result.createObjectStore('tokens').put(secret, 'token');
          opening.onsuccess = () => {
            opening.result.close();
            resolve();
          };
        }),
      secrets[0] ?? '',
    );
    expect(findSecrets(await dumpDatabases(page), secrets)).not.toEqual([]);
  });

  test('ends a session by spoiling its record, and learns nothing by it', async ({ page, profile }) => {
    await signIn(page, stack);
    const record = await readSealedRecord(page, 'session');
    if (!record) throw new Error('There is no record.');
    const [first = 0, ...rest] = record.ciphertext;
    await page.goto(`${stack.app.origin}/attack`);

    await writeSealedRecord(page, 'session', { ...record, ciphertext: [first ^ 1, ...rest] });
    await profile.stopWorkers();

    expect(await callApi(page, stack)).toMatchObject({ status: 401 });
  });
});
