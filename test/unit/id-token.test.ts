import { decodeJwt } from 'jose';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TokenwardOptions } from '../../src/configuration/configuration.ts';
import { prepareAuthorization } from '../../sw/oauth/authorization-request.ts';
import { exchangeAuthorizationCode } from '../../sw/oauth/authorization-response.ts';
import type { OAuthContext } from '../../sw/oauth/context.ts';
import { DEFAULT_TARGET } from '../../src/configuration/token-target.ts';
import { refreshAccessToken } from '../../sw/oauth/refresh.ts';
import type { TokenSet } from '../../sw/session/token-set.ts';
import { WHAT_TO_DO } from '../support/error-message.ts';
import {
  CLIENT_ID,
  clientOf,
  createScriptedServer,
  createSigningKey,
  ISSUER,
  type JwtChanges,
  type ScriptedServer,
  tokenResponse,
} from '../support/scripted-server.ts';

const NOW = Math.floor(Date.now() / 1000);
const INVALID = { code: 'id_token_invalid', retryable: false, message: expect.stringMatching(WHAT_TO_DO) };

let server: ScriptedServer;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 });
  server = await createScriptedServer();
});
afterEach(() => void vi.useRealTimers());

interface SignIn {
  readonly options?: Partial<TokenwardOptions>;
  readonly parameters?: Readonly<Record<string, string>>;
  /** The ID token itself, in place of one that is signed. */
  readonly idToken?: (rightOne: string) => string | undefined;
  readonly context?: OAuthContext;
}

/** Signs in; the ID token is right but for the changes. */
async function signIn(changes: JwtChanges = {}, given: SignIn = {}): Promise<TokenSet> {
  const {
    options = {},
    parameters = {},
    idToken = (rightOne) => rightOne,
    context = clientOf(server, options),
  } = given;
  const { pending } = await prepareAuthorization(context, { returnTo: '/', scopes: ['openid'], parameters });
  const { state, nonce } = pending;
  server.answer('/token', async () => {
    const token = await server.idToken({ ...changes, claims: { nonce, ...changes.claims } });
    return tokenResponse({ id_token: idToken(token), refresh_token: 'refresh' });
  });
  return exchangeAuthorizationCode(context, new URLSearchParams({ code: 'x', state, iss: ISSUER }), pending);
}

/** The left half of a SHA-256 hash, as `at_hash` and `c_hash` have it. */
async function hashOf(value: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(value));
  return Buffer.from(digest.slice(0, 16)).toString('base64url');
}

/** The claims of a JWT replaced, its signature kept. */
function withClaims(jwt: string, claims: object): string {
  const [header = '', , signature = ''] = jwt.split('.');
  return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
}

describe('an ID token is accepted', () => {
  test('with its own claims for the page, and without those that only bind it to its request', async () => {
    const hashes = { at_hash: await hashOf('access'), c_hash: await hashOf('x'), s_hash: 'x' };

    const { claims } = await signIn({ claims: { plan: 'pro', ...hashes } });

    expect(claims).toMatchObject({ sub: 'ada', iss: ISSUER, plan: 'pro' });
    expect(Object.keys(claims).toSorted()).toEqual(['aud', 'exp', 'iat', 'iss', 'plan', 'sub']);
  });

  test.for<[what: string, claims: Readonly<Record<string, unknown>>]>([
    ['that expired within the tolerance', { exp: NOW - 10 }],
    ['that begins within the tolerance', { nbf: NOW + 20 }],
    ['that is issued within the tolerance', { iat: NOW + 200 }],
    ['for this client, which is authorised', { azp: CLIENT_ID }],
    ['for several clients, this one authorised', { aud: [CLIENT_ID, 'other'], azp: CLIENT_ID }],
  ])('%s', async ([, claims]) => {
    expect(await signIn({ claims })).toMatchObject({ claims: { sub: 'ada' } });
  });

  test('after the server has changed its keys', async () => {
    const context = clientOf(server);
    await signIn({}, { context });
    const key = await createSigningKey('key-2');
    server.keys.splice(0, 1, key);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });

    expect(await signIn({ key }, { context })).toMatchObject({ claims: { sub: 'ada' } });
    expect(server.requestsTo('/jwks')).toHaveLength(2);
    await signIn({ key }, { context });
    expect(server.requestsTo('/jwks')).toHaveLength(2);
  });
});

