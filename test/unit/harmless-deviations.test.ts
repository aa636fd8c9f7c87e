import { beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_TARGET } from '../../src/configuration/token-target.ts';
import { adoptTokens } from '../../sw/oauth/adoption.ts';
import { prepareAuthorization } from '../../sw/oauth/authorization-request.ts';
import { exchangeAuthorizationCode } from '../../sw/oauth/authorization-response.ts';
import {
  cleanMetadata,
  cleanPushedResponse,
  cleanTokenResponse,
  tolerateTokenResponse,
} from '../../sw/oauth/harmless-deviations.ts';
import { refreshAccessToken } from '../../sw/oauth/refresh.ts';
import { revokeTokens } from '../../sw/oauth/revocation.ts';
import { requestUserInfo } from '../../sw/oauth/user-info.ts';
import type { TokenSet } from '../../sw/session/token-set.ts';
import {
  clientOf,
  createScriptedServer,
  ISSUER,
  type ScriptedServer,
  tokenResponse,
} from '../support/scripted-server.ts';

type Members = Readonly<Record<string, unknown>>;

let server: ScriptedServer;
beforeEach(async () => {
  server = await createScriptedServer();
});

/** Signs in; the token response is right but for the changes. */
async function signIn(changes: Members = {}, parameters: Readonly<Record<string, string>> = {}): Promise<TokenSet> {
  const context = clientOf(server);
  const { pending } = await prepareAuthorization(context, {
    returnTo: '/',
    scopes: ['openid', 'notes:read'],
    parameters: {},
  });
  server.answer('/token', async () =>
    tokenResponse({
      id_token: await server.idToken({ claims: { nonce: pending.nonce } }),
      refresh_token: 'refresh',
      ...changes,
    }),
  );
  const response = new URLSearchParams({ code: 'x', state: pending.state, iss: ISSUER, ...parameters });
  return exchangeAuthorizationCode(context, response, pending);
}

/** Refreshes after a sign-in; the token response is right but for the changes. */
async function refresh(changes: Members, init?: ResponseInit): Promise<TokenSet> {
  const before = await signIn();
  server.answer('/token', () => tokenResponse({ access_token: 'next', ...changes }, init));
  return refreshAccessToken(clientOf(server), before, DEFAULT_TARGET);
}

