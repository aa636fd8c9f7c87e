import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { Stack } from '../servers/stack.ts';
import { ADA, GRACE } from '../servers/users.ts';
import { callApi, changeUser, connected, signIn } from '../support/app-page.ts';
import { bundleWorker, startStackWithWorker } from '../support/app-worker.ts';
import { type CacheEntry, listCacheEntries } from '../support/cache-dump.ts';
import { gateRequest } from '../support/gate.ts';
import { testWithHeldPage } from '../support/held-page.ts';
import { dumpDatabases, findSecrets } from '../support/storage-theft.ts';
import { setWorkerClockAhead, withClock } from '../support/worker-clock.ts';
import { stopWorker } from '../support/worker-life.ts';

/** The query says by which strategy a request is answered; without one it is Tokenward's. */
const WORKER = `
import { registerRoute } from 'workbox-routing';
import * as strategies from 'workbox-strategies';
import { startTokenward } from 'tokenward/sw';
import { forWorkbox } from 'tokenward/workbox';

self.addEventListener('install', () => self.skipWaiting());
const { plugin } = forWorkbox(startTokenward(self.configuration));

/** What is often written, and shows the token to every other plugin and to whoever stores the request. */
const naive = {
  requestWillFetch: async ({ request }) => {
    const authorized = new Request(request);
    authorized.headers.set('authorization', new URL(request.url).searchParams.get('naive-token'));
    return authorized;
  },
  fetchDidSucceed: async ({ request, response }) => {
    await (await caches.open('seen')).put(request, response.clone());
    return response;
  },
};
const seen = { fetchDidSucceed: naive.fetchDidSucceed };

const when = (name) => ({ url }) => url.searchParams.get('by') === name;
for (const name of ['NetworkFirst', 'StaleWhileRevalidate', 'CacheFirst', 'NetworkOnly']) {
  const strategy = new strategies[name]({ cacheName: 'tokenward-api', plugins: [plugin] });
  registerRoute(when(name), strategy);
  registerRoute(when(name), strategy, 'POST');
}
registerRoute(when('unnamed'), new strategies.NetworkFirst({ cacheName: 'api', plugins: [plugin] }));
registerRoute(when('without'), new strategies.NetworkFirst({ cacheName: 'tokenward-api' }));
registerRoute(when('seen'), new strategies.NetworkFirst({ cacheName: 'tokenward-api', plugins: [plugin, seen] }));
registerRoute(when('naive'), new strategies.NetworkFirst({ cacheName: 'naive', plugins: [naive] }));
`;

const TTL_SECONDS = 3600;
const AFTER_EXPIRY_MS = 2 * TTL_SECONDS * 1000;

let stack: Stack;
beforeAll(async () => {
  stack = await startStackWithWorker(withClock(await bundleWorker(WORKER)), {
    authorizationServer: { accessTokenTtlSeconds: TTL_SECONDS },
  });
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.faults.clear();
  stack.api.faults.clear();
  stack.api.goOnline();
  stack.api.requests.clear();
});

const test = testWithHeldPage(() => stack);

/** Deletes what earlier tests of the held page have left in caches. */
async function deleteCaches(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (const name of await caches.keys()) await caches.delete(name);
  });
}

/** The path of a request that a strategy answers. */
const by = (strategy: string, path = '/me'): string => `${path}?by=${strategy}`;

/** What of the answers of the API is in a cache. */
async function cached(page: Page): Promise<readonly CacheEntry[]> {
  return (await listCacheEntries(page)).filter(({ url }) => url.startsWith(stack.api.origin));
}

/** Waits until answers are in the cache, which a strategy does after it has answered. */
async function waitForCached(page: Page, count: number): Promise<readonly CacheEntry[]> {
  await expect.poll(async () => (await cached(page)).length).toBe(count);
  return cached(page);
}

/** Signs out, and waits until the page has come back from the authorization server. */
async function signOut(page: Page): Promise<void> {
  await page.evaluate(() => void window.tokenward.logout());
  await page.waitForURL((url) => url.origin === stack.app.origin && url.pathname === '/');
}

/** Asks the worker why a request is sent as it is. */
function explain(page: Page, path: string): Promise<{ action: string; reason: string }> {
  return page.evaluate((url) => window.tokenward.explain(url), stack.api.url + path);
}

