import type { AdoptedTokens } from 'tokenward';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, openBarePage, sessionOf } from '../support/app-page.ts';
import { testWithHeldPage } from '../support/held-page.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    authorizationServer: { accessTokenTtlSeconds: 600 },
    app: { worker: { adoption: 'allow' } },
  });
});
afterAll(() => stack.close());

/** `tokens`: what the app's own sign-in code would hold, fresh from the authorization server. */
const test = testWithHeldPage(() => stack).extend('tokens', { scope: 'file' }, ({ held }): AdoptedTokens => {
  expect(new URL(held.url()).origin).toBe(stack.app.origin);
  const { accessTokens, refreshTokens, idTokens } = stack.authorizationServer.issued;
  return {
    accessToken: latest(accessTokens),
    refreshToken: latest(refreshTokens),
    idToken: latest(idTokens),
    expiresInSeconds: 600,
    scopes: ['openid', 'notes:read'],
  };
});

describe('adopt()', () => {
  test('is refused unless the configuration allows it', async ({ page, tokens }) => {
    const own = await startStack();
    onTestFinished(() => own.close());
    await openBarePage(page, own);

    expect(await adopt(page, tokens)).toMatchObject({ code: 'adoption_not_allowed', retryable: false });

    expect(await sessionOf(page)).toEqual({ status: 'signed-out', reason: 'not-signed-in' });
    expect(await callApi(page, own)).toMatchObject({ status: 401 });
  });

  test('accepts the tokens of the app’s own sign-in code, in every tab, and renews them', async ({
    page,
    context,
    tokens,
  }) => {
    await openBarePage(page, stack);
    const other = await context.newPage();
    await openBarePage(other, stack);

    expect(await adopt(page, { ...tokens, expiresInSeconds: 0 })).toBeUndefined();

    await expect
      .poll(() => sessionOf(other))
      .toMatchObject({
        status: 'signed-in',
        claims: { sub: 'user-ada', plan: 'pro' },
        scopes: ['openid', 'notes:read'],
      });
    await expect.poll(() => sessionOf(page)).toEqual(await sessionOf(other));
    stack.authorizationServer.requests.clear();
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    expect(stack.authorizationServer.requests.count('token', 'refresh_token')).toBe(1);
  });

  test.for<[what: string, forge: (tokens: AdoptedTokens) => AdoptedTokens]>([
    ['was changed', (tokens) => ({ ...tokens, idToken: withClaims(tokens.idToken, { sub: 'user-grace' }) })],
    [
      'is of another issuer',
      (tokens) => ({ ...tokens, idToken: withClaims(tokens.idToken, { iss: 'https://as.evil.test' }) }),
    ],
    ['is for another client', (tokens) => ({ ...tokens, idToken: withClaims(tokens.idToken, { aud: 'other' }) })],
    ['has expired', (tokens) => ({ ...tokens, idToken: withClaims(tokens.idToken, { exp: 1 }) })],
    ['is none', (tokens) => ({ ...tokens, idToken: 'x.y.z' })],
  ])('refuses tokens whose ID token %s, and the current session continues', async ([, forge], { held, tokens }) => {
    const before = await sessionOf(held);

    expect(await adopt(held, forge(tokens))).toMatchObject({ code: 'id_token_invalid' });

    expect(await sessionOf(held)).toEqual(before);
    expect(await callApi(held, stack)).toMatchObject({ status: 200 });
  });

  test.for<[what: string, change: object]>([
    ['no access token', { accessToken: undefined }],
    ['an empty access token', { accessToken: '' }],
    ['no ID token', { idToken: undefined }],
    ['no lifetime', { expiresInSeconds: undefined }],
    ['a lifetime that is no number', { expiresInSeconds: '600' }],
    ['a lifetime below zero', { expiresInSeconds: -1 }],
    ['an endless lifetime', { expiresInSeconds: Infinity }],
    ['a lifetime that is not a number at all', { expiresInSeconds: Number.NaN }],
    ['a refresh token that is no string', { refreshToken: 7 }],
    ['scopes that are no list', { scopes: 'openid' }],
  ])('refuses a call with %s', async ([, change], { held, tokens }) => {
    const before = await sessionOf(held);

    const error = await adopt(held, { ...tokens, ...change });

    expect(error?.code).toMatch(/^(request_invalid|token_response_invalid)$/);
    expect(await sessionOf(held)).toEqual(before);
  });
});

/** Calls `adopt()`, and gives the error that it rejected with, if it did. */
function adopt(page: Page, tokens: object): Promise<{ code: string; retryable: boolean } | undefined> {
  return page.evaluate(async (value) => {
    try {
      // What a page gives is whatever it gives.
      await Reflect.apply(window.tokenward.adopt, undefined, [value]);
      return undefined;
    } catch (error) {
      return error instanceof Error && 'code' in error && 'retryable' in error
        ? { code: String(error.code), retryable: error.retryable === true }
        : { code: String(error), retryable: false };
    }
  }, tokens);
}

/** An ID token with other claims under the old signature. */
function withClaims(idToken: string, claims: object): string {
  const [header = '', payload = '', signature = ''] = idToken.split('.');
  const changed: object = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), ...claims };
  return [header, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.');
}

function latest(secrets: ReadonlySet<string>): string {
  return [...secrets].at(-1) ?? '';
}
