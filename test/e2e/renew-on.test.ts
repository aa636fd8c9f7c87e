import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished } from 'vitest';
import type { FaultAnswer } from '../servers/faults.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, connected, sessionIfAny, sessionOf, signIn } from '../support/app-page.ts';
import { testWithHeldPage } from '../support/held-page.ts';
import { setWorkerClockForward, withClock } from '../support/worker-clock.ts';

/** Seconds of the shortest pause between two renewals. */
const PAUSE_SECONDS = 30;

let stack: Stack;
const test = testWithHeldPage(() => stack);
beforeAll(async () => {
  stack = await startStack({
    authorizationServer: { accessTokenTtlSeconds: 3600 },
    app: { securityHeaders: 'off', workerScript: withClock },
  });
});
afterAll(() => stack.close());
beforeEach(() => {
  renewOn('unauthorized');
  for (const server of [stack.authorizationServer, stack.api]) {
    server.requests.clear();
    server.faults.clear();
  }
});

function renewOn(rule: 'unauthorized' | 'invalid_token'): void {
  stack.app.configure({ worker: { protectedResources: [{ url: stack.api.url, renewOn: rule }] } });
}

function refreshes(): number {
  return stack.authorizationServer.requests.count('token', 'refresh_token');
}

/** Answers the next requests to a path with 401, in the API's stead. */
function refuse(path: string, answer: Omit<FaultAnswer, 'status'> = {}, times: number = 1): void {
  stack.api.faults.plan(
    (request) => request.path === path,
    { stage: 'before', answer: { status: 401, ...answer } },
    times,
  );
}

/** Requests a URL many times, in groups of requests at the same time; returns how many got each status. */
function flood(page: Page, path: string, { count, atOnce }: { readonly count: number; readonly atOnce: number }) {
  return page.evaluate(
    async ({ url, total, size }) => {
      const statuses: Record<number, number> = {};
      for (let sent = 0; sent < total; sent += size) {
        const group = Array.from({ length: size }, () => fetch(url));
        for (const { status } of await Promise.all(group)) statuses[status] = (statuses[status] ?? 0) + 1;
      }
      return statuses;
    },
    { url: `${stack.api.url}${path}`, total: count, size: atOnce },
  );
}

describe('an API that says no more than 401', () => {
  test.for<[what: string, answer: Omit<FaultAnswer, 'status'>]>([
    ['no WWW-Authenticate', {}],
    ['a challenge of another scheme', { headers: { 'www-authenticate': 'Basic realm="notes"' } }],
    ['an empty challenge', { headers: { 'www-authenticate': '' } }],
    ['a challenge that CORS hides', { headers: { 'www-authenticate': 'Bearer', 'access-control-expose-headers': '' } }],
    ['a page of HTML', { headers: { 'content-type': 'text/html' }, body: '<h1>Sign in</h1>' }],
  ])('and sends %s gets the request once more, with a new token and the same body', async ([, answer], { held }) => {
    await setWorkerClockForward(held, PAUSE_SECONDS + 1);
    refuse('/api/echo', answer);

    const { status, body } = await callApi(held, stack, '/echo', { method: 'POST', body: 'once more' });

    expect([status, JSON.parse(body).size]).toEqual([200, 9]);
    expect(stack.api.requests.list('/api/echo').map(({ status: sent }) => sent)).toEqual([401, 200]);
    expect(refreshes()).toBe(1);
  });

  test('and refuses the new token too has its answer passed on, and no request to the authorization server for a time', async ({
    page,
  }) => {
    await signIn(page, stack);
    refuse('/api/me', { body: 'not you' }, 4);

    expect(await callApi(page, stack)).toEqual({ status: 401, body: 'not you' });
    expect(await callApi(page, stack)).toEqual({ status: 401, body: 'not you' });
    expect(refreshes()).toBe(1);

    await setWorkerClockForward(page, PAUSE_SECONDS + 1);
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    expect(refreshes()).toBe(2);
  });

  test('is explained to the page', async ({ held }) => {
    expect(await held.evaluate((url) => window.tokenward.explain(url), `${stack.api.url}/me`)).toMatchObject({
      action: 'authorize',
      renewOn: 'unauthorized',
    });
  });
});

test.for<[rule: 'unauthorized' | 'invalid_token', answer: FaultAnswer, refreshesPerPause: number]>([
  ['unauthorized', { status: 401 }, 1],
  // Three renewals that do not help begin a pause, and requests that are refused meanwhile may have one more.
  ['invalid_token', { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }, 5],
])(
  'a page cannot make the worker hammer the authorization server: %s',
  async ([rule, answer, most], { page, context }) => {
    renewOn(rule);
    await signIn(page, stack);
    const other = await context.newPage();
    await other.goto(page.url());
    stack.authorizationServer.requests.clear();
    stack.api.faults.setRule(({ path }) => (path === '/api/never' ? { stage: 'before', answer } : undefined));

    const sinceMs = Date.now();
    const [one, two] = await Promise.all([
      flood(page, '/never', { count: 500, atOnce: 50 }),
      flood(other, '/never', { count: 500, atOnce: 1 }),
    ]);
    // Requests that are accepted in between change nothing, nor does a page that gives its requests up.
    await callApi(page, stack);
    await flood(page, '/never', { count: 50, atOnce: 1 });
    await page.evaluate(async (url) => {
      for (let count = 0; count < 50; count += 1) {
        const controller = new AbortController();
        const sent = fetch(url, { signal: controller.signal }).catch(() => {});
        controller.abort();
        await sent;
      }
    }, `${stack.api.url}/never`);

    expect([one, two]).toEqual([{ 401: 500 }, { 401: 500 }]);
    expect(stack.api.requests.list('/api/never').length).toBeGreaterThan(1050);
    // A few, unless the machine is so slow that a pause of the worker is over meanwhile.
    const pauses = Math.floor((Date.now() - sinceMs) / (PAUSE_SECONDS * 1000));
    const tokenRequests = stack.authorizationServer.requests.count('token');
    expect(tokenRequests).toBeGreaterThan(0);
    expect(tokenRequests).toBeLessThanOrEqual(most * (1 + pauses));
  },
);

test('without a refresh token, a URL that always answers invalid_token makes the page sign in once, and no more', async ({
  page,
}) => {
  const { authorizationServer, api } = stack;
  renewOn('invalid_token');
  authorizationServer.configure({ refreshTokens: 'withhold' });
  onTestFinished(() => authorizationServer.configure({ refreshTokens: 'issue' }));
  await signIn(page, stack);
  authorizationServer.requests.clear();
  const answer = { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } };
  api.faults.setRule(({ path }) => (path === '/api/never' ? { stage: 'before', answer } : undefined));

  await page.evaluate((url) => void fetch(url), `${api.url}/never`);
  await expect.poll(() => authorizationServer.requests.count('token'), { timeout: 30_000 }).toBe(1);
  await expect.poll(() => sessionIfAny(page), { timeout: 30_000 }).toMatchObject({ status: 'signed-in' });
  await connected(page);

  expect(await flood(page, '/never', { count: 50, atOnce: 5 })).toEqual({ 401: 50 });
  expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  expect(authorizationServer.requests.count('token')).toBe(1);
});
