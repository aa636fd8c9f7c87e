import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, connected, fillLoginPage, openBarePage, sessionOf } from '../support/app-page.ts';
import { WHAT_TO_DO } from '../support/error-message.ts';
import { testWithHeldPage } from '../support/held-page.ts';

let stack: Stack;
const test = testWithHeldPage(() => stack);
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 600 });
  stack.authorizationServer.requests.clear();
});

/** Begins a sign-in that asks for the login page again, and gives the `state` of its request. */
async function beginSignIn(page: Page, returnTo: string = '/bare'): Promise<string> {
  await page.goto(`${stack.app.origin}/auth/login?${new URLSearchParams({ returnTo })}`);
  const request = stack.authorizationServer.requests.list('authorization').at(-1);
  return request?.parameters.get('state') ?? '';
}

/** Makes a sign-in that the server refuses to finish without the user, so that its response can be forged. */
async function pendingState(page: Page): Promise<string> {
  stack.authorizationServer.endUserSessions();
  return await beginSignIn(page);
}

/** Answers a request with a response, and gives what the page is told afterwards. */
async function respond(
  page: Page,
  parameters: Readonly<Record<string, string>>,
  sign: '?' | '#' = '?',
): Promise<unknown> {
  await page.goto(`${stack.app.origin}/auth/callback${sign}${new URLSearchParams(parameters)}`);
  const { search, hash } = new URL(page.url());
  expect({ search, hash: hash.replace('#/', '') }).toEqual({ search: '', hash: '' });
  await openBarePage(page, stack);
  const { lastError, ...session } = await sessionOf(page);
  expect(lastError?.message).toMatch(WHAT_TO_DO);
  expect(session).toMatchObject({ status: 'signed-in', claims: { sub: 'user-ada' } });
  return lastError;
}

describe('an authorization response is refused, no code of it is used, and the earlier session continues,', () => {
  test.for<[what: string, response: () => Readonly<Record<string, string>>]>([
    ['whose iss is another server', () => ({ code: 'x', iss: 'https://as.evil.test' })],
    [
      'whose iss only begins like the server',
      () => ({ code: 'x', iss: `${stack.authorizationServer.issuer}.evil.test` }),
    ],
    ['without the iss that the server promises', () => ({ code: 'x' })],
    [
      'with a code and an error of another server',
      () => ({ code: 'x', error: 'access_denied', iss: 'https://as.evil.test' }),
    ],
    ['with neither a code nor an error', () => ({ iss: stack.authorizationServer.issuer })],
    [
      'with an access token in place of a code',
      () => ({ access_token: 'x', token_type: 'Bearer', iss: stack.authorizationServer.issuer }),
    ],
    ['with an ID token in place of a code', () => ({ id_token: 'x', iss: stack.authorizationServer.issuer })],
    ['with a JWT response that no request asked for', () => ({ response: 'x', iss: stack.authorizationServer.issuer })],
  ])('%s', async ([, response], { held }) => {
    const state = await pendingState(held);
    stack.authorizationServer.requests.clear();

    expect(await respond(held, { state, ...response() })).toMatchObject({
      code: 'authorization_response_invalid',
      retryable: false,
    });

    expect(stack.authorizationServer.requests.count('token')).toBe(0);
    expect(await callApi(held, stack)).toMatchObject({ status: 200 });
  });

  test.for<[what: string, parameters: Readonly<Record<string, string>>]>([
    ['with a state that was made up', { code: 'x', state: 'made-up' }],
    ['without a state', { code: 'x' }],
    ['with an error and a state that was made up', { error: 'access_denied', state: 'made-up' }],
    ['with a token, as of the implicit flow', { access_token: 'x', token_type: 'Bearer' }],
  ])('%s, in the query or in the fragment', async ([, parameters], { held }) => {
    const response = { ...parameters, iss: stack.authorizationServer.issuer };

    expect(await respond(held, response)).toMatchObject({ code: 'authorization_response_invalid' });
    await signInAnew(held);
    expect(await respond(held, response, '#')).toMatchObject({ code: 'authorization_response_invalid' });

    expect(stack.authorizationServer.requests.list('token').every(({ status }) => status === 200)).toBe(true);
  });

  test('that was used before, every parameter of it right', async ({ held }) => {
    const responses: string[] = [];
    held.on('request', (request) => {
      if (new URL(request.url()).pathname === '/auth/callback') responses.push(request.url());
    });
    await pendingState(held);
    await fillLoginPage(held);
    await held.waitForURL((url) => url.origin === stack.app.origin);
    await connected(held);
    const used = Object.fromEntries(new URL(responses[0] ?? '').searchParams);
    expect(Object.keys(used).toSorted()).toEqual(['code', 'iss', 'state']);
    stack.authorizationServer.requests.clear();

    expect(await respond(held, used)).toMatchObject({ code: 'authorization_response_invalid' });

    expect(stack.authorizationServer.requests.count('token')).toBe(0);
  });

  test('that belongs to another browser, as in a login CSRF', async ({ held, page }) => {
    await openBarePage(page, stack);
    const state = await beginSignIn(page);
    stack.authorizationServer.requests.clear();

    expect(await respond(held, { code: 'x', state, iss: stack.authorizationServer.issuer })).toMatchObject({
      code: 'authorization_response_invalid',
    });

    expect(stack.authorizationServer.requests.count('token')).toBe(0);
  });

  test('after another response has spent its state', async ({ held }) => {
    const state = await pendingState(held);
    await respond(held, { state, code: 'x', iss: 'https://as.evil.test' });
    stack.authorizationServer.requests.clear();

    const error = await respond(held, { state, code: 'x', iss: stack.authorizationServer.issuer });

    expect(error).toMatchObject({ code: 'authorization_response_invalid' });
    expect(stack.authorizationServer.requests.count('token')).toBe(0);
  });
});

