import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { AccessChallenge } from 'tokenward';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, openBarePage, sessionOf, signIn } from '../support/app-page.ts';
import { test as base } from '../support/browser-test.ts';
import { type ForeignServer, startForeignServer } from '../support/foreign-server.ts';
import { type Mirror, startMirror } from '../support/mirror.ts';

const INVALID_TOKEN = 'Bearer realm="notes", error="invalid_token"';

let mirror: Mirror;
let foreign: ForeignServer;
let stack: Stack;
beforeAll(async () => {
  [mirror, foreign] = await Promise.all([startMirror(), startForeignServer()]);
  stack = await startStack({
    authorizationServer: { accessTokenTtlSeconds: 3600 },
    app: { securityHeaders: 'off', workerServing: 'static' },
  });
  const at = (run: string): string => `${mirror.origin}/api/${run}`;
  stack.app.configure({
    worker: {
      protectedResources: [
        { url: stack.api.url, replayLimitBytes: 1000, exclude: ['status'] },
        { url: at('follow') },
        { url: at('covered'), redirects: 'covered' },
        { url: at('error'), redirects: 'error' },
        { url: at('keep') },
        { url: at('replace'), ownAuthorization: 'replace' },
        { url: at('reject'), ownAuthorization: 'reject' },
        { url: at('images'), destinations: ['image'] },
        { url: '/files', destinations: ['document', 'iframe'] },
        { url: `${mirror.origin}/api/patterns/:kind/:code` },
      ],
    },
  });
});
afterAll(() => Promise.all([stack.close(), mirror.close(), foreign.close()]));
beforeEach(() => {
  for (const server of [stack.authorizationServer, stack.api]) {
    server.requests.clear();
    server.faults.clear();
  }
});

/** A page that has signed in once for all tests. */
const test = base.extend('held', { scope: 'file' }, async ({ browser }, { onCleanup }): Promise<Page> => {
  const context = await browser.newContext();
  onCleanup(() => context.close());
  const page = await context.newPage();
  await signIn(page, stack);
  return page;
});

/** What a fetch of the page comes to: the answer's body, or the error's name. */
function fetched(page: Page, url: string, init: RequestInit = {}): Promise<{ status: number; body: string }> {
  return page.evaluate(
    async ([target, options]) => {
      try {
        const response = await fetch(target, options);
        return { status: response.status, body: await response.text() };
      } catch (error) {
        return { status: 0, body: String(error) };
      }
    },
    [url, init] as const,
  );
}

/** The schemes of the `Authorization` headers that reached a place. */
function schemesAt(run: string): readonly string[] {
  return mirror.received(run).map(({ headers }) => headers['authorization']?.split(' ')[0] ?? 'none');
}

/** Answers the next request to a path of the API with a challenge. */
function challengeNext(path: string, challenge: string, status: number = 401): void {
  const answer = { status, headers: { 'www-authenticate': challenge } };
  stack.api.faults.plan((request) => request.path === path, { stage: 'before', answer });
}

describe('a redirect', () => {
  const to = (run: string, place: string): string =>
    `${mirror.urlOf(run)}/redirect/302?to=${encodeURIComponent(`${mirror.urlOf(place)}/echo`)}`;

  test('within the origin keeps the token, and the page gets the answer, by default', async ({ held }) => {
    expect(await fetched(held, to('follow', 'beside-follow'))).toMatchObject({ status: 200 });

    expect(schemesAt('beside-follow')).toEqual(['Bearer']);
  });

  test('to a path that is not covered gives the page no response, if the rule says so', async ({ held }) => {
    expect(await fetched(held, to('covered', 'beside-covered'))).toMatchObject({ status: 0 });
    expect(await fetched(held, to('covered', 'covered'))).toMatchObject({ status: 200 });
  });

  test('is not followed, and no token is sent, if the rule says so', async ({ held }) => {
    expect(await fetched(held, to('error', 'beside-error'))).toMatchObject({ status: 0 });
    expect(await fetched(held, `${mirror.urlOf('error')}/echo`)).toMatchObject({ status: 200 });

    expect(schemesAt('beside-error')).toEqual([]);
  });

  test('to another origin carries no token', async ({ held }) => {
    const before = foreign.requests.length;
    const url = `${mirror.urlOf('follow')}/redirect/307?to=${encodeURIComponent(`${foreign.origin}/`)}`;

    expect(await fetched(held, url)).toMatchObject({ status: 200 });

    const received = foreign.requests.slice(before);
    expect(received.length).toBeGreaterThan(0);
    expect(received.some(({ headers }) => 'authorization' in headers)).toBe(false);
  });
});

