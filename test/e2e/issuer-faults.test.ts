import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { FaultAnswer } from '../servers/faults.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import { ADA } from '../servers/users.ts';
import { callApi, connected, openBarePage, sessionOf, signIn } from '../support/app-page.ts';
import { WHAT_TO_DO } from '../support/error-message.ts';
import { testWithHeldPage } from '../support/held-page.ts';
import { controlServiceWorkers } from '../support/service-worker.ts';
import { setWorkerClockForward, withClock } from '../support/worker-clock.ts';

const TTL_SECONDS = 1200;
const SIGNED_IN = { status: 'signed-in', claims: { sub: ADA.sub, plan: 'pro' } };
const UNTIL_CLEARED = Infinity;
const HTML: FaultAnswer = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<!doctype html><p>Sign in to the Wi-Fi.</p>',
};

let stack: Stack;
const test = testWithHeldPage(() => stack);
beforeAll(async () => {
  stack = await startStack({
    authorizationServer: { accessTokenTtlSeconds: TTL_SECONDS },
    app: { workerScript: withClock },
  });
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.requests.clear();
  stack.authorizationServer.faults.clear();
  stack.authorizationServer.goOnline();
});

function json(body: object): FaultAnswer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

describe('when the issuer answers a request for its metadata with', () => {
  const metadata = (changes: object): FaultAnswer =>
    json({
      issuer: stack.authorizationServer.issuer,
      authorization_endpoint: `${stack.authorizationServer.origin}/auth`,
      token_endpoint: `${stack.authorizationServer.origin}/token`,
      jwks_uri: `${stack.authorizationServer.origin}/jwks`,
      ...changes,
    });

  test.for<[what: string, answer: () => FaultAnswer | 'cut', code: string]>([
    ['those of another issuer', () => metadata({ issuer: 'https://as.evil.test' }), 'issuer_invalid'],
    ['none', () => json({}), 'issuer_invalid'],
    ['404', () => ({ status: 404 }), 'issuer_invalid'],
    ['a page of HTML', () => HTML, 'issuer_invalid'],
    ['half a JSON document', () => ({ ...json({}), body: '{"issuer":' }), 'issuer_invalid'],
    ['no PKCE with S256', () => metadata({ code_challenge_methods_supported: ['plain'] }), 'issuer_invalid'],
    ['no authorization endpoint', () => metadata({ authorization_endpoint: undefined }), 'issuer_invalid'],
    [
      'a script as its authorization endpoint',
      () => metadata({ authorization_endpoint: 'javascript:alert(1)' }),
      'issuer_invalid',
    ],
    ['429', () => ({ status: 429 }), 'issuer_unreachable'],
    ['503', () => ({ status: 503 }), 'issuer_unreachable'],
    ['503 without CORS headers', () => ({ status: 503, cors: 'omit' as const }), 'issuer_unreachable'],
    ['nothing: the connection is cut', () => 'cut', 'issuer_unreachable'],
  ])(
    '%s, login() rejects with its code, the page stays, and the session continues',
    async ([, answer, code], { held }) => {
      await forgetMetadata(held);
      stack.authorizationServer.faults.plan(
        ({ endpoint }) => endpoint === 'discovery',
        { stage: 'before', answer: answer() },
        UNTIL_CLEARED,
      );
      stack.authorizationServer.requests.clear();
      const { href } = new URL(held.url());

      const error = await loginError(held);

      expect(error).toMatchObject({ name: 'TokenwardError', code, retryable: code === 'issuer_unreachable' });
      expect(error.message).toContain(stack.authorizationServer.issuer);
      expect(error.message).toMatch(WHAT_TO_DO);
      expect(held.url()).toBe(href);
      expect(await sessionOf(held)).toMatchObject(SIGNED_IN);
      expect(await callApi(held, stack)).toMatchObject({ status: 200 });
      expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
    },
  );

  test.for<[what: string, answer: () => FaultAnswer, code: string]>([
    ['503', () => ({ status: 503 }), 'issuer_unreachable'],
    ['no authorization endpoint', () => metadata({ authorization_endpoint: undefined }), 'issuer_invalid'],
    [
      'a script as its authorization endpoint',
      () => metadata({ authorization_endpoint: 'javascript:alert(1)' }),
      'issuer_invalid',
    ],
    [
      'data as its authorization endpoint',
      () => metadata({ authorization_endpoint: 'data:text/html,x' }),
      'issuer_invalid',
    ],
  ])('%s, a link to the sign-in comes back with its code', async ([, answer, code], { held }) => {
    await forgetMetadata(held);
    stack.authorizationServer.faults.plan(
      ({ endpoint }) => endpoint === 'discovery',
      { stage: 'before', answer: answer() },
      UNTIL_CLEARED,
    );

    stack.authorizationServer.requests.clear();
    await held.goto(`${stack.app.origin}/auth/login?returnTo=/bare`);
    await connected(held);

    expect(new URL(held.url()).pathname).toBe('/bare');
    expect(await sessionOf(held)).toMatchObject({ ...SIGNED_IN, lastError: { code } });
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
  });

  test('503, and the access token has expired, requests get a problem with the code, and the session stays', async ({
    page,
  }) => {
    await signIn(page, stack);
    await forgetMetadata(page);
    await setWorkerClockForward(page, TTL_SECONDS);
    stack.authorizationServer.faults.plan(
      ({ endpoint }) => endpoint === 'discovery',
      { stage: 'before', answer: { status: 503 } },
      UNTIL_CLEARED,
    );

    const { status, body } = await callApi(page, stack);

    expect(status).toBe(503);
    expect(JSON.parse(body)).toMatchObject({ code: 'issuer_unreachable' });
    stack.authorizationServer.faults.clear();
    await setWorkerClockForward(page, 30);
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  });

  test('metadata the next time, login() succeeds', async ({ page }) => {
    await openBarePage(page, stack);
    stack.authorizationServer.goOffline();
    expect(await loginError(page)).toMatchObject({ code: 'issuer_unreachable' });
    stack.authorizationServer.goOnline();

    await page.evaluate(() => void window.tokenward.login());

    await page.waitForURL((url) => url.origin === stack.authorizationServer.origin);
  });
});