describe('a strategy with the plugin', () => {
  test('is explained as a request with a token, out of the cache too; a strategy without it is not', async ({
    held: page,
  }) => {
    await deleteCaches(page);
    await callApi(page, stack, by('CacheFirst'));
    await waitForCached(page, 1);
    await callApi(page, stack, by('CacheFirst'));
    await callApi(page, stack, by('without'));

    await expect.poll(() => explain(page, by('without'))).toMatchObject({ action: 'pass', reason: 'other_listener' });
    for (const strategy of ['CacheFirst', 'NetworkOnly', '']) {
      expect(await explain(page, by(strategy))).toMatchObject({ action: 'authorize', reason: 'covered' });
    }
  });

  test.for(['NetworkFirst', 'StaleWhileRevalidate', 'CacheFirst'])(
    '%s fetches with the token, and keeps a request and an answer without one',
    async (strategy, { held: page }) => {
      await deleteCaches(page);

      expect(await callApi(page, stack, by(strategy))).toMatchObject({ status: 200 });

      const [entry] = await waitForCached(page, 1);
      expect(stack.api.requests.list('/api/me').map(({ sub }) => sub)).toEqual([ADA.sub]);
      expect(entry?.requestHeaders).not.toHaveProperty('authorization');
      expect(findSecrets(JSON.stringify(entry), stack.authorizationServer.issued.all())).toEqual([]);
    },
  );

  test('answers from the cache when the API is gone, also after the worker was stopped', async ({ held: page }) => {
    await deleteCaches(page);
    const { body } = await callApi(page, stack, by('NetworkFirst'));
    await waitForCached(page, 1);

    stack.api.goOffline();
    await stopWorker(page);

    expect(await callApi(page, stack, by('NetworkFirst'))).toEqual({ status: 200, body });
  });

  test('shows no other plugin a token, where one that puts it into the request shows it', async ({ held: page }) => {
    await deleteCaches(page);
    const { issued } = stack.authorizationServer;
    const token = [...issued.accessTokens].at(-1) ?? '';

    await callApi(page, stack, by('seen'));
    await waitForCached(page, 2);
    expect(
      findSecrets(JSON.stringify((await cached(page)).map((entry) => entry.requestHeaders)), issued.all()),
    ).toEqual([]);

    await callApi(page, stack, `${by('naive')}&naive-token=Bearer ${token}`);
    await expect
      .poll(async () => findSecrets(JSON.stringify((await cached(page)).map((entry) => entry.requestHeaders)), [token]))
      .toHaveLength(1);
  });

  test('refreshes an expired token', async ({ page }) => {
    await signIn(page, stack);
    stack.authorizationServer.requests.clear();
    await setWorkerClockAhead(page, AFTER_EXPIRY_MS);

    expect(await callApi(page, stack, by('NetworkOnly'))).toMatchObject({ status: 200 });
    expect(stack.authorizationServer.requests.count('token', 'refresh_token')).toBe(1);
  });

  test('sends the body of a request', async ({ held: page }) => {
    await deleteCaches(page);

    const { status, body } = await callApi(page, stack, by('NetworkOnly', '/echo'), {
      method: 'POST',
      body: 'twelve bytes',
    });

    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ method: 'POST', size: 12 });
    expect(JSON.parse(body).headerNames).not.toContain('tokenward-user');
  });

  test.for<[what: string, answer: 'cut' | { status: number; body: string; headers: Record<string, string> }]>([
    ['cuts the connection', 'cut'],
    [
      'answers with the page of a captive portal',
      { status: 200, body: '<h1>Pay here</h1>', headers: { 'content-type': 'text/html' } },
    ],
    ['answers 503', { status: 503, body: '', headers: {} }],
  ])('falls back to its cache where the token endpoint %s', async ([, answer], { page }) => {
    await signIn(page, stack);
    const { body } = await callApi(page, stack, by('NetworkFirst'));
    await waitForCached(page, 1);
    stack.authorizationServer.faults.setRule(({ grantType }) =>
      grantType === 'refresh_token' ? { stage: 'before', answer } : undefined,
    );
    await setWorkerClockAhead(page, AFTER_EXPIRY_MS);
    const refreshFails = await callApi(page, stack).then(
      ({ status }) => status === 503,
      () => true,
    );
    expect(refreshFails).toBe(true);

    expect(await callApi(page, stack, by('NetworkFirst'))).toEqual({ status: 200, body });
    expect(await page.evaluate(() => window.tokenward.session)).toMatchObject({ status: 'signed-in' });
  });
});

describe('a route without the plugin', () => {
  test('gets no token, and so keeps no data of a user', async ({ held: page }) => {
    await deleteCaches(page);

    expect(await callApi(page, stack, by('without'))).toMatchObject({ status: 401 });

    expect(await cached(page)).toEqual([]);
  });

  test('leaves requests that no route answers to Tokenward', async ({ held: page }) => {
    await deleteCaches(page);

    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  });
});

