import { beforeEach, describe, expect, test } from 'vitest';
import type { TokenwardOptions } from '../../src/configuration/configuration.ts';
import { fingerprintOf, isOfSameClient } from '../../src/configuration/fingerprint.ts';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import { DEFAULT_TARGET } from '../../src/configuration/token-target.ts';
import { isTokenwardError } from '../../src/protocol/error.ts';
import { prepareAuthorization } from '../../sw/oauth/authorization-request.ts';
import { exchangeAuthorizationCode } from '../../sw/oauth/authorization-response.ts';
import type { OAuthContext } from '../../sw/oauth/context.ts';
import { parseAuthorizationRequest } from '../../sw/oauth/parse-authorization-request.ts';
import { refreshAccessToken } from '../../sw/oauth/refresh.ts';
import { requestUserInfo } from '../../sw/oauth/user-info.ts';
import { parseTokenSet, type TokenSet } from '../../sw/session/token-set.ts';
import { startSession } from '../../sw/session/session-changes.ts';
import { BEFORE_ALL } from '../../sw/session/session-order.ts';
import { revealTokens } from '../../sw/vault/token.ts';
import { WHAT_TO_DO } from '../support/error-message.ts';
import {
  APP_ORIGIN,
  clientOf,
  createScriptedServer,
  ISSUER,
  type ScriptedServer,
  tokenResponse,
} from '../support/scripted-server.ts';

const USER_URL = 'https://api.example/user?v=3';
const PLAIN = {
  openid: false,
  userInfo: { url: USER_URL, mapping: { sub: 'id', name: 'login', team: 'team.name' } },
  authorizationServer: {
    metadata: { authorization_endpoint: `${ISSUER}/authorize`, token_endpoint: `${ISSUER}/token` },
  },
} satisfies Partial<TokenwardOptions>;
/** The same server, of which the configuration does not say who the user is. */
const UNKNOWN: Partial<TokenwardOptions> = { openid: false, authorizationServer: PLAIN.authorizationServer };
const USER = { id: 583231, login: 'ada', email: 'ada@example.test', team: { name: 'engines', id: 7 } };

let server: ScriptedServer;
beforeEach(async () => {
  server = await createScriptedServer();
  server.answer('/token', () => tokenResponse({ refresh_token: 'refresh' }));
  server.answer('/user', () => Response.json(USER));
});

function connect(options: Partial<TokenwardOptions> = {}): OAuthContext {
  return clientOf(server, { ...PLAIN, ...options });
}

async function signIn(context: OAuthContext, parameters: object = {}): Promise<TokenSet> {
  const request = { returnTo: '/', scopes: context.configuration.scopes, parameters: {} };
  const { pending } = await prepareAuthorization(context, request);
  const response = new URLSearchParams({ code: 'the-code', state: pending.state, ...parameters });
  return exchangeAuthorizationCode(context, response, pending);
}

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.then(
    () => 'no error',
    (reason: unknown) => reason,
  );
  if (!isTokenwardError(error)) return String(error);
  expect(error.message).toMatch(WHAT_TO_DO);
  return error.code;
}

