import { beforeEach, describe, expect, test } from 'vitest';
import type { TokenwardOptions } from '../../src/configuration/configuration.ts';
import { prepareAuthorization } from '../../sw/oauth/authorization-request.ts';
import { exchangeAuthorizationCode, stateOf } from '../../sw/oauth/authorization-response.ts';
import type { PendingAuthorization } from '../../sw/oauth/pending-authorization.ts';
import type { TokenSet } from '../../sw/session/token-set.ts';
import { WHAT_TO_DO } from '../support/error-message.ts';
import {
  clientOf,
  createScriptedServer,
  createSigningKey,
  ISSUER,
  type JwtChanges,
  leftHalfHash,
  type ScriptedServer,
  tokenResponse,
} from '../support/scripted-server.ts';

const INVALID = { code: 'authorization_response_invalid', message: expect.stringMatching(WHAT_TO_DO) };

let server: ScriptedServer;
beforeEach(async () => {
  server = await createScriptedServer();
});

/** Begins a sign-in, answers it, and exchanges the code. */
async function signIn(
  options: Partial<TokenwardOptions>,
  respond: (pending: PendingAuthorization) => Promise<Readonly<Record<string, string>>>,
  tokenChanges: JwtChanges = {},
): Promise<TokenSet> {
  const context = clientOf(server, options);
  const request = { returnTo: '/', scopes: ['openid'], parameters: {} };
  const { pending } = await prepareAuthorization(context, request);
  server.answer('/token', async () =>
    tokenResponse({
      id_token: await server.idToken({ ...tokenChanges, claims: { nonce: pending.nonce, ...tokenChanges.claims } }),
    }),
  );
  return exchangeAuthorizationCode(context, new URLSearchParams(await respond(pending)), pending);
}

describe('a response in the query', () => {
  test('is exchanged with the verifier that only the worker has', async () => {
    const { claims } = await signIn({}, async ({ state }) => ({ code: 'the-code', state, iss: ISSUER }));

    expect(claims.sub).toBe('ada');
    const [request] = server.requestsTo('/token');
    expect(request?.headers.has('authorization')).toBe(false);
    expect(Object.fromEntries(request?.form ?? [])).toEqual({
      client_id: 'spa',
      grant_type: 'authorization_code',
      code: 'the-code',
      redirect_uri: 'https://app.example/auth/callback',
      code_verifier: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  test('without iss is accepted if the metadata promises none, and refused if it promises one (RFC 9207)', async () => {
    await expect(signIn({}, async ({ state }) => ({ code: 'x', state }))).rejects.toMatchObject(INVALID);

    server = await createScriptedServer();
    server.metadata['authorization_response_iss_parameter_supported'] = undefined;

    expect(await signIn({}, async ({ state }) => ({ code: 'x', state }))).toMatchObject({ claims: { sub: 'ada' } });
  });

  test.for<[what: string, changes: Readonly<Record<string, string>>]>([
    ['of another issuer', { iss: 'https://as.evil.test' }],
    ['with an issuer that differs in a slash', { iss: `${ISSUER}/` }],
    ['with another state', { state: 'other' }],
    ['with an ID token that the request did not ask for', { id_token: 'x' }],
    ['with a JWT that the request did not ask for', { response: 'x' }],
  ])('%s is refused, and no code is sent', async ([, changes]) => {
    const response = signIn({}, async ({ state }) => ({ code: 'x', state, iss: ISSUER, ...changes }));

    await expect(response).rejects.toMatchObject(INVALID);
    expect(server.requestsTo('/token')).toEqual([]);
  });
});

describe('the error of an ID token that is refused', () => {
  test.for<[claim: string, claims: Readonly<Record<string, unknown>>]>([
    ['"aud"', { aud: 'evil' }],
    ['"azp"', { azp: 'evil' }],
    ['"nonce"', { nonce: 'evil' }],
    ['"exp"', { exp: 1 }],
    ['"iat"', { iat: undefined }],
    ['"sub"', { sub: '' }],
  ])('names %s, and not its value', async ([claim, claims]) => {
    const signingIn = signIn({}, async ({ state }) => ({ code: 'x', state, iss: ISSUER }), { claims });

    const error: unknown = await signingIn.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'id_token_invalid', message: expect.stringContaining(claim) });
    expect(String(error)).not.toContain('evil');
  });

  test.for<[parameter: string, changes: Readonly<Record<string, string>>]>([
    ['"iss"', { iss: 'https://as.evil.test' }],
    ['"state"', { state: 'evil' }],
    ['"code"', { code: '' }],
  ])('names the parameter %s of the authorization response, and not its value', async ([parameter, changes]) => {
    const response = signIn({}, async ({ state }) => ({ code: 'evil', state, iss: ISSUER, ...changes }));

    const error: unknown = await response.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: expect.stringContaining(parameter) });
    expect(String(error)).not.toContain('evil');
  });
});

