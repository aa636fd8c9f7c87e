import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { TokenwardOptions } from 'tokenward/sw';
import { HYBRID_CLIENT_ID } from '../servers/authorization-server-configuration.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import {
  BARE_PAGE,
  callApi,
  connected,
  connectedAnew,
  fillLoginPage,
  markDocument,
  openBarePage,
  sessionOf,
  signIn,
  signInPastWorker,
} from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { gateRequest } from '../support/gate.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ authorizationServer: { accessTokenTtlSeconds: 600 } });
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.configure({ pushedAuthorizationRequests: 'allowed' });
  stack.authorizationServer.requests.clear();
  stack.authorizationServer.faults.clear();
  configure({});
});

/** The worker of the next context. */
function configure(
  worker: Partial<TokenwardOptions>,
  workerScript: (script: string) => string = (script) => script,
): void {
  stack.app.configure({ worker, workerScript, callback: 'document', securityHeaders: 'on' });
}

/** Every URL that a tab asks for from now on. */
function followRequests(page: Page): URL[] {
  const urls: URL[] = [];
  page.on('request', (request) => urls.push(new URL(request.url())));
  return urls;
}

/** The requests of the browser to the authorization endpoint. */
function authorizationRequests(urls: readonly URL[]): readonly URL[] {
  return urls.filter(
    ({ origin, pathname, search }) =>
      origin === stack.authorizationServer.origin && pathname === '/auth' && search !== '',
  );
}

describe('a pushed authorization request (RFC 9126)', () => {
  test('leaves nothing in the URL but a reference', async ({ page }) => {
    const urls = followRequests(page);

    await signIn(page, stack);

    const [request] = authorizationRequests(urls);
    expect([...(request?.searchParams.keys() ?? [])].toSorted()).toEqual(['client_id', 'request_uri']);
    expect(stack.authorizationServer.requests.count('pushed_authorization_request')).toBe(1);
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  });

  test('reaches a server that accepts no others', async ({ page }) => {
    stack.authorizationServer.configure({ pushedAuthorizationRequests: 'required' });
    configure({ pushedAuthorizationRequests: 'required' });

    await signIn(page, stack);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  });

  test('is not made where the configuration says off', async ({ page }) => {
    configure({ pushedAuthorizationRequests: 'off' });
    const urls = followRequests(page);

    await signIn(page, stack);

    expect(authorizationRequests(urls)[0]?.searchParams.get('response_type')).toBe('code');
    expect(stack.authorizationServer.requests.count('pushed_authorization_request')).toBe(0);
  });

  test('whose answer no browser may read does not stop a sign-in: the browser carries the request', async ({
    page,
  }) => {
    // The server takes the push, and does not allow the worker to read the answer.
    stack.authorizationServer.faults.plan(
      ({ endpoint }) => endpoint === 'pushed_authorization_request',
      { stage: 'after', answer: { status: 201, cors: 'omit' } },
      Infinity,
    );
    const urls = followRequests(page);

    await signIn(page, stack);

    const [request] = authorizationRequests(urls);
    expect(request?.searchParams.has('code_challenge')).toBe(true);
    expect(request?.searchParams.has('request_uri')).toBe(false);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  });

  test('whose answer no browser may read ends the sign-in where the configuration requires a push', async ({
    page,
  }) => {
    configure({ pushedAuthorizationRequests: 'required' });
    await openBarePage(page, stack);
    stack.authorizationServer.faults.plan(
      ({ endpoint }) => endpoint === 'pushed_authorization_request',
      { stage: 'after', answer: { status: 201, cors: 'omit' } },
      Infinity,
    );
    const urls = followRequests(page);

    await page.goto(`${stack.app.origin}/auth/login?returnTo=/bare`);
    await connected(page);

    expect(await sessionOf(page)).toMatchObject({
      status: 'signed-out',
      lastError: { code: 'issuer_unreachable', message: expect.stringContaining('Access-Control-Allow-Origin') },
    });
    expect(authorizationRequests(urls)).toEqual([]);
  });

  test('that fails ends the sign-in, and no other request is tried', async ({ page }) => {
    await openBarePage(page, stack);
    stack.authorizationServer.faults.plan(({ endpoint }) => endpoint === 'pushed_authorization_request', {
      stage: 'before',
      answer: { status: 503 },
    });
    const urls = followRequests(page);

    await page.goto(`${stack.app.origin}/auth/login?returnTo=/bare`);
    await connected(page);

    expect(await sessionOf(page)).toMatchObject({
      status: 'signed-out',
      lastError: { code: 'issuer_unreachable', phase: 'discovery', retryable: true },
    });
    expect(authorizationRequests(urls)).toEqual([]);
  });
});

