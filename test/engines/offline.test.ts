import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { Stack } from '../servers/stack.ts';
import { ADA } from '../servers/users.ts';
import { callApi, connected, sessionOf, signIn } from '../support/app-page.ts';
import { bundleWorker, startStackWithWorker } from '../support/app-worker.ts';
import { listCacheEntries } from '../support/cache-dump.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';
import { OFFLINE_WORKER } from '../support/offline-app.ts';
import { findSecrets } from '../support/storage-theft.ts';
import { tokenExpired } from '../support/worker-life.ts';

const POLL = { timeout: 20_000 };
const SIGNED_IN = { status: 'signed-in', storage: 'sealed', claims: { sub: ADA.sub, name: ADA.claims['name'] } };

/** The app's own worker, of Workbox, has the library beside its strategies. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStackWithWorker(await bundleWorker(OFFLINE_WORKER));
});
afterAll(() => stack.close());
beforeEach(() => {
  for (const server of servers()) server.goOnline();
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
});

/** An engine's driver may not be able to take the network away from a worker: the servers go. */
function servers(): readonly Stack[keyof Pick<Stack, 'app' | 'api' | 'authorizationServer'>][] {
  return [stack.app, stack.api, stack.authorizationServer];
}

/** Asks for the notes, and waits until their answer is in the cache. */
async function fillCache(page: EnginePage): Promise<{ status: number; body: string }> {
  const answer = await callApi(page, stack, '/notes');
  await expect.poll(async () => (await cachedNotes(page)).length, POLL).toBe(1);
  return answer;
}

async function cachedNotes(page: EnginePage): ReturnType<typeof listCacheEntries> {
  return (await listCacheEntries(page)).filter(({ cache }) => cache === 'tokenward-notes');
}

describe('a Workbox strategy with the plugin', () => {
  test('fetches with the token, and keeps a request and an answer without one', async ({ page }) => {
    await signIn(page, stack);

    expect(await fillCache(page)).toMatchObject({ status: 200 });

    const [entry] = await cachedNotes(page);
    expect(stack.api.requests.list('/api/notes').at(-1)).toMatchObject({ sub: ADA.sub });
    expect(entry?.requestHeaders).not.toHaveProperty('authorization');
    expect(findSecrets(JSON.stringify(entry), stack.authorizationServer.issued.all())).toEqual([]);
  });
});

describe('a cold start without a network', () => {
  test('shows the app signed in, with claims and cached answers, and back online the session is renewed', async ({
    page,
    profile,
  }) => {
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 1 });
    await signIn(page, stack);
    const kept = await fillCache(page);
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
    await tokenExpired(page);
    stack.authorizationServer.requests.clear();

    await page.goto('about:blank');
    for (const server of servers()) server.goOffline();
    await profile.stopWorkers();
    await page.goto(`${stack.app.origin}/some/page/of/the/app`);
    await connected(page);

    expect(await sessionOf(page)).toMatchObject(SIGNED_IN);
    expect(await callApi(page, stack, '/notes')).toEqual(kept);
    // What has to do without a fresh token is told so by the worker, or fails as without a connection.
    const answer = await callApi(page, stack, '/me').catch(() => ({ status: 0 }));
    expect([0, 503]).toContain(answer.status);
    await expect.poll(() => sessionOf(page), POLL).toMatchObject({ ...SIGNED_IN, network: 'offline' });

    for (const server of servers()) server.goOnline();
    await expect.poll(async () => (await callApi(page, stack).catch(() => undefined))?.status, POLL).toBe(200);
    expect(stack.authorizationServer.requests.count('token', 'refresh_token')).toBe(1);
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
    await expect.poll(() => sessionOf(page), POLL).toMatchObject({ ...SIGNED_IN, network: 'online' });
  });
});
