import { describe, expect, test } from 'vitest';
import type { TokenwardOptions } from '../../src/configuration/configuration.ts';
import { exchangeAuthorizationCode } from '../../sw/oauth/authorization-response.ts';
import { prepareAuthorization } from '../../sw/oauth/authorization-request.ts';
import { revokeTokens } from '../../sw/oauth/revocation.ts';
import type { RevocableTokens } from '../../sw/session/open-revocation.ts';
import {
  APP_ORIGIN,
  clientOf,
  createScriptedServer,
  createSigningKey,
  ISSUER,
  type JwtChanges,
  tokenResponse,
} from '../support/scripted-server.ts';
import { LOGIN, startWorkerEndpoints } from '../support/worker-endpoints.ts';

const TOKENS = { access_token: 'refused-access', refresh_token: 'refused-refresh' };
const REFUSED = ['refused-refresh', 'refused-access'];

/** The tokens, as they would be revoked. */
function revealed({ refreshToken, accessTokens }: RevocableTokens): readonly (string | undefined)[] {
  return [refreshToken, ...Object.values(accessTokens).map(({ accessToken }) => accessToken)].map((token) =>
    token?.reveal(),
  );
}

/** The worker's endpoints, where a sign-in can end with an ID token that is refused. */
async function setUp(options: Partial<TokenwardOptions> = {}) {
  const endpoints = await startWorkerEndpoints(options);
  const { server, navigate, revoke, session } = endpoints;
  /** Exchanges the code of a sign-in for tokens whose ID token is right, but for the changes. @returns where the browser goes then */
  const signInWith = async (changes: JwtChanges, members: object = {}): Promise<URL> => {
    const { searchParams } = await navigate(`${LOGIN}?returnTo=/notes`);
    const claims = { nonce: searchParams.get('nonce'), ...changes.claims };
    server.answer('/token', async () =>
      tokenResponse({ ...TOKENS, id_token: await server.idToken({ ...changes, claims }), ...members }),
    );
    const state = searchParams.get('state') ?? '';
    return navigate(`${APP_ORIGIN}/auth/callback?${new URLSearchParams({ code: 'x', state, iss: ISSUER })}`);
  };
  const revoked = (): readonly (readonly (string | undefined)[])[] =>
    revoke.mock.calls.map(([tokens]) => revealed(tokens));
  const errorCode = async (): Promise<string | undefined> => (await session.view()).lastError?.code;
  return { ...endpoints, signInWith, revoked, errorCode };
}

describe('the tokens of a sign-in whose ID token is refused', () => {
  test.for<[what: string, changes: () => Promise<JwtChanges>, members?: object]>([
    ['for another nonce', async () => ({ claims: { nonce: 'other' } })],
    ['for another issuer', async () => ({ claims: { iss: 'https://as.evil.test' } })],
    ['for another client', async () => ({ claims: { aud: 'other' } })],
    ['for the signature of another key', async () => ({ key: await createSigningKey('key-1') })],
    ['for the hash of another access token', async () => ({ claims: { at_hash: 'other' } })],
    ['since there is none', async () => ({}), { id_token: undefined }],
  ])('%s are revoked, and the error stays the same', async ([, changes, members]) => {
    const { signInWith, revoked, errorCode } = await setUp();

    await signInWith(await changes(), members);

    await expect.poll(revoked).toEqual([REFUSED]);
    expect(await errorCode()).toBe('id_token_invalid');
  });

  test('are revoked while the browser goes on: a server that does not answer makes no page wait', async () => {
    const { signInWith, revoke, revoked, errorCode } = await setUp();
    revoke.mockReturnValue(new Promise(() => {}));

    const next = await signInWith({ claims: { nonce: 'other' } });

    expect(next.pathname).toBe('/notes');
    expect(await errorCode()).toBe('id_token_invalid');
    await expect.poll(revoked).toEqual([REFUSED]);
  });

  test('are revoked later if the server cannot be reached', async () => {
    const { signInWith, revoke, revoked, session } = await setUp();
    revoke.mockResolvedValueOnce(false);
    await signInWith({ claims: { nonce: 'other' } });
    await expect.poll(revoked).toEqual([REFUSED]);

    await session.sendRevocations();

    expect(revoked()).toEqual([REFUSED, REFUSED]);
  });

  test('are not revoked while the keys cannot be fetched: another attempt may succeed, in the same session of the server', async () => {
    const { server, signInWith, revoked, errorCode } = await setUp();
    server.answer('/jwks', () => new Response(null, { status: 503 }));

    await signInWith({});

    expect(await errorCode()).toBe('token_endpoint_unavailable');
    expect(revoked()).toEqual([]);
  });

  test('are revoked where their type is not the one that was asked for', async () => {
    const { signInWith, revoked, errorCode } = await setUp({ dpop: 'required' });

    await signInWith({});

    await expect.poll(revoked).toEqual([REFUSED]);
    expect(await errorCode()).toBe('token_response_invalid');
  });

  test('go to the server one after the other, the refresh token first', async () => {
    const server = await createScriptedServer();
    server.answer('/token', async () => tokenResponse({ ...TOKENS, id_token: await server.idToken() }));
    server.answer('/revoke', () => new Response());
    const known = clientOf(server);
    const discarded: Promise<boolean>[] = [];
    const context = {
      ...known,
      discard: (tokens: RevocableTokens) => void discarded.push(revokeTokens(known, tokens)),
    };
    const { pending } = await prepareAuthorization(context, { returnTo: '/', scopes: ['openid'], parameters: {} });
    const response = new URLSearchParams({ code: 'x', state: pending.state, iss: ISSUER });

    await expect(exchangeAuthorizationCode(context, response, pending)).rejects.toMatchObject({
      code: 'id_token_invalid',
    });

    expect(await Promise.all(discarded)).toEqual([true]);
    expect(server.requestsTo('/revoke').map(({ form }) => [form.get('token_type_hint'), form.get('token')])).toEqual([
      ['refresh_token', 'refused-refresh'],
      ['access_token', 'refused-access'],
    ]);
  });
});

