import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished } from 'vitest';
import type { Fault, FaultAnswer } from '../servers/faults.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import { ADA, GRACE } from '../servers/users.ts';
import {
  callApi,
  connected,
  connectedAnew,
  markDocument,
  openBarePage,
  sessionIfAny,
  sessionOf,
  signIn,
} from '../support/app-page.ts';
import { WHAT_TO_DO } from '../support/error-message.ts';
import { gateRequest } from '../support/gate.ts';
import { testWithHeldPage } from '../support/held-page.ts';
import { setWorkerClockForward, withClock } from '../support/worker-clock.ts';

/** The clock of the page that all tests share goes forward by this again and again, and ID tokens live for an hour. */
const TTL_SECONDS = 120;
/** Seconds for which the worker leaves a token endpoint alone that has failed, at most. */
const PAUSE_SECONDS = 30;
/** Seconds before its expiry in which a long-lived access token is refreshed, and good for requests if that fails. */
const REFRESH_BEFORE_SECONDS = 600;
/** A browser sends a request once more, by itself, when a connection was cut that it had used before. */
const UNTIL_CLEARED = Infinity;
const SIGNED_IN = { status: 'signed-in', claims: { sub: ADA.sub, plan: 'pro' } };

let stack: Stack;
const test = testWithHeldPage(() => stack);
beforeAll(async () => {
  stack = await startStack({
    authorizationServer: { accessTokenTtlSeconds: TTL_SECONDS },
    app: {
      worker: { refreshBeforeExpirySeconds: REFRESH_BEFORE_SECONDS },
      workerScript: (script) => withClock(withShortLimits(script)),
    },
  });
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.requests.clear();
  stack.authorizationServer.faults.clear();
  stack.authorizationServer.goOnline();
});

function json(status: number, body: object): FaultAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

const HTML: FaultAnswer = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<!doctype html><p>Sign in to the Wi-Fi.</p>',
};

/** What any token request can get instead of an answer, and the code that stands for it. */
const FAULTS: readonly [what: string, fault: Fault, code: string][] = [
  ['429', { stage: 'before', answer: json(429, { error: 'too_many_requests' }) }, 'token_endpoint_unavailable'],
  [
    '429 without a body',
    { stage: 'before', answer: { status: 429, headers: { 'retry-after': '1' } } },
    'token_endpoint_unavailable',
  ],
  ['500', { stage: 'before', answer: json(500, { error: 'server_error' }) }, 'token_endpoint_unavailable'],
  ['502 with a page', { stage: 'before', answer: { ...HTML, status: 502 } }, 'token_endpoint_unavailable'],
  ['503', { stage: 'before', answer: { status: 503 } }, 'token_endpoint_unavailable'],
  ['a page of HTML', { stage: 'before', answer: HTML }, 'token_response_invalid'],
  ['a page of HTML with 400', { stage: 'before', answer: { ...HTML, status: 400 } }, 'token_response_invalid'],
  ['a page of HTML with 403', { stage: 'before', answer: { ...HTML, status: 403 } }, 'token_response_invalid'],
  [
    'a page of HTML that claims to be JSON',
    { stage: 'before', answer: { ...json(200, {}), body: HTML.body ?? '' } },
    'token_response_invalid',
  ],
  [
    'half a JSON document',
    { stage: 'before', answer: { ...json(200, {}), body: '{"access_token":"ey' } },
    'token_response_invalid',
  ],
  ['JSON that is no object', { stage: 'before', answer: { ...json(200, {}), body: '"OK"' } }, 'token_response_invalid'],
  ['JSON without an access token', { stage: 'before', answer: json(200, { ok: true }) }, 'token_response_invalid'],
  [
    'a token of another type',
    { stage: 'before', answer: json(200, { access_token: 'x', token_type: 'mac' }) },
    'token_response_invalid',
  ],
];