describe('an optional member of a token response', () => {
  const LIFETIMES: readonly [value: unknown, seconds: number][] = [
    ['3600', 3600],
    [' 3600 ', 3600],
    ['59.5', 59.5],
    [3599.5, 3599.5],
    [null, 300],
    ['', 300],
    [0, 300],
    ['0', 300],
    [-1, 300],
    ['-1', 300],
    ['an hour', 300],
    [[3600], 300],
    [{}, 300],
    [true, 300],
    [1e15, 2 ** 31 - 1],
    ['9'.repeat(400), 2 ** 31 - 1],
  ];

  test.for(LIFETIMES)(
    '"expires_in": %j is a lifetime of %d s, at a sign-in and at a refresh',
    async ([value, seconds]) => {
      for (const tokens of [await signIn({ expires_in: value }), await refresh({ expires_in: value })]) {
        const { lifetimeMs, expiresAtMs } = tokens.accessTokens[''] ?? {};
        expect(lifetimeMs).toBe(seconds * 1000);
        expect(new Date(expiresAtMs ?? Number.NaN).toISOString()).toMatch(/Z$/);
      }
    },
  );

  test('"expires_in" that no number can hold is one too: JSON has no limit', async () => {
    const body = '{"access_token":"a","token_type":"Bearer","expires_in":1e999}';

    const answer = await tolerateTokenResponse(new Response(body));

    expect(await answer.json()).toMatchObject({ expires_in: 2 ** 31 - 1 });
  });

  test.for([null, '', 7, {}, []])(
    '"refresh_token": %j is none: a sign-in goes on without it, and at a refresh the old one stays',
    async (refresh_token) => {
      expect((await signIn({ refresh_token })).refreshToken).toBeUndefined();
      const tokens = await refresh({ refresh_token });
      expect(tokens.refreshToken?.reveal()).toBe('refresh');
      expect(tokens.accessTokens['']?.accessToken.reveal()).toBe('next');
    },
  );

  test.for<[scope: unknown, scopes: readonly string[]]>([
    [null, ['openid', 'notes:read']],
    ['', ['openid', 'notes:read']],
    [7, ['openid', 'notes:read']],
    [[], ['openid', 'notes:read']],
    [
      ['openid', 7],
      ['openid', 'notes:read'],
    ],
    [
      ['openid', 'notes:write'],
      ['openid', 'notes:write'],
    ],
    ['openid notes:write', ['openid', 'notes:write']],
  ])('"scope": %j stands for %j', async ([scope, scopes]) => {
    expect((await signIn({ scope })).accessTokens['']?.scopes).toEqual(scopes);
    expect((await refresh({ scope })).accessTokens['']?.scopes).toEqual(scopes);
  });

  test.for([null, '', 7, {}, 'x'])('"id_token": %j at a refresh leaves the claims as they were', async (id_token) => {
    const tokens = await refresh({ id_token, refresh_token: 'next-refresh' });

    expect(tokens.claims).toMatchObject({ sub: 'ada' });
    expect(tokens.refreshToken?.reveal()).toBe('next-refresh');
  });

  test('that is unknown is no obstacle, whatever its value', async () => {
    const unknown = { not_before_policy: 0, session_state: null, ext: { deep: [1] }, resource: '' };

    expect((await refresh(unknown)).accessTokens['']?.accessToken.reveal()).toBe('next');
  });

  test('is wrong in each place at once: what is good is kept', async () => {
    const tokens = await refresh({
      expires_in: 'soon',
      scope: null,
      id_token: '',
      token_type: 'bEARER',
      refresh_token: 'next-refresh',
    });

    expect(tokens.refreshToken?.reveal()).toBe('next-refresh');
    expect(tokens.accessTokens['']?.accessToken.reveal()).toBe('next');
  });

  test('is as harmless in tokens that the app hands over, if it is a refresh token', async () => {
    const idToken = await server.idToken();
    const context = clientOf(server, { adoption: 'allow' });

    const tokens = await adoptTokens(context, { accessToken: 'a', expiresInSeconds: 60, refreshToken: '', idToken });

    expect(tokens.refreshToken).toBeUndefined();
    expect(tokens.accessTokens['']?.lifetimeMs).toBe(60_000);
    const wrong = adoptTokens(context, { accessToken: 'a', expiresInSeconds: -1, idToken });
    await expect(wrong).rejects.toMatchObject({ message: expect.stringContaining('expires_in') });
  });

  test('leaves the members that are right as they are', () => {
    const right = {
      access_token: 'a',
      token_type: 'Bearer',
      expires_in: 5,
      refresh_token: 'r',
      scope: 'x',
      id_token: 'i',
    };

    expect(cleanTokenResponse(right)).toEqual(right);
  });
});

describe('a required member of a token response that is wrong is refused by its name', () => {
  test.for<[name: string, value: unknown]>([
    ['access_token', null],
    ['access_token', ''],
    ['access_token', 7],
    ['access_token', { value: 'x' }],
    ['access_token', undefined],
    ['token_type', null],
    ['token_type', ''],
    ['token_type', 'mac'],
    ['token_type', ['Bearer']],
    ['token_type', undefined],
  ])('%s: %j, at a sign-in and at a refresh', async ([name, value]) => {
    const refusal = { code: 'token_response_invalid', message: expect.stringContaining(name) };
    await expect(signIn({ [name]: value })).rejects.toMatchObject(refusal);
    await expect(refresh({ [name]: value })).rejects.toMatchObject(refusal);
  });

  test.for([null, '', 7, undefined])('id_token: %j, at a sign-in', async (id_token) => {
    await expect(signIn({ id_token })).rejects.toMatchObject({
      code: 'id_token_invalid',
      message: expect.stringContaining('id_token'),
    });
  });
});