describe('the tokens of a sign-in at a server without ID tokens', () => {
  const PLAIN = {
    openid: false,
    scopes: [],
    userInfo: { url: `${ISSUER}/user`, mapping: { sub: 'id' } },
    authorizationServer: {
      metadata: { authorization_endpoint: `${ISSUER}/authorize`, token_endpoint: `${ISSUER}/token` },
    },
  } satisfies Partial<TokenwardOptions>;

  test.for<[what: string, user: () => Response, code: string, expected: readonly (readonly string[])[]]>([
    ['that says nothing about the user are revoked', () => Response.json({}), 'userinfo_invalid', [REFUSED]],
    ['that cannot answer now are not revoked', () => new Response(null, { status: 503 }), 'userinfo_unavailable', []],
  ])('%s', async ([, user, code, expected]) => {
    const { server, signInWith, revoked, errorCode } = await setUp(PLAIN);
    server.answer('/user', user);

    await signInWith({});

    expect(await errorCode()).toBe(code);
    await expect.poll(revoked).toEqual(expected);
  });
});

describe('refused tokens, which may share the grant of a session that is there,', () => {
  test('are revoked when it has ended', async () => {
    const { signIn, signInWith, session, revoked, errorCode } = await setUp();
    await signIn({});

    await signInWith({ claims: { nonce: 'other' } });

    expect(await errorCode()).toBe('id_token_invalid');
    await session.sendRevocations();
    expect(revoked()).toEqual([]);
    await session.signOut();
    expect(revoked()).toHaveLength(2);
    expect(revoked()).toContainEqual(REFUSED);
  });

  test('wait for the next session too, if it is of the same user', async () => {
    const { signIn, signInWith, session, revoked } = await setUp();
    await signIn({});
    await signInWith({ claims: { nonce: 'other' } });

    await signIn({});
    await session.sendRevocations();

    expect(revoked()).toEqual([]);
    await session.signOut();
    expect(revoked()).toContainEqual(REFUSED);
  });

  test('wait while it is lost, and for the one that its renewal brings', async () => {
    const { signIn, signInWith, lose, renew, answer, session, revoked } = await setUp();
    await signIn({});
    await lose();

    await signInWith({ claims: { nonce: 'other' } });
    await session.sendRevocations();
    expect(revoked()).toEqual([]);

    await answer(await renew(), { sub: 'ada' });
    await session.sendRevocations();
    expect(revoked()).toEqual([]);
    await session.signOut();
    expect(revoked()).toContainEqual(REFUSED);
  });

  test('do not wait for the session of another user', async () => {
    const { signIn, signInWith, revoked } = await setUp();
    await signIn({});
    await signInWith({ claims: { nonce: 'other' } });

    await signIn({}, { sub: 'grace' });

    expect(revoked()).toHaveLength(2);
    expect(revoked()).toContainEqual(REFUSED);
  });
});