describe('a sign-in at a server of plain OAuth 2.0', () => {
  test('has PKCE and state, no nonce, and no scope unless one is configured', async () => {
    const request = { returnTo: '/', scopes: [], parameters: {} };
    const { url } = await prepareAuthorization(connect(), request);

    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'spa',
      response_type: 'code',
      redirect_uri: 'https://app.example/auth/callback',
      state: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
  });

  test('needs no metadata and no keys, and sends the verifier', async () => {
    await signIn(connect());

    expect(server.requests.map(({ url }) => url)).toEqual([`${ISSUER}/token`, USER_URL]);
    expect(server.requestsTo('/token')[0]?.form.get('code_verifier')).toMatch(/^[\w-]{43}$/);
  });

  test('requests the metadata of RFC 8414 unless the configuration names another URL', async () => {
    server.metadata['issuer'] = `${ISSUER}/tenant`;
    server.answer('/.well-known/oauth-authorization-server/tenant', () => Response.json(server.metadata));

    const context = clientOf(server, { issuer: `${ISSUER}/tenant`, openid: false });

    expect(await context.metadata()).toMatchObject({ issuer: `${ISSUER}/tenant` });
  });

  test('gives the session the mapped members of the user, and no other', async () => {
    const { claims, idToken } = await signIn(connect());

    expect(claims).toEqual({ sub: '583231', name: 'ada', team: 'engines' });
    expect(idToken).toBeUndefined();
    expect(server.requestsTo('/user')[0]?.headers.get('authorization')).toBe('Bearer access');
  });

  test('does not trust an ID token that comes all the same', async () => {
    const forged = await server.idToken({ claims: { sub: 'eve', nonce: 'x' } });
    server.answer('/token', () => tokenResponse({ id_token: forged }));

    expect(await signIn(connect())).toMatchObject({ claims: { sub: '583231' }, idToken: undefined });
  });

  test.for<[what: string, answer: () => Response, code: string]>([
    ['no subject', () => Response.json({ login: 'ada' }), 'userinfo_invalid'],
    ['an empty subject', () => Response.json({ id: '' }), 'userinfo_invalid'],
    ['null', () => Response.json({ id: null }), 'userinfo_invalid'],
    ['a subject that is a list', () => Response.json({ id: ['1'] }), 'userinfo_invalid'],
    ['a number that has lost digits', () => new Response('{"id":9007199254740993}'), 'userinfo_invalid'],
    ['a list', () => Response.json([USER]), 'userinfo_invalid'],
    ['a page', () => new Response('<p>'), 'userinfo_invalid'],
    ['401', () => Response.json({}, { status: 401 }), 'userinfo_invalid'],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: '/x' } }), 'userinfo_invalid'],
    ['503', () => new Response(null, { status: 503 }), 'userinfo_unavailable'],
    [
      'no connection',
      () => {
        throw new TypeError('Failed to fetch');
      },
      'userinfo_unavailable',
    ],
  ])('fails where the URL of the user answers with %s', async ([, answer, code]) => {
    server.answer('/user', answer);

    expect(await codeOf(signIn(connect()))).toBe(code);
  });

  test.for(['constructor', '__proto__', 'toString', 'team.constructor.name'])(
    'reads own members of the answer only: %s is none',
    async (path) => {
      const context = connect({ userInfo: { url: USER_URL, mapping: { sub: path } } });

      expect(await codeOf(signIn(context))).toBe('userinfo_invalid');
    },
  );

  test.for<[what: string, parameters: object]>([
    ['another state', { state: 'other' }],
    ['another issuer', { iss: 'https://as.evil.test' }],
    ['an ID token', { id_token: 'x' }],
    ['no code', { code: '' }],
  ])('refuses a response with %s', async ([, parameters]) => {
    expect(await codeOf(signIn(connect(), parameters))).toBe('authorization_response_invalid');
    expect(server.requestsTo('/token')).toEqual([]);
  });

  test('shows by any answer of the token endpoint that the server can be reached', async () => {
    const context = connect();
    server.answer('/token', () => new Response(null, { status: 405 }));
    await expect(context.probe()).resolves.toBeUndefined();

    server.answer('/token', () => {
      throw new TypeError('Failed to fetch');
    });
    expect(await codeOf(context.probe())).toBe('issuer_unreachable');
  });
});

describe('a user who is not known, since the configuration names no URL', () => {
  test('has a random name for each sign-in, so that no session takes over what another has left', async () => {
    const context = clientOf(server, UNKNOWN);
    const [one, other] = [await signIn(context), await signIn(context)];

    expect(one.claims).toEqual({ sub: expect.stringMatching(/^unknown:[\w-]{36}$/) });
    expect(other.claims.sub).not.toBe(one.claims.sub);
    const state = { tokens: one, position: BEFORE_ALL, open: [] };
    expect(startSession(state, other, { signOuts: undefined, nowMs: 1 }).open).toHaveLength(1);
    expect(server.requestsTo('/user')).toEqual([]);
  });

  test('keeps the name at a refresh', async () => {
    const context = clientOf(server, UNKNOWN);
    const before = await signIn(context);

    expect((await refreshAccessToken(context, before, DEFAULT_TARGET)).claims).toEqual(before.claims);
  });

  test('cannot be asked for: userinfo() says what to configure', async () => {
    const ask = requestUserInfo(clientOf(server, UNKNOWN), 'unknown:1', async (request) => server.send(request));

    await expect(ask).rejects.toMatchObject({
      code: 'userinfo_invalid',
      message: expect.stringContaining('"userInfo"'),
    });
  });
});