describe('when the issuer is down', () => {
  test('logout() still forgets the session, in every tab, and the page comes back', async ({ page, context }) => {
    await signIn(page, stack);
    const other = await context.newPage();
    await openBarePage(other, stack);
    await forgetMetadata(page);
    stack.authorizationServer.goOffline();

    await page.evaluate(() => void window.tokenward.logout());
    await page.waitForURL((url) => url.origin === stack.app.origin && url.pathname === '/');

    await expect
      .poll(() => sessionOf(other))
      .toEqual({ status: 'signed-out', reason: 'signed-out', revocation: 'open' });
    expect(await callApi(other, stack)).toMatchObject({ status: 401 });
  });

  test('the worker answers pages and requests with a session that is fresh', async ({ held }) => {
    await forgetMetadata(held);
    stack.authorizationServer.goOffline();

    await held.reload();
    await connected(held);

    expect(await sessionOf(held)).toMatchObject(SIGNED_IN);
    expect(await callApi(held, stack)).toMatchObject({ status: 200 });
  });
});

/** Metadata are kept in the worker's memory; a worker that was stopped asks for them anew. */
async function forgetMetadata(page: Page): Promise<void> {
  const workers = await controlServiceWorkers(page);
  await workers.stopAll();
}

function loginError(page: Page): Promise<{ name: string; code: string; message: string; retryable: boolean }> {
  return page.evaluate(() =>
    window.tokenward.login().then(
      () => ({ name: '', code: '', message: '', retryable: false }),
      ({ name, code, message, retryable }) => ({ name, code, message, retryable }),
    ),
  );
}