describe('an error of the token endpoint', () => {
  test.for<[what: string, members: Members, init: ResponseInit]>([
    ['with members that are null', { error: 'invalid_grant', error_description: null, error_uri: '' }, { status: 400 }],
    [
      'as JSON that claims to be HTML',
      { error: 'invalid_grant' },
      { status: 400, headers: { 'content-type': 'text/html; charset=utf-8' } },
    ],
    [
      'whose media type is in capitals',
      { error: 'invalid_grant' },
      { status: 400, headers: { 'content-type': 'APPLICATION/JSON' } },
    ],
    [
      'beside a challenge',
      { error: 'invalid_grant' },
      { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } },
    ],
    ['with status 200', { error: 'invalid_grant' }, { status: 200 }],
    ['with status 200, as GitHub spells it', { error: 'bad_refresh_token' }, { status: 200 }],
    ['with status 200, as Slack spells it', { ok: false, error: 'invalid_refresh_token' }, { status: 200 }],
    ['with status 200, for a code', { error: 'bad_verification_code' }, { status: 200 }],
  ])('%s is a refusal, by its code', async ([, members, init]) => {
    const before = await signIn();
    server.answer('/token', () => Response.json(members, init));

    await expect(refreshAccessToken(clientOf(server), before, DEFAULT_TARGET)).rejects.toMatchObject({
      code: 'token_request_refused',
      serverCode: members['error'],
    });
  });

  test.for<[what: string, members: Members, init: ResponseInit]>([
    [
      'beside a challenge',
      { error: 'temporarily_unavailable' },
      { status: 401, headers: { 'www-authenticate': 'Basic' } },
    ],
    ['as text', { error: 'server_error' }, { status: 400, headers: { 'content-type': 'text/plain' } }],
    ['as HTML', { error: 'slow_down' }, { status: 403, headers: { 'content-type': 'text/html' } }],
  ])('that may pass is none: %s', async ([, members, init]) => {
    const before = await signIn();
    server.answer('/token', () => Response.json(members, init));

    await expect(refreshAccessToken(clientOf(server), before, DEFAULT_TARGET)).rejects.toMatchObject({
      code: 'token_endpoint_unavailable',
    });
  });

  test.for<Members>([{ error: 'no_network' }, { error: { code: 'invalid_grant' } }, { error: null }, {}])(
    'with status 200 that no token endpoint sends is none: %j',
    async (members) => {
      const before = await signIn();
      server.answer('/token', () => Response.json(members));

      await expect(refreshAccessToken(clientOf(server), before, DEFAULT_TARGET)).rejects.toMatchObject({
        code: 'token_response_invalid',
      });
    },
  );

  test('is not read into an answer with a token', async () => {
    expect((await refresh({ error: 'invalid_scope' })).accessTokens['']?.accessToken.reveal()).toBe('next');
    expect((await refresh({ error: null }, { status: 201 })).accessTokens['']?.accessToken.reveal()).toBe('next');
  });
});

describe('the answer to a pushed request', () => {
  const push = async (members: Members, status: number = 201): Promise<URL> => {
    server.metadata['pushed_authorization_request_endpoint'] = `${ISSUER}/par`;
    server.answer('/par', () => Response.json(members, { status }));
    const { url } = await prepareAuthorization(clientOf(server), { returnTo: '/', scopes: ['openid'], parameters: {} });
    return url;
  };

  test.for([undefined, null, '60', 0, -5, 'soon'])('may have a lifetime that is %j', async (expires_in) => {
    expect((await push({ request_uri: 'urn:x', expires_in })).searchParams.get('request_uri')).toBe('urn:x');
  });

  test('may have status 200', async () => {
    expect((await push({ request_uri: 'urn:x', expires_in: 60 }, 200)).searchParams.get('request_uri')).toBe('urn:x');
  });

  test.for([undefined, null, '', 7])('without a reference, %j, is refused by its name', async (request_uri) => {
    await expect(push({ request_uri, expires_in: 60 })).rejects.toMatchObject({
      code: 'issuer_invalid',
      message: expect.stringContaining('request_uri'),
    });
  });

  test('keeps a lifetime that is right', () => {
    expect(cleanPushedResponse({ request_uri: 'urn:x', expires_in: 90 })).toEqual({
      request_uri: 'urn:x',
      expires_in: 90,
    });
  });
});