/** A worker as in Firefox and WebKit, where the URL of a navigation has no fragment. */
function withoutFragments(script: string): string {
  return `{
    const { get } = Object.getOwnPropertyDescriptor(Request.prototype, 'url');
    Object.defineProperty(Request.prototype, 'url', { get() { return get.call(this).split('#')[0]; } });
  }\n${script}`;
}

describe('a response in the fragment', () => {
  const HYBRID = { clientId: HYBRID_CLIENT_ID, responseType: 'code id_token' } as const;

  test.for<[what: string, options: Partial<TokenwardOptions>, where: string, script: (script: string) => string]>([
    ['as it is', { responseMode: 'fragment' }, 'where the worker sees it', (script) => script],
    ['as it is', { responseMode: 'fragment' }, 'where it does not', withoutFragments],
    ['in a JWT', { responseMode: 'fragment.jwt' }, 'where the worker sees it', (script) => script],
    ['in a JWT', { responseMode: 'fragment.jwt' }, 'where it does not', withoutFragments],
    ['with an ID token (hybrid flow)', HYBRID, 'where the worker sees it', (script) => script],
    ['with an ID token (hybrid flow)', HYBRID, 'where it does not', withoutFragments],
  ])('reaches the worker %s, and no page can look at it: %j, %s', async ([, options, , script], { page }) => {
    configure(options, script);
    await openBarePage(page, stack);
    await page.evaluate(() => void window.tokenward.login({ returnTo: '/bare?tab=2#part' }));
    await page.waitForURL((url) => url.origin === stack.authorizationServer.origin);

    await fillLoginPage(page);
    // A native client is one that anybody can claim to be: its user is asked.
    if (options === HYBRID) await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL((url) => url.pathname === '/bare');
    await connected(page);

    expect(page.url()).toBe(`${stack.app.origin}/bare?tab=2#part`);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    expect(
      await page.evaluate(() => [...performance.getEntries()].map(({ name }) => name).concat(document.referrer)),
    ).not.toEqual(expect.arrayContaining([expect.stringMatching(/code=|response=|id_token=/)]));
  });

  test('of a flow that script in the page began in a frame is not readable for it, if the worker sees none', async ({
    page,
  }) => {
    configure({ responseMode: 'fragment' }, withoutFragments);
    // With the policy of the deployment, a page could not even open such a frame.
    stack.app.configure({ securityHeaders: 'off' });
    await openBarePage(page, stack);

    // A page of the app that stands where the response arrives would be read: the check can fail.
    const readable = `${BARE_PAGE}#code=stolen&state=foreign`;
    expect(await watchFrame(page, readable, readable)).toContain('stolen');

    // The page after the one with the response waits until script has had a look at that one.
    const next = gateRequest(stack.app.faults, ({ path }) => path === '/');
    const watched = watchFrame(page, '/auth/callback#code=stolen&state=foreign', '/#/');
    await page.waitForFunction(() => document.documentElement.dataset['seen']?.includes('another origin'));
    next.open();
    const seen = await watched;

    expect(seen).toContain('another origin');
    expect(seen).not.toContain('stolen');
  });

  test('reaches it by message, where the worker does not control the navigation', async ({ page }) => {
    configure({ responseMode: 'fragment' });
    stack.app.configure({ callback: 'app' });

    await signInPastWorker(page, stack);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  });
});

