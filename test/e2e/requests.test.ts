import type { TokenwardOptions } from 'tokenward/sw';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished } from 'vitest';
import type { BrowserContext, Page } from 'playwright';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, connected, fillLoginPage, openBarePage, sessionOf, signIn } from '../support/app-page.ts';
import { findPortAndLookAlike, startForeignServer, type ForeignServer } from '../support/foreign-server.ts';
import { type Gate, gateRequest } from '../support/gate.ts';
import { testWithHeldPage } from '../support/held-page.ts';
import { revokeAccessToken } from '../support/refused-token.ts';
import { controlServiceWorkers, reloadHard } from '../support/service-worker.ts';
import { setWorkerClockForward, withClock } from '../support/worker-clock.ts';

const INVALID_TOKEN = 'Bearer realm="notes", error="invalid_token"';
const TTL_SECONDS = 3600;

let stack: Stack;
let foreign: ForeignServer;
const test = testWithHeldPage(() => stack);
beforeAll(async () => {
  const [port, lookAlike] = await findPortAndLookAlike();
  foreign = await startForeignServer(lookAlike);
  stack = await startStack({ api: { port }, app: { workerScript: withClock } });
});
afterAll(() => Promise.all([stack.close(), foreign.close()]));
beforeEach(() => {
  stack.authorizationServer.configure({ accessTokenTtlSeconds: TTL_SECONDS });
  stack.app.configure({ securityHeaders: 'on' });
  forget();
});

/** Begins the logs anew, and ends every fault. */
function forget(): void {
  for (const server of [stack.authorizationServer, stack.api]) {
    server.requests.clear();
    server.faults.clear();
  }
}

/** Servers of the test's own, whose worker is configured in another way: `held` would be updated to that worker. */
async function startConfigured(configure: (apiUrl: string) => Partial<TokenwardOptions>): Promise<Stack> {
  const own = await startStack();
  onTestFinished(() => own.close());
  own.app.configure({ worker: configure(own.api.url) });
  return own;
}

function refreshes(): number {
  return stack.authorizationServer.requests.count('token', 'refresh_token');
}

/** The status of each answer to a path, oldest first. */
function statusesAt(path: string): readonly number[] {
  return stack.api.requests.list(path).map(({ status }) => status);
}

/** Makes the next refresh wait until the gate is opened. */
function gateRefresh(): Gate {
  return gateRequest(stack.authorizationServer.faults, ({ grantType }) => grantType === 'refresh_token');
}

/** Answers the next requests to a path with 401 and a challenge, in the API's stead. */
function refuseNext(path: string, challenge: string, times: number = 1): void {
  const answer = { status: 401, headers: { 'www-authenticate': challenge } };
  stack.api.faults.plan((request) => request.path === path, { stage: 'before', answer }, times);
}

/** Signs in with an access token that lives for a moment, and waits until it has expired; the next one lives long. */
async function signInAndExpire(page: Page): Promise<void> {
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 2 });
  await signIn(page, stack);
  stack.authorizationServer.configure({ accessTokenTtlSeconds: TTL_SECONDS });
  const session = await sessionOf(page);
  if (session.status !== 'signed-in') throw new Error('The sign-in failed.');
  await expect.poll(() => Date.now(), { timeout: 10_000 }).toBeGreaterThan(session.expiresAtMs);
}

function callByXhr(page: Page, url: string): Promise<{ status: number; body: string }> {
  return page.evaluate(
    (target) =>
      new Promise((resolve) => {
        const request = new XMLHttpRequest();
        request.open('GET', target);
        request.onloadend = () => resolve({ status: request.status, body: request.responseText });
        request.send();
      }),
    url,
  );
}

/** What the page's requests got, and whether the worker had answered. */
function watchResponses(context: BrowserContext): { url: string; answeredByWorker: boolean }[] {
  const responses: { url: string; answeredByWorker: boolean }[] = [];
  context.on('response', (response) => {
    if (response.request().serviceWorker() === null) {
      responses.push({ url: response.url(), answeredByWorker: response.fromServiceWorker() });
    }
  });
  return responses;
}