describe('an Authorization header of the page’s own', () => {
  const own = { headers: { authorization: 'Basic YTpi' } };

  test('is kept, replaced or refused, as the rule says', async ({ held }) => {
    expect(await fetched(held, `${mirror.urlOf('keep')}/echo`, own)).toMatchObject({ status: 200 });
    expect(await fetched(held, `${mirror.urlOf('replace')}/echo`, own)).toMatchObject({ status: 200 });
    const refused = await fetched(held, `${mirror.urlOf('reject')}/echo`, own);

    expect(refused.status).toBe(400);
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'own_authorization' });
    expect([schemesAt('keep'), schemesAt('replace'), schemesAt('reject')]).toEqual([['Basic'], ['Bearer'], []]);
  });
});

describe('an excluded path', () => {
  test('is left alone', async ({ held }) => {
    await callApi(held, stack, '/status');
    await callApi(held, stack, '/me');

    expect(stack.api.requests.list().map(({ path, authorizationScheme }) => [path, authorizationScheme])).toEqual([
      ['/api/status', undefined],
      ['/api/me', 'Bearer'],
    ]);
  });
});

describe('a pattern', () => {
  test('covers what it matches', async ({ held }) => {
    await fetched(held, `${mirror.urlOf('patterns')}/status/204`);
    await fetched(held, `${mirror.urlOf('patterns')}/echo`);

    expect(schemesAt('patterns')).toEqual(['Bearer', 'none']);
  });
});

describe('a named destination', () => {
  test('shows an image that requires a token, and nothing else by markup', async ({ held }) => {
    const widths = await held.evaluate(async (url) => {
      const image = new Image();
      image.src = `${url}/image.png`;
      await image.decode();
      const script = document.createElement('script');
      script.src = `${url}/script.js`;
      document.head.append(script);
      await new Promise((resolve) => script.addEventListener('load', resolve));
      return image.naturalWidth;
    }, mirror.urlOf('images'));

    expect(widths).toBe(1);
    expect(mirror.received('images').map(({ path, headers }) => [path, 'authorization' in headers])).toEqual([
      ['/image.png', true],
      ['/script.js', false],
    ]);
  });

  test('adds the token to the app’s own navigations, and to no navigation of another site', async ({
    page,
    context,
  }) => {
    stack.app.pages.set('/files/1', { body: '<title>File</title>' });
    stack.app.pages.set('/evil', { body: '<title>Evil</title>' });
    await signIn(page, stack);
    stack.app.requests.clear();

    await page.evaluate(() => window.location.assign('/files/1'));
    await page.waitForURL('**/files/1');
    const other = await context.newPage();
    await other.goto(foreign.origin);
    await other.evaluate((url) => {
      document.body.innerHTML = `<form method="post" action="${url}"></form>`;
      document.forms[0]?.submit();
    }, `${stack.app.origin}/files/1`);
    await other.waitForURL('**/files/1');
    await other.goto(foreign.origin);
    await other.evaluate((url) => window.location.assign(url), `${stack.app.origin}/files/1`);
    await other.waitForURL('**/files/1');

    const requests = stack.app.requests.list('/files/1');
    expect(requests.map(({ method, authorizationScheme }) => [method, authorizationScheme])).toEqual([
      ['GET', 'Bearer'],
      ['POST', undefined],
      ['GET', undefined],
    ]);
  });
});

describe('a body that the API refused', () => {
  test.for<[bytes: number, statuses: readonly number[]]>([
    [1000, [401, 200]],
    [1001, [401]],
    [20_000_000, [401]],
  ])('of %i bytes, where a thousand are kept, is answered by %j', async ([bytes, statuses], { held }) => {
    challengeNext('/api/echo', INVALID_TOKEN);

    const status = await held.evaluate(
      async ([url, size]) => (await fetch(url, { method: 'POST', body: new Uint8Array(size) })).status,
      [`${stack.api.url}/echo`, bytes] as const,
    );

    expect(status).toBe(statuses.at(-1));
    expect(stack.api.requests.list('/api/echo').map((request) => request.status)).toEqual(statuses);
    expect(stack.authorizationServer.requests.count('token', 'refresh_token')).toBe(1);
    // The next one has the new token.
    expect(await callApi(held, stack)).toMatchObject({ status: 200 });
    expect(stack.authorizationServer.requests.count('token', 'refresh_token')).toBe(1);
  });

  test('is whole at the API though it is longer than what is kept', async ({ held }) => {
    const answer = await held.evaluate(
      async ([url, size]) => (await fetch(url, { method: 'POST', body: new Uint8Array(size) })).json(),
      [`${stack.api.url}/echo`, 20_000_000] as const,
    );

    expect(answer).toMatchObject({ size: 20_000_000 });
    expect(answer.headerNames).toContain('content-length');
  });
});