describe('an ID token is refused', () => {
  test.for<[what: string, claims: Readonly<Record<string, unknown>>]>([
    ['of another issuer', { iss: 'https://as.evil.test' }],
    ['whose issuer differs in a slash', { iss: `${ISSUER}/` }],
    ['without an issuer', { iss: undefined }],
    ['for another client', { aud: 'other' }],
    ['for no client', { aud: undefined }],
    ['for several clients, and none authorised', { aud: [CLIENT_ID, 'other'] }],
    ['for several clients, another one authorised', { aud: [CLIENT_ID, 'other'], azp: 'other' }],
    ['with another nonce', { nonce: 'other' }],
    ['without a nonce', { nonce: undefined }],
    ['that has expired', { exp: NOW - 100 }],
    ['that never expires', { exp: undefined }],
    ['that begins later', { nbf: NOW + 100 }],
    ['without the time of its issue', { iat: undefined }],
    ['about nobody', { sub: undefined }],
    ['about a subject without a name', { sub: '' }],
    ['for this client, another one authorised', { azp: 'other' }],
    ['for no authorised client', { azp: '' }],
    ['for an authorised client that is no name', { azp: [CLIENT_ID] }],
    ['that is issued in an hour', { iat: NOW + 3600 }],
    ['that is issued tomorrow', { iat: NOW + 86_400, exp: NOW + 90_000 }],
    ['that belongs to another access token', { at_hash: 'MTIzNDU2Nzg5MDEyMzQ1Ng' }],
    ['that belongs to no access token', { at_hash: '' }],
    ['whose hash of the access token is none', { at_hash: null }],
    ['that belongs to another code', { c_hash: 'MTIzNDU2Nzg5MDEyMzQ1Ng' }],
    ['whose hash of the code is none', { c_hash: 7 }],
  ])('%s', async ([, claims]) => {
    await expect(signIn({ claims })).rejects.toMatchObject(INVALID);
  });

  test('with an algorithm that the metadata do not name', async () => {
    server.metadata['id_token_signing_alg_values_supported'] = ['RS256'];

    await expect(signIn()).rejects.toMatchObject(INVALID);
  });

  test.for<[what: string, idToken: (rightOne: string) => string | undefined]>([
    ['without a signature, by the algorithm none', (jwt) => [btoa('{"alg":"none"}'), jwt.split('.')[1], ''].join('.')],
    ['with its signature cut off', (jwt) => jwt.replace(/[^.]+$/, '')],
    [
      'whose claims were changed after it was signed',
      (jwt) =>
        withClaims(jwt, { ...JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()), sub: 'eve' }),
    ],
    ['that is no JWT', () => 'x'],
    ['that is not there', () => undefined],
  ])('%s', async ([, idToken]) => {
    await expect(signIn({}, { idToken })).rejects.toMatchObject(INVALID);
  });

  test('signed by another party under the name of a key of the server', async () => {
    await expect(signIn({ key: await createSigningKey('key-1') })).rejects.toMatchObject(INVALID);
  });

  test('signed by a key that the server does not have', async () => {
    await expect(signIn({ key: await createSigningKey('key-2') })).rejects.toMatchObject(INVALID);
  });
});