describe('the Authorization header', () => {
  test('is on fetch, XMLHttpRequest and EventSource to the API', async ({ held }) => {
    expect(await callApi(held, stack)).toMatchObject({ status: 200 });
    expect(await callByXhr(held, `${stack.api.url}/notes`)).toMatchObject({ status: 200 });
    const event = await held.evaluate(
      (url) =>
        new Promise<string>((resolve, reject) => {
          const source = new EventSource(url);
          source.addEventListener('reading', ({ data }) => {
            source.close();
            resolve(data);
          });
          source.onerror = () => reject(new Error('The feed was refused.'));
        }),
      `${stack.api.url}/events?everyMs=1`,
    );

    expect(event).toContain('heightMetres');
    expect(stack.api.requests.list().map(({ authorizationScheme, sub }) => [authorizationScheme, sub])).toEqual(
      Array.from({ length: 3 }, () => ['Bearer', 'user-ada']),
    );
  });

  test('comes with the request as it was: method, body and headers', async ({ held }) => {
    const body = 'Ünicode and more\n'.repeat(10_000);

    const plain = { method: 'PUT', body, headers: { 'content-type': 'text/x-test', 'x-tab': '2' } };
    const { status, body: answer } = await callApi(held, stack, '/echo?page=2', plain);

    expect(status).toBe(200);
    expect(JSON.parse(answer)).toMatchObject({
      method: 'PUT',
      query: { page: '2' },
      contentType: 'text/x-test',
      size: new TextEncoder().encode(body).byteLength,
      headerNames: expect.arrayContaining(['authorization', 'x-tab']),
    });
  });

  test('of the page’s own is kept', async ({ held }) => {
    await callApi(held, stack, '/me', { headers: { authorization: 'Basic YTpi' } });

    expect(stack.api.requests.list('/api/me').map(({ authorizationScheme }) => authorizationScheme)).toEqual(['Basic']);
  });

  test('goes only with the methods that the configuration names', async ({ page }) => {
    const own = await startConfigured((url) => ({ protectedResources: [{ url, methods: ['GET'] }] }));
    await signIn(page, own);

    await callApi(page, own, '/notes');
    await callApi(page, own, '/notes', { method: 'POST', body: '{}' });

    expect(own.api.requests.list().map(({ method, status }) => [method, status])).toEqual([
      ['GET', 200],
      ['POST', 401],
    ]);
  });

  test('is not on requests of markup: an image, a script, a frame, a form', async ({ page }) => {
    stack.app.configure({ securityHeaders: 'off' });
    await signIn(page, stack);

    await page.evaluate(async (url) => {
      const loaded = (tag: 'img' | 'script' | 'iframe', path: string): Promise<unknown> => {
        const element = document.createElement(tag);
        element.src = `${url}${path}`;
        document.body.append(element);
        return new Promise((resolve) => {
          element.onload = resolve;
          element.onerror = resolve;
        });
      };
      await Promise.all([loaded('img', '/img'), loaded('script', '/script'), loaded('iframe', '/iframe')]);
      await fetch(`${url}/no-cors`, { mode: 'no-cors' });
    }, stack.api.url);
    await page.evaluate((url) => {
      const form = Object.assign(document.createElement('form'), { method: 'post', action: `${url}/form` });
      document.body.append(form);
      form.submit();
    }, stack.api.url);
    await page.waitForURL(`${stack.api.url}/form`);

    const requests = stack.api.requests.list().filter(({ path }) => path.startsWith('/api/'));
    expect(new Set(requests.map(({ path }) => path.slice('/api/'.length)))).toEqual(
      new Set(['img', 'script', 'iframe', 'no-cors', 'form']),
    );
    expect(requests.every(({ authorizationScheme }) => authorizationScheme === undefined)).toBe(true);
  });
});