describe('a challenge that only a sign-in can answer', () => {
  /** Listens in a page; gives what has been heard. */
  async function listen(page: Page): Promise<() => Promise<readonly AccessChallenge[]>> {
    await page.evaluate(() => {
      const heard: AccessChallenge[] = [];
      window.tokenward.onChallenge((challenge) => heard.push(challenge));
      Object.assign(window, { heard });
    });
    return () => page.evaluate(() => Object(window).heard);
  }

  test('is reported to the page that sent the request, which also gets the response', async ({ held }) => {
    const other = await held.context().newPage();
    await openBarePage(other, stack);
    const [heard, heardByOther] = [await listen(held), await listen(other)];

    const scope = await callApi(held, stack, '/reports?year=7');
    challengeNext(
      '/api/me',
      'Bearer error="insufficient_user_authentication", acr_values="urn:mfa urn:otp", max_age="300"',
    );
    const stepUp = await callApi(held, stack, '/me?secret=1');

    expect([scope.status, stepUp.status]).toEqual([403, 401]);
    expect(scope.body).toContain('This needs the scope reports:read.');
    await expect.poll(heard).toEqual([
      { error: 'insufficient_scope', url: `${stack.api.url}/reports`, method: 'GET', scopes: ['reports:read'] },
      {
        error: 'insufficient_user_authentication',
        url: `${stack.api.url}/me`,
        method: 'GET',
        acrValues: ['urn:mfa', 'urn:otp'],
        maxAge: 300,
      },
    ]);
    expect(await heardByOther()).toEqual([]);
    expect(stack.authorizationServer.requests.count('token', 'refresh_token')).toBe(0);
    expect(await sessionOf(held)).toMatchObject({ status: 'signed-in' });
    await other.close();
  });

  test('of a request by a worker is reported to the pages', async ({ held }) => {
    const heard = await listen(held);

    await held.evaluate((url) => {
      const script = `fetch(${JSON.stringify(url)})`;
      void new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })));
    }, `${stack.api.url}/reports`);

    await expect.poll(heard).toMatchObject([{ error: 'insufficient_scope' }]);
  });
});

describe('explain()', () => {
  test('says what the worker does with a request, without one', async ({ held }) => {
    const explain = (input: string, init: object = {}): Promise<unknown> =>
      held.evaluate(([url, options]) => window.tokenward.explain(url, options), [input, init] as const);
    const rule = 'protectedResources[0]';

    expect(await explain(`${stack.api.url}/slow`)).toEqual({
      action: 'authorize',
      reason: 'covered',
      rule,
      renewOn: 'invalid_token',
    });
    expect(await explain(`${stack.api.url}/status`)).toEqual({ action: 'pass', reason: 'excluded_path', rule });
    expect(await explain(`${stack.api.url}/me`, { headers: { authorization: 'x' } })).toEqual({
      action: 'pass',
      reason: 'own_authorization',
      rule,
    });
    expect(await explain(`${stack.api.url}/me`, { mode: 'no-cors' })).toMatchObject({ reason: 'other_destination' });
    expect(await explain('/auth/session')).toEqual({ action: 'answer', reason: 'worker_endpoint' });
    expect(await explain('https://other.example/')).toEqual({ action: 'pass', reason: 'other_origin' });
    await expect(explain('http://[')).rejects.toThrow('fetch() would not send this request');
    expect(stack.api.requests.count()).toBe(0);
  });

  test('says that no user is signed in', async ({ page }) => {
    await openBarePage(page, stack);

    const explanation = await page.evaluate((url) => window.tokenward.explain(url), `${stack.api.url}/me`);

    expect(explanation).toEqual({ action: 'pass', reason: 'signed_out', rule: 'protectedResources[0]' });
  });
});