describe('a session of plain OAuth 2.0', () => {
  test('continues after a refresh with the same user, and with the refresh token before if there is no new one', async () => {
    const context = connect();
    const before = await signIn(context);
    server.answer('/token', () => tokenResponse({ access_token: 'newer' }));

    const after = await refreshAccessToken(context, before, DEFAULT_TARGET);

    expect(after.claims).toEqual(before.claims);
    expect(after.refreshToken?.reveal()).toBe('refresh');
    expect(after.accessTokens['']?.accessToken.reveal()).toBe('newer');
    expect(server.requestsTo('/user')).toHaveLength(1);
  });

  test('is read from the vault as it was written', async () => {
    const tokens = await signIn(connect());

    const stored = JSON.stringify(revealTokens(tokens));
    expect(JSON.stringify(revealTokens(parseTokenSet(JSON.parse(stored)) ?? {}))).toBe(stored);
  });

  test.for<[what: string, members: Readonly<Record<string, unknown>>, seconds: number]>([
    ['that names its lifetime', { expires_in: 60 }, 60],
    ['without a lifetime that can be renewed', { expires_in: undefined, refresh_token: 'r' }, 300],
    ['without a lifetime that cannot be renewed', { expires_in: undefined }, 30 * 24 * 60 * 60],
  ])('uses an access token %s as long as it may: %j', async ([, members, seconds]) => {
    server.answer('/token', () => tokenResponse(members));

    const { accessTokens } = await signIn(connect());

    expect(accessTokens['']?.lifetimeMs).toBe(seconds * 1000);
  });

  test('gets the user’s data again by userinfo(), and refuses those of another user', async () => {
    const send = async (request: Request): Promise<Response> => server.send(request);

    await expect(requestUserInfo(connect(), '583231', send)).resolves.toMatchObject({ name: 'ada' });
    expect(await codeOf(requestUserInfo(connect(), '1', send))).toBe('userinfo_invalid');
  });

  test('does not become a session with an ID token, nor the other way round, when the configuration changes', () => {
    const parse = (options: object) =>
      parseConfiguration(
        { issuer: ISSUER, clientId: 'spa', protectedResources: [{ url: '/api' }], ...options },
        APP_ORIGIN,
      );
    const [plain, openid] = [parse(PLAIN), parse({})];

    expect(isOfSameClient(fingerprintOf(plain), plain)).toBe(true);
    expect(isOfSameClient(fingerprintOf(plain), openid)).toBe(false);
    expect(isOfSameClient(fingerprintOf(openid), plain)).toBe(false);
    expect(isOfSameClient(fingerprintOf(openid), openid)).toBe(true);
  });
});

describe('scopes', () => {
  const SCOPES = { scopes: ['repo', 'user:email'] };

  test.for([
    ['space', 'repo user:email'],
    ['comma', 'repo,user:email'],
  ] as const)('are separated by a %s, in the request and in the response: "%s"', async ([scopeSeparator, scope]) => {
    const context = connect({
      ...SCOPES,
      authorizationServer: { ...PLAIN.authorizationServer, scopeSeparator },
      protectedResources: [{ url: 'https://api.example/v1', scopes: ['repo', 'user:email'] }],
    });
    const { url } = await prepareAuthorization(context, { returnTo: '/', scopes: SCOPES.scopes, parameters: {} });
    expect(url.searchParams.get('scope')).toBe(scope);

    server.answer('/token', () => tokenResponse({ scope, refresh_token: 'r' }));
    const tokens = await signIn(context);
    expect(Object.values(tokens.accessTokens)[0]?.scopes).toEqual(SCOPES.scopes);
    await refreshAccessToken(context, tokens, { scopes: SCOPES.scopes });
    expect(server.requestsTo('/token').at(-1)?.form.get('scope')).toBe(scope);
  });

  test('of a response may have spaces where the request has commas', async () => {
    server.answer('/token', () => tokenResponse({ scope: 'repo, user:email' }));
    const authorizationServer = { ...PLAIN.authorizationServer, scopeSeparator: 'comma' as const };

    const { accessTokens } = await signIn(connect({ ...SCOPES, authorizationServer }));

    expect(accessTokens['']?.scopes).toEqual(SCOPES.scopes);
  });

  test('hold no "openid" that the server does not know', () => {
    const allowed = connect(SCOPES).configuration;

    expect(parseAuthorizationRequest(allowed, new URLSearchParams(), { returnTo: '/' }).scopes).toEqual(SCOPES.scopes);
  });
});

test.for(['prompt=none', 'max_age=60'])(
  'a page cannot ask a server of plain OAuth 2.0 for %s, which it does not know',
  (query) => {
    const { configuration } = connect();

    expect(() => parseAuthorizationRequest(configuration, new URLSearchParams(query), { returnTo: '/' })).toThrow(
      'OpenID Connect',
    );
  },
);

describe('a configuration of plain OAuth 2.0 is refused with', () => {
  test.for<[what: string, options: object, field: string]>([
    ['an ID token in the response', { responseType: 'code id_token' }, 'responseType'],
    ['tokens from the page', { adoption: 'allow' }, 'adoption'],
    ['a maximum age', { authorizationParameters: { max_age: '60' } }, 'max_age'],
    ['an issuer template', { issuer: `${ISSUER}/{tenantid}` }, 'issuer'],
    ['a user URL without TLS', { userInfo: { url: 'http://api.example/user' } }, 'userInfo.url'],
    ['an empty mapping of the subject', { userInfo: { url: USER_URL, mapping: { sub: '' } } }, 'userInfo.mapping.sub'],
    ['a word for openid', { openid: 'no' }, 'openid'],
  ])('%s', ([, options, field]) => {
    expect(() => connect(options)).toThrow(
      `"${field}" must be`.replace('"max_age', '"authorizationParameters.max_age'),
    );
  });

  test('and one of OpenID Connect with "userInfo"', () => {
    expect(() => connect({ openid: true })).toThrow('"userInfo" must be absent');
  });
});