describe('a request to anything else', () => {
  test('is not touched: the worker answers only those to the API', async ({ page, context }) => {
    stack.app.configure({ securityHeaders: 'off' });
    await signIn(page, stack);
    const responses = watchResponses(context);
    const others = [
      `${stack.app.origin}/tokenward.js`,
      `${stack.app.origin}/api/me`,
      `${stack.api.origin}/`,
      `${stack.api.origin}/apix`,
      `${stack.authorizationServer.origin}/.well-known/openid-configuration`,
      `${foreign.origin}/api/me`,
    ];

    await page.evaluate(
      async ([url, urls]) => {
        await Promise.all([url, ...urls].map((target) => fetch(target).catch(() => undefined)));
      },
      [`${stack.api.url}/me`, others] as const,
    );

    await expect.poll(() => responses.map(({ url }) => url)).toEqual(expect.arrayContaining(others));
    await expect
      .poll(() => responses.filter(({ answeredByWorker }) => answeredByWorker))
      .toEqual([{ url: `${stack.api.url}/me`, answeredByWorker: true }]);
  });

  test('is not touched when no user is signed in, even if it goes to the API', async ({ page, context }) => {
    await openBarePage(page, stack);
    await callApi(page, stack);
    const responses = watchResponses(context);

    expect(await callApi(page, stack)).toMatchObject({ status: 401 });

    await expect.poll(() => responses).toEqual([{ url: `${stack.api.url}/me`, answeredByWorker: false }]);
  });

  test('carries no token to an origin that looks like the API’s', async ({ page, context }) => {
    stack.app.configure({ securityHeaders: 'off' });
    await signIn(page, stack);
    const before = foreign.requests.length;
    const routed: (string | undefined)[] = [];
    await context.route(/evil\.test/, async (route) => {
      routed.push((await route.request().allHeaders())['authorization']);
      await route.fulfill({ status: 200, headers: { 'access-control-allow-origin': '*' }, body: '{}' });
    });
    const { host } = new URL(stack.api.origin);

    for (const url of [
      `${foreign.origin}/api/me`,
      `http://localhost.evil.test:${stack.api.port}/api/me`,
      `http://evil.test/?${stack.api.url}/me`,
      `http://${host}@evil.test/api/me`,
      `http://${host}%2fapi%2f@evil.test/api/me`,
      `http://evil.test\\@${host}/api/me`,
    ]) {
      await callByXhr(page, url);
    }

    expect(foreign.origin.startsWith(stack.api.origin)).toBe(true);
    expect(foreign.requests.length).toBeGreaterThan(before);
    expect(foreign.requests.some(({ headers }) => 'authorization' in headers)).toBe(false);
    expect(routed.length).toBeGreaterThanOrEqual(5);
    expect(routed.every((authorization) => authorization === undefined)).toBe(true);
  });

  test('carries no token to a path that is outside the API, or may be', async ({ page }) => {
    stack.app.configure({ securityHeaders: 'off' });
    await signIn(page, stack);

    for (const path of [
      '/../admin',
      '/%2e%2e/admin',
      '/..%2fadmin',
      '/..%5cadmin',
      '/%252e%252e/admin',
      '/..;/admin',
      'x',
      '%2fme',
    ]) {
      await callApi(page, stack, path).catch(() => undefined);
    }

    expect(stack.api.requests.count()).toBe(8);
    expect(stack.api.requests.list().every(({ authorizationScheme }) => authorizationScheme === undefined)).toBe(true);
  });
});

describe('without a session', () => {
  test('a request passes unchanged, by default', async ({ page }) => {
    await openBarePage(page, stack);

    const { status, body } = await callApi(page, stack);

    expect(status).toBe(401);
    expect(body).toContain('This needs an access token.');
    expect(stack.api.requests.list().map(({ authorizationScheme }) => authorizationScheme)).toEqual([undefined]);
  });

  test('a request gets a problem document and is not sent, where the configuration says so', async ({ page }) => {
    const own = await startConfigured(() => ({ withoutSession: 'problem' }));
    await openBarePage(page, own);

    const answer = await page.evaluate(async (url) => {
      const response = await fetch(url);
      const [type, policy] = ['content-type', 'content-security-policy'].map((name) => response.headers.get(name));
      return { status: response.status, type, policy, body: await response.json() };
    }, `${own.api.url}/me`);

    expect(answer).toMatchObject({
      status: 401,
      type: 'application/problem+json',
      // In a frame, it is no document of the origin.
      policy: 'sandbox',
      body: { status: 401, type: 'urn:tokenward:signed_out', code: 'signed_out' },
    });
    expect(own.api.requests.count()).toBe(0);
  });

  test('one resource may pass requests that the others do not', async ({ page }) => {
    const own = await startConfigured((url) => ({
      withoutSession: 'problem',
      protectedResources: [{ url: `${url}/status`, withoutSession: 'pass' }, { url: `${url}/notes` }],
    }));
    await openBarePage(page, own);

    expect(await callApi(page, own, '/status')).toMatchObject({ status: 200 });
    expect(await callApi(page, own, '/notes')).toMatchObject({ status: 401 });

    expect(own.api.requests.list().map(({ path }) => path)).toEqual(['/api/status']);
  });
});