describe('when the token endpoint answers the exchange of the code with', () => {
  test.for<[what: string, fault: Fault, code: string, serverCode?: string]>([
    ...FAULTS,
    [
      '400 invalid_grant',
      { stage: 'before', answer: json(400, { error: 'invalid_grant' }) },
      'token_request_refused',
      'invalid_grant',
    ],
    [
      '401 invalid_client',
      { stage: 'before', answer: json(401, { error: 'invalid_client' }) },
      'token_request_refused',
      'invalid_client',
    ],
    ['400 without a body', { stage: 'before', answer: { status: 400 } }, 'token_request_refused'],
    ['nothing: the connection is cut', { stage: 'before', answer: 'cut' }, 'token_endpoint_unavailable'],
    [
      '503 without CORS headers',
      { stage: 'before', answer: { status: 503, cors: 'omit' } },
      'token_endpoint_unavailable',
    ],
    [
      'no ID token',
      { stage: 'before', answer: json(200, { access_token: 'x', token_type: 'Bearer', expires_in: TTL_SECONDS }) },
      'id_token_invalid',
    ],
  ])(
    '%s, the sign-in ends in its code, and the earlier session continues',
    async ([, fault, code, serverCode], { held }) => {
      const before = await sessionOf(held);
      stack.authorizationServer.faults.plan(
        ({ grantType }) => grantType === 'authorization_code',
        fault,
        UNTIL_CLEARED,
      );

      await held.goto(`${stack.app.origin}/auth/login?returnTo=/bare`);
      await connected(held);

      const session = await sessionOf(held);
      expect(session.lastError).toMatchObject({ code, ...(serverCode === undefined ? {} : { serverCode }) });
      expect(session.lastError?.message).toMatch(WHAT_TO_DO);
      expect(session.lastError?.retryable).toBe(code === 'token_endpoint_unavailable');
      expect(session).toMatchObject({ ...before, lastError: { code } });
      expect(await callApi(held, stack)).toMatchObject({ status: 200 });
      expect(new URL(held.url()).search).toBe('');
    },
  );

  test('503, a signed-out user stays signed out, and the next sign-in works', async ({ page }) => {
    stack.authorizationServer.faults.plan(({ grantType }) => grantType === 'authorization_code', {
      stage: 'before',
      answer: { status: 503 },
    });
    await signIn(page, stack);
    expect(await sessionOf(page)).toMatchObject({
      status: 'signed-out',
      lastError: { code: 'token_endpoint_unavailable' },
    });

    await page.goto(`${stack.app.origin}/auth/login?returnTo=/bare`);
    await connected(page);

    expect(await sessionOf(page)).toMatchObject(SIGNED_IN);
    expect(await sessionOf(page)).not.toHaveProperty('lastError');
  });
});

describe('an ID token is refused, and the earlier session continues,', () => {
  interface Forgery {
    readonly alg?: string;
    readonly kid?: string;
    readonly claims?: Readonly<Record<string, unknown>>;
  }

  /** A token response whose ID token is right but for the forgery; nobody but the server can sign it. */
  async function forge({ alg = 'RS256', kid = 'rsa-1', claims = {} }: Forgery): Promise<FaultAnswer> {
    const { issuer, clientId, requests } = stack.authorizationServer;
    const nonce = requests.list('authorization').at(-1)?.parameters.get('nonce');
    const payload = {
      iss: issuer,
      aud: clientId,
      sub: ADA.sub,
      nonce,
      iat: seconds(),
      exp: seconds() + 600,
      ...claims,
    };
    const { privateKey } = await generateKeyPair(alg === 'none' ? 'RS256' : alg);
    const idToken =
      alg === 'none'
        ? new UnsecuredJWT(payload).encode()
        : await new SignJWT(payload).setProtectedHeader({ alg, kid }).sign(privateKey);
    return json(200, {
      access_token: 'x',
      refresh_token: 'y',
      token_type: 'Bearer',
      expires_in: TTL_SECONDS,
      id_token: idToken,
    });
  }

  test.for<[what: string, forgery: Forgery]>([
    ['whose signature is of another key', {}],
    ['whose key the server has not', { kid: 'other' }],
    ['that is not signed', { alg: 'none' }],
    ['of another algorithm', { alg: 'PS256' }],
    ['of another issuer', { claims: { iss: 'https://as.evil.test' } }],
    ['for another client', { claims: { aud: 'other' } }],
    ['for this client and another', { claims: { aud: ['spa-demo', 'other'] } }],
    ['with another nonce', { claims: { nonce: 'other' } }],
    ['without a nonce', { claims: { nonce: undefined } }],
    ['that has expired', { claims: { iat: 1, exp: 2 } }],
    ['without an expiry', { claims: { exp: undefined } }],
    ['without a subject', { claims: { sub: undefined } }],
  ])('%s', async ([, forgery], { held }) => {
    stack.authorizationServer.faults.setRule(async ({ grantType }) =>
      grantType === 'authorization_code' ? { stage: 'before', answer: await forge(forgery) } : undefined,
    );

    await held.goto(`${stack.app.origin}/auth/login?returnTo=/bare`);
    await connected(held);

    expect(await sessionOf(held)).toMatchObject({
      ...SIGNED_IN,
      lastError: { code: 'id_token_invalid', retryable: false },
    });
    expect(await callApi(held, stack)).toMatchObject({ status: 200 });
  });

  test('and without one, the tokens that came with it are revoked, the refresh token first', async ({ page }) => {
    const { requests, faults } = stack.authorizationServer;
    faults.setRule(async ({ grantType }) =>
      grantType === 'authorization_code'
        ? { stage: 'before', answer: await forge({ claims: { nonce: 'other' } }) }
        : undefined,
    );

    await signIn(page, stack);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-out', lastError: { code: 'id_token_invalid' } });
    await expect
      .poll(() => requests.list('revocation').map(({ parameters }) => parameters.get('token')), { timeout: 20_000 })
      .toEqual(['y', 'x']);
  });
});