test('an access token in the URL of a page that no worker controls is taken out of it, and refused', async ({
  page,
  context,
}) => {
  stack.app.configure({ callback: 'app' });
  await openBarePage(page, stack);
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  await cdp.send('Network.setBypassServiceWorker', { bypass: true });

  await page.goto(`${stack.app.origin}/auth/callback#access_token=stolen&token_type=Bearer`);
  await page.waitForURL((url) => url.pathname === '/');
  await cdp.send('Network.setBypassServiceWorker', { bypass: false });
  await openBarePage(page, stack);

  expect(await sessionOf(page)).toMatchObject({
    status: 'signed-out',
    lastError: { code: 'authorization_response_invalid', message: expect.stringContaining('RFC 9700') },
  });
});

test('a response in a signed JWT (JARM) is taken from the query', async ({ page }) => {
  configure({ responseMode: 'query.jwt' });
  const urls = followRequests(page);

  await signIn(page, stack);

  const answers = urls.filter(({ pathname }) => pathname === '/auth/callback');
  expect(answers.map(({ searchParams }) => [...searchParams.keys()])).toEqual([['response']]);
  expect(await callApi(page, stack)).toMatchObject({ status: 200 });
});

describe('login() with a session', () => {
  test('requests more scopes, keeps the current ones, and comes back to where the user was', async ({ page }) => {
    configure({ scopes: ['openid', 'offline_access', 'notes:read'], scopesFromPage: ['notes:write'] });
    await signIn(page, stack);
    const write = { method: 'POST', body: '{"text":"x"}', headers: { 'content-type': 'application/json' } };
    expect(await callApi(page, stack, '/notes', write)).toMatchObject({ status: 403 });
    await page.evaluate(() => history.replaceState(null, '', '/bare?tab=2#part'));
    stack.authorizationServer.requests.clear();
    await markDocument(page);

    await page.evaluate(() => void window.tokenward.login({ scopes: ['notes:write'] }));
    await connectedAnew(page);

    expect(page.url()).toBe(`${stack.app.origin}/bare?tab=2#part`);
    expect(await scopesOf(page)).toEqual(expect.arrayContaining(['notes:read', 'notes:write']));
    const [request] = stack.authorizationServer.requests.list('authorization');
    expect(request?.parameters.get('scope')?.split(' ').toSorted()).toEqual([
      'notes:read',
      'notes:write',
      'offline_access',
      'openid',
    ]);
    expect(await callApi(page, stack, '/notes', write)).toMatchObject({ status: 201 });
    expect(stack.authorizationServer.requests.count('interaction')).toBe(0);
  });

  test('steps up: the user signs in again, and the ID token says when', async ({ page }) => {
    configure({ parametersFromPage: ['acr_values'] });
    await signIn(page, stack);
    stack.authorizationServer.requests.clear();

    await page.evaluate(() => void window.tokenward.login({ acrValues: ['urn:mfa', 'urn:pwd'], maxAge: 0 }));
    await page.waitForURL((url) => url.origin === stack.authorizationServer.origin);
    const [request] = stack.authorizationServer.requests.list('authorization');
    expect(Object.fromEntries(request?.parameters ?? [])).toMatchObject({
      acr_values: 'urn:mfa urn:pwd',
      max_age: '0',
    });
    await fillLoginPage(page);
    await page.waitForURL((url) => url.pathname === '/bare');
    await connected(page);

    expect(await sessionOf(page)).toMatchObject({
      status: 'signed-in',
      claims: { sub: 'user-ada', auth_time: expect.any(Number) },
    });
    expect(await sessionOf(page)).not.toHaveProperty('lastError');
  });

  test('that the user cancels does not change the session', async ({ page }) => {
    await signIn(page, stack);
    await page.evaluate(() => void window.tokenward.login({ maxAge: 0 }));
    await page.waitForURL((url) => url.origin === stack.authorizationServer.origin);

    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.waitForURL((url) => url.pathname === '/bare');
    await connected(page);

    expect(await sessionOf(page)).toMatchObject({
      status: 'signed-in',
      lastError: { code: 'authorization_refused', serverCode: 'access_denied', phase: 'authorization' },
    });
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  });

  test('with a value that is not allowed rejects, and the page stays', async ({ page }) => {
    await openBarePage(page, stack);

    const codes = await page.evaluate(() =>
      Promise.all(
        [{ acrValues: ['x'] }, { scopes: ['admin'] }, { prompt: 'login' }, { maxAge: -1 }].map((options) =>
          window.tokenward.login(options).catch(({ code }) => code),
        ),
      ),
    );

    expect(new Set(codes)).toEqual(new Set(['request_invalid']));
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
  });
});