describe('a refresh', () => {
  test('comes before the access token expires: the API never sees an old one', async ({ page }) => {
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 60 });
    await signIn(page, stack);
    await callApi(page, stack);

    for (let round = 0; round < 2; round += 1) {
      await setWorkerClockForward(page, 52);
      await callApi(page, stack);
    }

    expect(statusesAt('/api/me')).toEqual([200, 200, 200]);
    expect(new Set(stack.api.requests.list('/api/me').map(({ tokenDigest }) => tokenDigest)).size).toBe(3);
    expect(refreshes()).toBe(2);
  });

  test('uses each refresh token once', async ({ held }) => {
    for (let round = 0; round < 4; round += 1) {
      refuseNext('/api/me', INVALID_TOKEN);
      expect(await callApi(held, stack)).toMatchObject({ status: 200 });
    }

    const used = stack.authorizationServer.requests
      .list('token', 'refresh_token')
      .map(({ parameters }) => parameters.get('refresh_token'));
    expect(used).toHaveLength(4);
    expect(new Set(used).size).toBe(4);
    expect(stack.authorizationServer.requests.countRefreshTokenReuses()).toBe(0);
  });

  test('keeps the refresh token when the answer holds no new one', async ({ held }) => {
    const answer = {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ access_token: 'opaque', token_type: 'Bearer', expires_in: TTL_SECONDS }),
    };
    stack.authorizationServer.faults.plan(({ grantType }) => grantType === 'refresh_token', {
      stage: 'before',
      answer,
    });

    refuseNext('/api/me', INVALID_TOKEN);
    await callApi(held, stack);
    // The API does not know the access token of that answer, so the refresh token is used again.
    expect(await callApi(held, stack)).toMatchObject({ status: 200 });

    const [first, second] = stack.authorizationServer.requests.list('token', 'refresh_token');
    expect(first?.parameters.get('refresh_token')).toBe(second?.parameters.get('refresh_token'));
    expect(await sessionOf(held)).toMatchObject({ status: 'signed-in', claims: { sub: 'user-ada', plan: 'pro' } });
  });

  // The two thousand requests take a busy machine longer than any other test.
  const manyRequests = { timeout: 180_000 };
  test(
    'is one for a thousand requests at once, from two tabs, with an expired token',
    manyRequests,
    async ({ page, context }) => {
      const other = await context.newPage();
      await openBarePage(other, stack);
      await signInAndExpire(page);
      forget();

      const tabs = await Promise.all(
        [page, other].map((tab) =>
          tab.evaluate(async (url) => {
            const responses = await Promise.all(Array.from({ length: 500 }, () => fetch(url, { cache: 'no-store' })));
            return responses.map(({ status }) => status);
          }, `${stack.api.url}/me`),
        ),
      );

      expect(tabs.flat()).toEqual(Array.from({ length: 1000 }, () => 200));
      expect(refreshes()).toBe(1);
      expect(stack.api.requests.list().every(({ status }) => status === 200)).toBe(true);
      expect(stack.api.requests.count()).toBe(1000);
    },
  );
});