describe('when the access token has expired, and the token endpoint answers the refresh with', () => {
  test.for(FAULTS)(
    '%s, requests get a problem with its code, the session stays, and the next refresh works',
    async ([, fault, code], { held }) => {
      await setWorkerClockForward(held, TTL_SECONDS);
      stack.authorizationServer.faults.plan(({ grantType }) => grantType === 'refresh_token', fault, UNTIL_CLEARED);

      const failed = await callApi(held, stack);

      expect(failed.status).toBe(503);
      expect(JSON.parse(failed.body)).toMatchObject({ type: `urn:tokenward:${code}`, status: 503, code });
      expect(await sessionOf(held)).toMatchObject(SIGNED_IN);
      stack.authorizationServer.faults.clear();
      await setWorkerClockForward(held, PAUSE_SECONDS);
      expect(await callApi(held, stack)).toMatchObject({ status: 200 });
      await expect.poll(() => sessionOf(held)).toMatchObject(SIGNED_IN);
    },
  );

  test.for<[what: string, fault: Fault]>([
    ['nothing: the connection is cut', { stage: 'before', answer: 'cut' }],
    ['503 without CORS headers', { stage: 'before', answer: { status: 503, cors: 'omit' } }],
  ])(
    '%s, requests fail as they do without a network, the session stays, and the next refresh works',
    async ([, fault], { held }) => {
      await setWorkerClockForward(held, TTL_SECONDS);
      stack.authorizationServer.faults.plan(({ grantType }) => grantType === 'refresh_token', fault, UNTIL_CLEARED);

      await expect(callApi(held, stack)).rejects.toThrow('Failed to fetch');

      await expect.poll(() => sessionOf(held)).toMatchObject(SIGNED_IN);
      stack.authorizationServer.faults.clear();
      await setWorkerClockForward(held, PAUSE_SECONDS);
      expect(await callApi(held, stack)).toMatchObject({ status: 200 });
    },
  );

  test('an ID token of another user, requests get a problem with its code, the session stays, and the next refresh works', async ({
    held,
    page,
  }) => {
    stack.authorizationServer.issued.clear();
    await page.goto(`${stack.app.origin}/bare`);
    await connected(page);
    await page.goto(`${stack.app.origin}/auth/login?returnTo=/bare`);
    await page.getByLabel('Email').fill(GRACE.username);
    await page.getByLabel('Password').fill(GRACE.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await connected(page);
    const [idToken] = stack.authorizationServer.issued.idTokens;
    await setWorkerClockForward(held, TTL_SECONDS);
    const answer = json(200, { access_token: 'x', token_type: 'Bearer', expires_in: TTL_SECONDS, id_token: idToken });
    stack.authorizationServer.faults.plan(({ grantType }) => grantType === 'refresh_token', {
      stage: 'before',
      answer,
    });

    const { status, body } = await callApi(held, stack);

    expect(status).toBe(503);
    expect(JSON.parse(body)).toMatchObject({ code: 'id_token_invalid' });
    await setWorkerClockForward(held, PAUSE_SECONDS);
    expect(await callApi(held, stack)).toMatchObject({ status: 200 });
    await expect.poll(() => sessionOf(held)).toMatchObject(SIGNED_IN);
  });

  test('an ID token that fails its checks, the new tokens are used, and the claims stay', async ({ held }) => {
    const idToken = new UnsecuredJWT({ iss: stack.authorizationServer.issuer, sub: GRACE.sub, plan: 'free' }).encode();
    await setWorkerClockForward(held, TTL_SECONDS);
    const answer = json(200, { access_token: 'x', token_type: 'Bearer', expires_in: TTL_SECONDS, id_token: idToken });
    stack.authorizationServer.faults.plan(({ grantType }) => grantType === 'refresh_token', {
      stage: 'before',
      answer,
    });

    // The API does not know the access token of that answer, so there is another refresh, which brings a right one.
    expect(await callApi(held, stack)).toMatchObject({ status: 200 });

    expect(stack.authorizationServer.requests.count('token', 'refresh_token')).toBe(2);
    expect(await sessionOf(held)).toMatchObject(SIGNED_IN);
  });

  test.for<[what: string, members: object]>([
    ['an empty refresh token', { refresh_token: '' }],
    ['a refresh token and a scope that are null', { refresh_token: null, scope: null }],
    ['a lifetime of 0 and a list of scopes', { expires_in: 0, scope: ['openid', 'notes:read'] }],
    ['a lifetime that is null, and no ID token', { expires_in: null, id_token: null }],
  ])('%s, its access token is used, and the refresh token before is the next one', async ([, members], { held }) => {
    await setWorkerClockForward(held, TTL_SECONDS);
    const answer = json(200, { access_token: 'x', token_type: 'bearer', expires_in: TTL_SECONDS, ...members });
    stack.authorizationServer.faults.plan(({ grantType }) => grantType === 'refresh_token', {
      stage: 'before',
      answer,
    });

    // The API does not know the access token of that answer, so there is another refresh, which brings a right one.
    expect(await callApi(held, stack)).toMatchObject({ status: 200 });

    expect(stack.authorizationServer.requests.count('token', 'refresh_token')).toBe(2);
    expect(await sessionOf(held)).toMatchObject(SIGNED_IN);
  });

  test('503 again and again, it is not asked at every request', async ({ held }) => {
    await setWorkerClockForward(held, TTL_SECONDS);
    stack.authorizationServer.faults.plan(
      ({ grantType }) => grantType === 'refresh_token',
      { stage: 'before', answer: { status: 503 } },
      UNTIL_CLEARED,
    );

    const statuses = await held.evaluate(async (url) => {
      const seen: number[] = [];
      for (let count = 0; count < 30; count += 1) seen.push((await fetch(url)).status);
      return seen;
    }, `${stack.api.url}/me`);

    expect(new Set(statuses)).toEqual(new Set([503]));
    const sentAtMs = stack.authorizationServer.requests.list('token').map(({ atMs }) => atMs);
    const pausesMs = sentAtMs.slice(1).map((atMs, index) => atMs - (sentAtMs[index] ?? 0));
    // However long the requests take: each pause is at least half of one that doubles.
    expect(pausesMs.filter((pauseMs, failures) => pauseMs < 250 * 2 ** failures)).toEqual([]);
    expect(sentAtMs.length).toBeGreaterThan(0);
    stack.authorizationServer.faults.clear();
    await setWorkerClockForward(held, PAUSE_SECONDS);
    expect(await callApi(held, stack)).toMatchObject({ status: 200 });
  });

  test.for<[what: string, answer: FaultAnswer]>([
    ['400 invalid_grant', json(400, { error: 'invalid_grant' })],
    ['400 invalid_client', json(400, { error: 'invalid_client' })],
    ['400 without a body', { status: 400 }],
  ])(
    '%s, and the server does not know the user any more, the session has ended, says so in every tab, and requests pass',
    async ([, answer], { page, context }) => {
      await signIn(page, stack);
      stack.authorizationServer.endUserSessions();
      stack.authorizationServer.requests.clear();
      const other = await context.newPage();
      await openBarePage(other, stack);
      stack.authorizationServer.faults.plan(({ grantType }) => grantType === 'refresh_token', {
        stage: 'before',
        answer,
      });
      await setWorkerClockForward(page, TTL_SECONDS);

      // The page may leave for a silent sign-in before it has the answer.
      await callApi(page, stack).catch(() => undefined);

      const ended = {
        status: 'signed-out',
        reason: 'refused',
        lastError: { code: 'authorization_refused', serverCode: 'login_required', retryable: false },
      };
      await expect.poll(() => sessionIfAny(other)).toMatchObject(ended);
      await expect.poll(() => sessionIfAny(page)).toMatchObject(ended);
      // Each tab tells the others how its silent sign-in has ended, and may be on its way to one of its own.
      await expect
        .poll(() => callApi(page, stack))
        .toMatchObject({ status: 401, body: expect.stringContaining('needs an access token') });
      const { requests } = stack.authorizationServer;
      expect(requests.count('token', 'refresh_token')).toBe(1);
      // One for each tab, since all that a headless browser has are visible.
      expect(requests.count('authorization')).toBeLessThanOrEqual(2);
    },
  );

  test('a refusal because everything was revoked, one silent sign-in brings the session back, and the user to the page', async ({
    page,
  }) => {
    await signIn(page, stack);
    await page.evaluate(() => history.replaceState(null, '', '/bare?tab=2#part'));
    stack.authorizationServer.revokeTokens();
    stack.authorizationServer.requests.clear();
    await setWorkerClockForward(page, TTL_SECONDS);
    await markDocument(page);

    await callApi(page, stack).catch(() => {});

    await connectedAnew(page);
    expect(await sessionOf(page)).toMatchObject(SIGNED_IN);
    expect(page.url()).toBe(`${stack.app.origin}/bare?tab=2#part`);
    const { requests } = stack.authorizationServer;
    expect(requests.list('token', 'refresh_token').map(({ error }) => error)).toEqual(['invalid_grant']);
    expect(requests.list('authorization').map(({ parameters }) => parameters.get('prompt'))).toEqual(['none']);
    expect(requests.count('interaction')).toBe(0);
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  });
});

describe('when the access token is about to expire, and the token endpoint answers 503,', () => {
  test('requests go out with the current token', async ({ page }) => {
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
    onTestFinished(() => stack.authorizationServer.configure({ accessTokenTtlSeconds: TTL_SECONDS }));
    await signIn(page, stack);
    await setWorkerClockForward(page, 3600 - REFRESH_BEFORE_SECONDS);
    stack.authorizationServer.faults.plan(({ grantType }) => grantType === 'refresh_token', {
      stage: 'before',
      answer: { status: 503 },
    });

    expect(await callApi(page, stack)).toMatchObject({ status: 200 });

    expect(stack.authorizationServer.requests.count('token', 'refresh_token')).toBe(1);
  });
});

describe('when the token endpoint answers nothing in time', () => {
  test('requests get a problem with its code, and the session stays', async ({ page }) => {
    await signIn(page, stack);
    await setWorkerClockForward(page, TTL_SECONDS);
    const refresh = gateRequest(stack.authorizationServer.faults, ({ grantType }) => grantType === 'refresh_token');
    await shortenLimits(page);

    const { status, body } = await callApi(page, stack);
    refresh.open();

    expect(status).toBe(503);
    expect(JSON.parse(body)).toMatchObject({ code: 'token_endpoint_unavailable' });
    expect(await sessionOf(page)).toMatchObject(SIGNED_IN);
  });
});

/** A worker that does not wait for long any more, from when a test says so: a sign-in on a busy machine takes its time. */
function withShortLimits(script: string): string {
  return `{
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    self.addEventListener('message', ({ data, ports }) => {
      if (data?.type !== 'test:shorten-limits') return;
      AbortSignal.timeout = () => timeout(100);
      ports[0].postMessage('done');
    });
  }\n${script}`;
}

/** Makes the requests of the worker fail from now on, unless they are answered at once. */
async function shortenLimits(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = resolve;
        navigator.serviceWorker.controller?.postMessage({ type: 'test:shorten-limits' }, [port2]);
      }),
  );
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