describe('a response that a strategy has kept', () => {
  test('is gone at sign-out', async ({ page }) => {
    await signIn(page, stack);
    await callApi(page, stack, by('NetworkFirst'));
    await waitForCached(page, 1);

    await signOut(page);

    await expect.poll(() => cached(page).catch(() => undefined)).toEqual([]);
  });

  test('is deleted at a change of user, and returned to no other user', async ({ page }) => {
    await signIn(page, stack);
    const { body } = await callApi(page, stack, by('CacheFirst'));
    await waitForCached(page, 1);

    await changeUser(page, stack);

    await expect.poll(() => cached(page)).toEqual([]);
    const answer = await callApi(page, stack, by('CacheFirst'));
    expect(JSON.parse(body)).toMatchObject({ sub: ADA.sub });
    expect(JSON.parse(answer.body)).toMatchObject({ sub: GRACE.sub });
  });

  test('is deleted at a change of user even if the worker was stopped meanwhile', async ({ page }) => {
    await signIn(page, stack);
    await callApi(page, stack, by('CacheFirst'));
    const [entry] = await waitForCached(page, 1);
    await changeUser(page, stack);
    await expect.poll(() => cached(page)).toEqual([]);

    // As if the worker had not come to it.
    await page.evaluate(async (url) => {
      const cache = await caches.open('tokenward-api');
      await cache.put(url, new Response('of somebody else'));
    }, entry?.url ?? '');
    await stopWorker(page);
    await callApi(page, stack, by('NetworkOnly'));
    await callApi(page, stack, by('CacheFirst'));

    const isOfGrace = async (): Promise<readonly boolean[]> =>
      (await cached(page)).map(({ body }) => body.includes(GRACE.sub));
    await expect.poll(isOfGrace).toEqual([true]);
  });

  test('does not come back by a response that was under way at sign-out', async ({ page, context }) => {
    await signIn(page, stack);
    const other = await context.newPage();
    await other.goto(`${stack.app.origin}/bare`);
    await connected(other);
    const gate = gateRequest(stack.api.faults, ({ path, method }) => path === '/api/me' && method === 'GET');
    const answered = callApi(other, stack, by('NetworkFirst'));
    await gate.arrived;

    await signOut(page);
    gate.open();

    expect(await answered).toMatchObject({ status: 200 });
    await callApi(other, stack, by('NetworkFirst'));
    expect(await cached(other)).toEqual([]);
  });

  test.for<[what: string, headers: Record<string, string>, count: number]>([
    ['is not given out where it varies by everything', { vary: '*' }, 0],
    ['is not what must not be stored', { 'cache-control': 'private, no-store' }, 0],
    ['is found where an answer varies by Authorization and Origin', { vary: 'Authorization, Origin' }, 1],
  ])('%s', async ([, headers, count], { held: page }) => {
    await deleteCaches(page);
    stack.api.faults.plan(({ path }) => path === '/api/me', {
      stage: 'after',
      answer: { status: 200, body: 'kept', headers },
    });

    expect(await callApi(page, stack, by('NetworkFirst'))).toEqual({ status: 200, body: 'kept' });
    if (count) await waitForCached(page, count);
    stack.api.goOffline();
    const again = await callApi(page, stack, by('NetworkFirst')).catch(() => undefined);

    expect(again?.body).toBe(count ? 'kept' : undefined);
  });

  test('is refused if by its cache’s name it would outlive the session', async ({ page }) => {
    await signIn(page, stack);

    await callApi(page, stack, by('unnamed')).catch(() => undefined);
    await callApi(page, stack, by('NetworkFirst'));

    await waitForCached(page, 1);
    await expect.poll(async () => (await cached(page)).map(({ cache }) => cache)).toEqual(['tokenward-api']);
  });

  test('is not opaque, as the response to a request of mode no-cors without a token is', async ({ held: page }) => {
    await deleteCaches(page);

    const type = await page.evaluate(
      async (url) => (await fetch(url, { mode: 'no-cors' })).type,
      `${stack.api.url}${by('StaleWhileRevalidate')}`,
    );

    expect(type).toBe('opaque');
    expect(stack.api.requests.list('/api/me').map(({ authorizationScheme }) => authorizationScheme)).toEqual([
      undefined,
    ]);
    await callApi(page, stack, by('NetworkOnly'));
    expect(await cached(page)).toEqual([]);
    expect(findSecrets(await dumpDatabases(page), stack.authorizationServer.issued.all())).toEqual([]);
  });
});