describe('a refusal by the API', () => {
  test('of the token as invalid is followed by one refresh and one replay, body and all', async ({ held }) => {
    refuseNext('/api/echo', INVALID_TOKEN);

    const { status, body } = await callApi(held, stack, '/echo', { method: 'POST', body: 'once more' });

    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ method: 'POST', size: 9 });
    expect(statusesAt('/api/echo')).toEqual([401, 200]);
    expect(refreshes()).toBe(1);
  });

  test('of the new token as well reaches the page: there is no second replay', async ({ held }) => {
    refuseNext('/api/me', INVALID_TOKEN, 5);

    expect(await callApi(held, stack)).toMatchObject({ status: 401 });

    expect(stack.api.requests.count('/api/me')).toBe(2);
    expect(refreshes()).toBe(1);
    expect(await sessionOf(held)).toMatchObject({ status: 'signed-in' });
  });

  test('of many requests that carry the same token is followed by one refresh', async ({ held }) => {
    revokeAccessToken(stack.api);
    const refresh = gateRefresh();

    const answered = held.evaluate(async (url) => {
      const responses = await Promise.all(Array.from({ length: 20 }, () => fetch(url, { cache: 'no-store' })));
      return responses.map(({ status }) => status);
    }, `${stack.api.url}/me`);
    await expect.poll(() => stack.api.requests.count('/api/me')).toBe(20);
    refresh.open();

    expect(await answered).toEqual(Array.from({ length: 20 }, () => 200));
    expect(statusesAt('/api/me')).toEqual([...Array(20).fill(401), ...Array(20).fill(200)]);
    expect(refreshes()).toBe(1);
  });

  test('that comes after the token was refreshed for another request is followed by a replay only', async ({
    held,
  }) => {
    const late = gateRequest(stack.api.faults, ({ path }) => path === '/api/echo');
    const answered = callApi(held, stack, '/echo', { method: 'POST', body: 'late' });
    await late.arrived;
    revokeAccessToken(stack.api);
    expect(await callApi(held, stack)).toMatchObject({ status: 200 });
    expect(refreshes()).toBe(1);

    late.open({ stage: 'before', answer: { status: 401, headers: { 'www-authenticate': INVALID_TOKEN } } });

    expect(await answered).toMatchObject({ status: 200 });
    expect(statusesAt('/api/echo')).toEqual([401, 200]);
    expect(refreshes()).toBe(1);
  });

  test.for([
    'Bearer realm="notes"',
    'Bearer realm="notes", error="invalid_request"',
    'Bearer error="insufficient_scope", scope="reports:read"',
    'Basic realm="error=invalid_token"',
    'Bearer realm="a, Bearer error=invalid_token"',
  ])('for another reason reaches the page: 401, %s', async (challenge, { held }) => {
    refuseNext('/api/me', challenge);

    expect(await callApi(held, stack)).toMatchObject({ status: 401 });

    expect(stack.api.requests.count('/api/me')).toBe(1);
    expect(refreshes()).toBe(0);
    expect(await callApi(held, stack)).toMatchObject({ status: 200 });
  });

  test('of the scope reaches the page: 403, insufficient_scope', async ({ held }) => {
    expect(await callApi(held, stack, '/reports')).toMatchObject({ status: 403 });

    expect(stack.api.requests.count('/api/reports')).toBe(1);
    expect(refreshes()).toBe(0);
  });
});

describe('the session continues', () => {
  test('in a second tab', async ({ page, context }) => {
    await signIn(page, stack);
    const other = await context.newPage();

    await openBarePage(other, stack);

    expect(await sessionOf(other)).toEqual(await sessionOf(page));
    expect(await callApi(other, stack)).toMatchObject({ status: 200 });
  });

  test('after a reload, and after a hard reload, which leaves the page without a worker', async ({ page }) => {
    await page.addInitScript(() => {
      document.addEventListener('readystatechange', () => {
        document.documentElement.dataset['controlledAtFirst'] ??= String(navigator.serviceWorker.controller !== null);
      });
    });
    await signIn(page, stack);

    await page.reload();
    await connected(page);
    expect(await page.locator('html').getAttribute('data-controlled-at-first')).toBe('true');
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });

    await reloadHard(page);
    await connected(page);
    expect(await page.locator('html').getAttribute('data-controlled-at-first')).toBe('false');
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  });

  test('after the browser has stopped the worker', async ({ page }) => {
    await signIn(page, stack);
    const before = await sessionOf(page);
    const workers = await controlServiceWorkers(page);

    await workers.stopAll();
    expect(workers.countRunning()).toBe(0);

    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    await expect.poll(() => workers.countRunning()).toBe(1);
    expect(stack.authorizationServer.requests.count('token')).toBe(1);
    await workers.stopAll();
    await page.reload();
    await connected(page);
    expect(await sessionOf(page)).toEqual(before);
  });

  test('with a refresh after the browser has stopped the worker', async ({ page }) => {
    await signInAndExpire(page);
    const workers = await controlServiceWorkers(page);

    await workers.stopAll();

    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    expect(refreshes()).toBe(1);
  });

  test('to its end when the browser stops the worker in the middle of a sign-in', async ({ page }) => {
    await openBarePage(page, stack);
    const workers = await controlServiceWorkers(page);
    await page.evaluate(() => void window.tokenward.login());
    await page.waitForURL((url) => url.origin === stack.authorizationServer.origin);

    await workers.stopAll();
    await fillLoginPage(page);
    await page.waitForURL((url) => url.origin === stack.app.origin);
    await connected(page);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  });
});
