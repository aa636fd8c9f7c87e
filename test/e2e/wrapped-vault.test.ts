import { afterAll, beforeAll, describe, expect } from 'vitest';
import { APP_SCOPES } from '../servers/app-server.ts';
import { CLIENT_ID } from '../servers/authorization-server-configuration.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import { fingerprintOf } from '../../src/configuration/fingerprint.ts';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import { callApi, connected, sessionOf, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { VAULT_DATABASE } from '../support/sealed-records.ts';
import { openManualPage, stopWorker, tokenExpired, updateWorker } from '../support/worker-life.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ app: { workerServing: 'static', worker: { withoutSecret: 'wrapped' } } });
});
afterAll(() => stack.close());

describe('a vault under a key that cannot be exported', () => {
  test('keeps the session when the worker is stopped, and refreshes once', async ({ page }) => {
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 1 });
    await signIn(page, stack);
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
    stack.authorizationServer.requests.clear();
    await tokenExpired(page);

    await stopWorker(page);
    await page.reload();
    await connected(page);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'wrapped' });
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    expect(stack.authorizationServer.requests.count('token', 'refresh_token')).toBe(1);
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
  });

  test('is the same for the next version of the worker', async ({ page }) => {
    await signIn(page, stack);
    stack.authorizationServer.requests.clear();

    stack.app.setWorkerRelease(`wrapped ${performance.now()}`);
    await updateWorker(page);
    await stopWorker(page);
    await page.reload();
    await connected(page);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'wrapped' });
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
  });

  test('is gone with the session after sign-out', async ({ page }) => {
    await signIn(page, stack);

    await page.evaluate(() => void window.tokenward.logout());
    await page.waitForURL((url) => url.origin === stack.app.origin && url.pathname === '/');
    await stopWorker(page);
    await openManualPage(page, stack);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-out', reason: 'signed-out' });
  });

  // What the option's warning says: it is no isolation.
  test('can be opened by page script, with the key that lies beside it', async ({ page }) => {
    stack.authorizationServer.issued.clear();
    await signIn(page, stack);
    const { issuer, issued } = stack.authorizationServer;
    const protectedResources = [{ url: stack.api.url }];
    const options = {
      issuer,
      clientId: CLIENT_ID,
      protectedResources,
      scopes: APP_SCOPES,
      withoutSecret: 'wrapped',
      precedence: 'first',
    };
    const fingerprint = fingerprintOf(parseConfiguration(options, stack.app.origin));

    const opened = await page.evaluate(
      async ({ database, configuration }) => {
        const opening = indexedDB.open(database);
        await new Promise((resolve) => {
          opening.onsuccess = resolve;
        });
        const records = opening.result.transaction('records').objectStore('records');
        const [key, session] = [records.get('key'), records.get('session')];
        await new Promise((resolve) => {
          session.onsuccess = resolve;
        });
        const { iv, ciphertext, generation } = session.result;
        const boundTo = JSON.stringify(['tokenward', configuration, 'session', generation]);
        const additionalData = new TextEncoder().encode(boundTo);
        const plaintext = await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, key.result, ciphertext);
        return new TextDecoder().decode(plaintext);
      },
      { database: VAULT_DATABASE, configuration: fingerprint },
    );

    const [accessToken = 'none'] = issued.accessTokens;
    expect(opened).toContain(accessToken);
  });
});