describe('a sign-in with max_age', () => {
  const RECENT = { claims: { auth_time: NOW - 30 } };
  const LONG_AGO = { claims: { auth_time: NOW - 1000 } };
  const AGELESS = { claims: { auth_time: undefined } };
  const ASKED: readonly SignIn[] = [
    { parameters: { max_age: '60' } },
    { options: { authorizationParameters: { max_age: '60' } } },
    // What the page asks for takes the place of what is always asked for: it is not the longer of the two.
    { options: { authorizationParameters: { max_age: '6000' } }, parameters: { max_age: '60' } },
  ];

  test.for(ASKED)('accepts an ID token whose auth_time is recent: %j', async (given) => {
    expect(await signIn(RECENT, given)).toMatchObject({ claims: { auth_time: NOW - 30 } });
  });

  test.for(ASKED)('refuses one whose auth_time is too long ago, or is not there: %j', async (given) => {
    await expect(signIn(LONG_AGO, given)).rejects.toMatchObject(INVALID);
    await expect(signIn(AGELESS, given)).rejects.toMatchObject(INVALID);
  });

  test('has no effect after the request for it', async () => {
    expect(await signIn(LONG_AGO)).toMatchObject({ claims: { sub: 'ada' } });
  });
});

describe('the ID token of a refresh', () => {
  /** A refresh whose ID token is right but for the changes. */
  async function refresh(changes: JwtChanges | undefined): Promise<TokenSet> {
    const context = clientOf(server);
    const before = await signIn({ claims: { plan: 'pro' } }, { context });
    server.answer('/token', async () =>
      tokenResponse({ access_token: 'next', id_token: changes && (await server.idToken(changes)) }),
    );
    return refreshAccessToken(context, before, DEFAULT_TARGET);
  }

  test('brings new claims', async () => {
    expect(await refresh({ claims: { plan: 'free' } })).toMatchObject({ claims: { sub: 'ada', plan: 'free' } });
  });

  test('says what time it is, though the clock of the machine was set back', async () => {
    const later = { iat: NOW + 7200, exp: NOW + 10_800 };

    expect(await refresh({ claims: later })).toMatchObject({ claims: later });
  });

  test('may repeat the nonce of the sign-in, from one refresh to the next', async () => {
    const context = clientOf(server);
    let tokens = await signIn({ claims: { plan: 'pro' } }, { context });
    const { nonce } = decodeJwt(tokens.idToken?.reveal() ?? '');
    server.answer('/token', async () =>
      tokenResponse({ id_token: await server.idToken({ claims: { nonce, plan: 'free' } }) }),
    );

    for (let round = 0; round < 2; round += 1) tokens = await refreshAccessToken(context, tokens, DEFAULT_TARGET);

    expect(nonce).toEqual(expect.any(String));
    expect(tokens).toMatchObject({ claims: { plan: 'free' } });
  });

  test('of another user is refused, whatever its nonce', async () => {
    await expect(refresh({ claims: { sub: 'eve', nonce: 'other' } })).rejects.toMatchObject(INVALID);
  });

  test('may be left out: the claims stay', async () => {
    expect(await refresh(undefined)).toMatchObject({ claims: { sub: 'ada', plan: 'pro' } });
  });

  test('of another user is refused (OpenID Connect Core 1.0, section 12.2)', async () => {
    await expect(refresh({ claims: { sub: 'eve' } })).rejects.toMatchObject(INVALID);
  });

  test.for<[what: string, changes: JwtChanges]>([
    ['of another issuer', { claims: { iss: 'https://as.evil.test', plan: 'free' } }],
    ['for another client', { claims: { aud: 'other', plan: 'free' } }],
    ['that has expired', { claims: { exp: 1, plan: 'free' } }],
    ['that no key of the server has signed', { kid: 'key-2', claims: { plan: 'free' } }],
    ['with the nonce of another sign-in', { claims: { nonce: 'other', plan: 'free' } }],
  ])('%s is ignored, and the tokens that came with it are used', async ([, changes]) => {
    const tokens = await refresh(changes);

    expect(tokens.claims).toMatchObject({ plan: 'pro' });
    expect(tokens.accessTokens['']?.accessToken.reveal()).toBe('next');
  });
});