describe('a response of the hybrid flow', () => {
  const HYBRID = { responseType: 'code id_token' } as const;

  /** A response that is right, but for the changes to its ID token. */
  const respond =
    (changes: JwtChanges = {}) =>
    async ({ state, nonce }: PendingAuthorization): Promise<Readonly<Record<string, string>>> => ({
      code: 'the-code',
      state,
      id_token: await server.idToken({
        ...changes,
        claims: { nonce, c_hash: leftHalfHash('the-code'), ...changes.claims },
      }),
    });

  test('is requested in the fragment', async () => {
    const request = { returnTo: '/', scopes: ['openid'], parameters: {} };
    const { url } = await prepareAuthorization(clientOf(server, HYBRID), request);

    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code id_token',
      response_mode: 'fragment',
    });
  });

  test('is accepted with an ID token that matches its code', async () => {
    expect(await signIn(HYBRID, respond())).toMatchObject({ claims: { sub: 'ada' } });
  });

  test.for<[what: string, changes: JwtChanges]>([
    ['without c_hash', { claims: { c_hash: undefined } }],
    ['with the c_hash of another code', { claims: { c_hash: leftHalfHash('other') } }],
    ['with another nonce', { claims: { nonce: 'other' } }],
    ['without a nonce', { claims: { nonce: undefined } }],
    ['with the s_hash of another state', { claims: { s_hash: leftHalfHash('other') } }],
    ['of another issuer', { claims: { iss: 'https://as.evil.test' } }],
    ['for another client', { claims: { aud: 'other' } }],
    ['that has expired', { claims: { exp: 1 } }],
    ['signed by a key that the server does not have', { kid: 'key-2' }],
  ])('is refused with an ID token %s, and no code is sent', async ([, changes]) => {
    await expect(signIn(HYBRID, respond(changes))).rejects.toMatchObject(INVALID);
    expect(server.requestsTo('/token')).toEqual([]);
  });

  test('is refused with an ID token that another party has signed', async () => {
    const key = await createSigningKey('key-1');

    await expect(signIn(HYBRID, respond({ key }))).rejects.toMatchObject(INVALID);
  });

  test('is refused without an ID token', async () => {
    const response = signIn(HYBRID, async ({ state }) => ({ code: 'x', state, iss: ISSUER }));

    await expect(response).rejects.toMatchObject(INVALID);
  });

  test('is refused if the token endpoint names another user', async () => {
    await expect(signIn(HYBRID, respond(), { claims: { sub: 'eve' } })).rejects.toMatchObject({
      code: 'id_token_invalid',
    });
  });

  test('is not refused finally while the keys cannot be fetched', async () => {
    server.answer('/jwks', () => new Response(null, { status: 503 }));

    await expect(signIn(HYBRID, respond())).rejects.toMatchObject({ code: 'token_endpoint_unavailable' });
  });
});

describe('a response in a JWT (JARM)', () => {
  const respond =
    (changes: JwtChanges = {}) =>
    async ({ state }: PendingAuthorization): Promise<Readonly<Record<string, string>>> => ({
      response: await server.idToken({ ...changes, claims: { state, code: 'the-code', ...changes.claims } }),
    });

  test.for(['query.jwt', 'fragment.jwt'] as const)('is good as %s', async (responseMode) => {
    expect(await signIn({ responseMode }, respond())).toMatchObject({ claims: { sub: 'ada' } });
    expect(server.requestsTo('/token')[0]?.form.get('code')).toBe('the-code');
  });

  test('says which request it answers', async () => {
    expect(stateOf(new URLSearchParams({ response: await server.idToken({ claims: { state: 'mine' } }) }))).toBe(
      'mine',
    );
    expect(stateOf(new URLSearchParams({ response: 'x.y.z' }))).toBe('');
    expect(stateOf(new URLSearchParams({ response: await server.idToken({ claims: { state: 7 } }) }))).toBe('');
  });

  test.for<[what: string, changes: JwtChanges]>([
    ['of another issuer', { claims: { iss: 'https://as.evil.test' } }],
    ['for another client', { claims: { aud: 'other' } }],
    ['that has expired', { claims: { exp: 1 } }],
    ['without a time', { claims: { exp: undefined } }],
    ['with another state', { claims: { state: 'other' } }],
    ['without a code', { claims: { code: undefined } }],
    ['signed by a key that the server does not have', { kid: 'key-2' }],
  ])('is refused if it is one %s, and no code is sent', async ([, changes]) => {
    await expect(signIn({ responseMode: 'query.jwt' }, respond(changes))).rejects.toMatchObject(INVALID);
    expect(server.requestsTo('/token')).toEqual([]);
  });

  test('is refused without its signature, or as plain parameters', async () => {
    const unsigned = async (pending: PendingAuthorization): Promise<Readonly<Record<string, string>>> => {
      const { response = '' } = await respond()(pending);
      return { response: [btoa('{"alg":"none"}'), response.split('.')[1], ''].join('.') };
    };

    await expect(signIn({ responseMode: 'query.jwt' }, unsigned)).rejects.toMatchObject(INVALID);
    await expect(
      signIn({ responseMode: 'query.jwt' }, async ({ state }) => ({ code: 'x', state, iss: ISSUER })),
    ).rejects.toMatchObject(INVALID);
  });

  test('may be an error', async () => {
    const refused = signIn({ responseMode: 'query.jwt' }, respond({ claims: { error: 'access_denied' } }));

    await expect(refused).rejects.toMatchObject({ code: 'authorization_refused', serverCode: 'access_denied' });
  });
});