describe('metadata', () => {
  const signInWith = (changes: Members): Promise<TokenSet> => {
    Object.assign(server.metadata, changes);
    return signIn();
  };

  test.for<Members>([
    { pushed_authorization_request_endpoint: null },
    { pushed_authorization_request_endpoint: '' },
    { require_pushed_authorization_requests: 'false' },
    { require_pushed_authorization_requests: null },
    { code_challenge_methods_supported: null },
    { code_challenge_methods_supported: 'S256' },
    { code_challenge_methods_supported: [] },
    { code_challenge_methods_supported: {} },
    { id_token_signing_alg_values_supported: 'ES256' },
    { authorization_response_iss_parameter_supported: 'true' },
    { authorization_response_iss_parameter_supported: null },
    { scopes_supported: null, response_types_supported: '', acr_values_supported: 7 },
  ])('%j are no obstacle to a sign-in', async (changes) => {
    expect(await signInWith(changes)).toMatchObject({ claims: { sub: 'ada' } });
  });

  test('without PKCE with S256 stay refused, and what may be true of the issuer stays so', async () => {
    expect(cleanMetadata({ issuer: null, code_challenge_methods_supported: ['plain'] })).toEqual({
      issuer: null,
      code_challenge_methods_supported: ['plain'],
    });
    expect(cleanMetadata({ authorization_response_iss_parameter_supported: 'yes' })).toEqual({
      authorization_response_iss_parameter_supported: 'yes',
    });
    await expect(signInWith({ code_challenge_methods_supported: ['plain'] })).rejects.toMatchObject({
      code: 'issuer_invalid',
    });
  });

  test.for<[name: string, value: unknown]>([
    ['issuer', null],
    ['issuer', ''],
    ['issuer', 7],
    ['token_endpoint', null],
    ['token_endpoint', 'no URL'],
    ['jwks_uri', ''],
  ])('whose "%s" is %j are refused by its name', async ([name, value]) => {
    await expect(signInWith({ [name]: value })).rejects.toMatchObject({ message: expect.stringContaining(name) });
  });

  test.for([undefined, null, '', 'no URL', 7])(
    'with the revocation endpoint %j name none: nothing waits for it',
    async (revocation_endpoint) => {
      const tokens = await signIn();
      server.metadata['revocation_endpoint'] = revocation_endpoint;

      expect(await revokeTokens(clientOf(server), tokens)).toBe(true);
    },
  );
});

describe('the answer to a revocation', () => {
  test.for<[what: string, answer: () => Response, isDecided: boolean]>([
    ['200 with a page', () => new Response('<p>'), true],
    ['204', () => new Response(null, { status: 204 }), true],
    ['202 with JSON that is none', () => new Response('{', { status: 202 }), true],
    ['408', () => new Response(null, { status: 408 }), false],
    ['425', () => new Response(null, { status: 425 }), false],
    // What the browser gives for a redirect that is not followed has no status either.
    ['a redirect', () => Response.error(), false],
  ])('%s', async ([, answer, isDecided]) => {
    const tokens = await signIn();
    server.answer('/revoke', answer);

    expect(await revokeTokens(clientOf(server), tokens)).toBe(isDecided);
  });
});

describe('UserInfo', () => {
  const claimsOf = (body: BodyInit, contentType: string): Promise<unknown> =>
    requestUserInfo(
      clientOf(server),
      'ada',
      async () => new Response(body, { headers: { 'content-type': contentType } }),
    );

  test('has no claims without a value, as the specification has it', async () => {
    const members = {
      sub: 'ada',
      nickname: null,
      middle_name: '',
      email_verified: 'true',
      address: {},
      age: 0,
      is: false,
    };

    expect(await claimsOf(JSON.stringify(members), 'application/json')).toEqual({
      sub: 'ada',
      email_verified: 'true',
      address: {},
      age: 0,
      is: false,
    });
  });

  test.for(['application/jwt', 'Application/JWT', 'application/JWT; charset=utf-8'])(
    'that is signed may have the media type %s',
    async (contentType) => {
      server.metadata['userinfo_signing_alg_values_supported'] = 'ES256';

      expect(await claimsOf(await server.idToken(), contentType)).toMatchObject({ sub: 'ada' });
    },
  );

  test.for([null, '', 7, undefined])('whose "sub" is %j is refused by its name', async (sub) => {
    await expect(claimsOf(JSON.stringify({ sub }), 'application/json')).rejects.toMatchObject({
      code: 'userinfo_invalid',
      message: expect.stringContaining('sub'),
    });
  });
});

describe('an authorization response', () => {
  test('may have parameters without a value: they count as omitted', async () => {
    const empty = { error: '', error_description: '', id_token: '', access_token: '', token: '', response: '' };

    expect(await signIn({}, empty)).toMatchObject({ claims: { sub: 'ada' } });
  });

  test.for(['code', 'state', 'iss'])('whose "%s" is empty is refused by its name', async (name) => {
    await expect(signIn({}, { [name]: '' })).rejects.toMatchObject({
      code: 'authorization_response_invalid',
      message: expect.stringContaining(name),
    });
  });
});