describe('an error of the authorization server', () => {
  test('ends the sign-in in authorization_refused with its code: the user has cancelled', async ({ page }) => {
    await openBarePage(page, stack);
    await beginSignIn(page, '/bare?tab=2');

    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.waitForURL((url) => url.origin === stack.app.origin);
    await connected(page);

    expect(page.url()).toMatch(/\/bare\?tab=2$/);
    expect(await sessionOf(page)).toMatchObject({
      status: 'signed-out',
      reason: 'not-signed-in',
      lastError: { code: 'authorization_refused', serverCode: 'access_denied', retryable: false },
    });
    expect(stack.authorizationServer.requests.count('token')).toBe(0);
  });

  test('does not end the current session', async ({ held }) => {
    const state = await pendingState(held);

    const error = await respond(held, {
      state,
      error: 'temporarily_unavailable',
      iss: stack.authorizationServer.issuer,
    });

    expect(error).toMatchObject({ code: 'authorization_refused', serverCode: 'temporarily_unavailable' });
    expect(await callApi(held, stack)).toMatchObject({ status: 200 });
  });

  test.for<[what: string, code: string]>([
    ['markup', '<script>alert(1)</script>"'],
    ['very long', 'x'.repeat(1000)],
    ['no ASCII', 'naïve'],
  ])(
    'is repeated only if it is a code that RFC 6749 allows, and its description never: %s',
    async ([, code], { held }) => {
      const state = await pendingState(held);
      const description = 'Call 555-1234 to unlock your account.';

      const error = await respond(held, {
        state,
        error: code,
        error_description: description,
        iss: stack.authorizationServer.issuer,
      });

      expect(error).toMatchObject({ code: 'authorization_refused', serverCode: 'unknown_error' });
      expect(JSON.stringify(error)).not.toContain('555');
      expect(JSON.stringify(error)).not.toContain(code);
    },
  );
});

describe('two tabs that sign in at once', () => {
  test('both succeed', async ({ page, context }) => {
    const other = await context.newPage();
    await openBarePage(page, stack);
    await openBarePage(other, stack);
    await beginSignIn(page, '/bare?tab=1');
    await beginSignIn(other, '/bare?tab=2');

    for (const tab of [other, page]) {
      await fillLoginPage(tab);
      await tab.waitForURL((url) => url.origin === stack.app.origin);
      await connected(tab);
    }

    expect(page.url()).toMatch(/\?tab=1/);
    expect(other.url()).toMatch(/\?tab=2/);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    expect(await sessionOf(page)).not.toHaveProperty('lastError');
  });
});

describe('the page that a sign-in ends at', () => {
  test.for([
    'https://evil.test/',
    '//evil.test/',
    '/\\evil.test/',
    '\\\\evil.test',
    'javascript:alert(1)',
    'data:text/html,x',
    'blob:http://localhost/x',
    'http://localhost:1/',
  ])('is never of another origin: %s', async (returnTo, { held }) => {
    await held.goto(`${stack.app.origin}/auth/login?${new URLSearchParams({ returnTo })}`);
    if (new URL(held.url()).origin === stack.authorizationServer.origin) {
      await fillLoginPage(held);
      await held.waitForURL((url) => url.origin === stack.app.origin);
    }

    expect(new URL(held.url()).origin).toBe(stack.app.origin);
    expect(new URL(held.url()).pathname).toBe('/');
  });
});

/** A sign-in that ends well takes the error of the one before away. */
async function signInAnew(page: Page): Promise<void> {
  await beginSignIn(page);
  if (new URL(page.url()).origin === stack.authorizationServer.origin) {
    await fillLoginPage(page);
    await page.waitForURL((url) => url.origin === stack.app.origin);
  }
  await connected(page);
  expect(await sessionOf(page)).not.toHaveProperty('lastError');
}