describe('userinfo()', () => {
  const answer = (claims: object): void =>
    stack.authorizationServer.faults.plan(({ endpoint }) => endpoint === 'userinfo', {
      stage: 'before',
      answer: { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(claims) },
    });

  test('gives the claims of the session’s user, and nothing without a session', async ({ page }) => {
    await openBarePage(page, stack);
    expect(await page.evaluate(() => window.tokenward.userinfo())).toBeUndefined();
    await signIn(page, stack);
    answer({ sub: 'user-ada', picture: 'https://img.example/ada' });

    expect(await page.evaluate(() => window.tokenward.userinfo())).toEqual({
      sub: 'user-ada',
      picture: 'https://img.example/ada',
    });
  });

  test('rejects the claims of another user', async ({ page }) => {
    await signIn(page, stack);
    answer({ sub: 'user-eve' });

    const error = await page.evaluate(() =>
      window.tokenward.userinfo().catch(({ code, phase, retryable }) => ({ code, phase, retryable })),
    );

    expect(error).toEqual({ code: 'userinfo_invalid', phase: 'userinfo', retryable: false });
  });
});

describe('sign-out', () => {
  test('deletes the caches that are the session’s, and no others', async ({ page }) => {
    await signIn(page, stack);
    await page.evaluate(async () => {
      for (const name of ['tokenward-api', 'tokenward-', 'app-shell', 'my-tokenward-api']) {
        await (await caches.open(name)).put('/cached', new Response('x'));
      }
    });

    await page.evaluate(() => void window.tokenward.logout());
    await page.waitForURL((url) => url.origin === stack.app.origin && url.pathname === '/');

    await expect
      .poll(() => page.evaluate(async () => (await caches.keys()).toSorted()))
      .toEqual(['app-shell', 'my-tokenward-api']);
  });

  test('sends an ID token along as a hint that no page of the app ever sees', async ({ page }) => {
    await page.addInitScript(() => {
      // Everything that the worker answers this page.
      const original = MessagePort.prototype.start;
      const seen: string[] = [];
      Object.assign(window, { seenMessages: seen });
      MessagePort.prototype.start = function start() {
        this.addEventListener('message', ({ data }) => seen.push(JSON.stringify(data)));
        return original.call(this);
      };
    });
    await signIn(page, stack);
    await page.evaluate(() => void window.tokenward.logout());
    await page.waitForURL((url) => url.origin === stack.app.origin && url.pathname === '/');

    const hint = stack.authorizationServer.requests.list('end_session')[0]?.parameters.get('id_token_hint') ?? '';
    expect(hint.split('.')).toHaveLength(3);
    const visible = await page.evaluate(() =>
      JSON.stringify([
        Reflect.get(window, 'seenMessages'),
        document.referrer,
        window.location.href,
        performance.getEntries().map(({ name }) => name),
        Object.entries(localStorage),
        Object.entries(sessionStorage),
      ]),
    );
    expect(visible).not.toContain(hint.split('.')[2]);
  });
});

/** Returns what script in the page sees of the URLs of a frame that it opens, until the frame has come to a page of the app. */
function watchFrame(page: Page, url: string, end: string): Promise<string> {
  return page.evaluate(
    async ([src, last]) => {
      const frame = document.createElement('iframe');
      const seen = new Set<string>();
      const lastUrl = new URL(last, location.href).href;
      frame.src = src;
      document.body.append(frame);
      while (!seen.has(lastUrl)) {
        try {
          seen.add(frame.contentWindow?.location.href ?? '');
        } catch {
          seen.add('another origin');
        }
        document.documentElement.dataset['seen'] = [...seen].join(' ');
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      frame.remove();
      return [...seen].join(' ');
    },
    [url, end] as const,
  );
}

function scopesOf(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => (window.tokenward.session.status === 'signed-in' ? window.tokenward.session.scopes : []));
}
