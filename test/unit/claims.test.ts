import { CompactSign } from 'jose';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DEFAULT_TARGET } from '../../src/configuration/token-target.ts';
import { prepareAuthorization } from '../../sw/oauth/authorization-request.ts';
import { exchangeAuthorizationCode } from '../../sw/oauth/authorization-response.ts';
import { refreshAccessToken } from '../../sw/oauth/refresh.ts';
import { requestUserInfo } from '../../sw/oauth/user-info.ts';
import { parseTokenSet, type TokenSet } from '../../sw/session/token-set.ts';
import { revealTokens } from '../../sw/vault/token.ts';
import {
  CLIENT_ID,
  clientOf,
  createScriptedServer,
  ISSUER,
  type ScriptedServer,
  tokenResponse,
} from '../support/scripted-server.ts';

type Claims = Readonly<Record<string, unknown>>;

const NOW = Math.floor(Date.now() / 1000);

let server: ScriptedServer;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 });
  server = await createScriptedServer();
});
afterEach(() => void vi.useRealTimers());

/** Signs in; the ID token is right but for the claims, and the token response but for its members. */
async function signIn(claims: Claims, members: Claims = {}, parameters: Readonly<Record<string, string>> = {}) {
  const context = clientOf(server);
  const { pending } = await prepareAuthorization(context, { returnTo: '/', scopes: ['openid'], parameters });
  const { state, nonce } = pending;
  server.answer('/token', async () =>
    tokenResponse({ id_token: await server.idToken({ claims: { nonce, ...claims } }), refresh_token: 'r', ...members }),
  );
  return exchangeAuthorizationCode(context, new URLSearchParams({ code: 'x', state, iss: ISSUER }), pending);
}

/** Signs a text as a JWT, by the server's first key. */
function signText(payload: string): Promise<string> {
  const [key] = server.keys;
  if (!key) throw new Error('There is no key.');
  return new CompactSign(new TextEncoder().encode(payload))
    .setProtectedHeader({ alg: key.alg, kid: key.kid })
    .sign(key.privateKey);
}

/** JSON that is nested so often. */
function nested(levels: number): unknown {
  return JSON.parse('['.repeat(levels) + ']'.repeat(levels));
}

describe('a claim in another shape is taken', () => {
  test.for<[what: string, claims: Claims]>([
    ['this client in a list', { aud: [CLIENT_ID] }],
    ['this client among others, authorised', { aud: ['api', CLIENT_ID], azp: CLIENT_ID }],
    ['texts for booleans, which are for the app to read', { email_verified: 'true' }],
    ['null, which is for the app to read', { email: null, address: {} }],
    ['names of any script', { name: 'Ада Лавлейс', given_name: 'エイダ 😀', ключ: 'да' }],
    ['a user of any script', { sub: 'ада' }],
    ['a user with a long name', { sub: 'a'.repeat(10_000) }],
    ['times with a fraction', { exp: NOW + 60.5, iat: NOW - 0.5 }],
    ['a time of sign-in that the request did not ask for', { auth_time: 0 }],
    ['200 KB of groups', { groups: Array.from({ length: 10_000 }, (_, index) => `group-number-${index}`) }],
    ['a member named like a prototype', JSON.parse('{"__proto__":{"admin":true},"constructor":"x"}')],
    ['a hundred levels', { tree: nested(100) }],
  ])('%s', async ([, claims]) => {
    const tokens = await signIn(claims);

    expect(tokens.claims).toMatchObject({ sub: 'ada', ...claims });
    // As the vault keeps it, and as a page gets it.
    expect(parseTokenSet(JSON.parse(JSON.stringify(revealTokens(tokens))))?.claims).toEqual(tokens.claims);
    expect(structuredClone(tokens.claims)).toEqual(tokens.claims);
  });
});

describe('a claim of another type is refused by its name (OpenID Connect Core 1.0, section 2; RFC 7519, section 4.1)', () => {
  test.for<[name: string, value: unknown]>([
    ['exp', String(NOW + 60)],
    ['exp', null],
    ['iat', String(NOW)],
    ['iat', {}],
    ['nbf', String(NOW)],
    ['nbf', null],
    ['auth_time', String(NOW)],
    ['auth_time', null],
    ['sub', 7],
    ['sub', null],
    ['sub', ['ada']],
    ['sub', ''],
    ['iss', [ISSUER]],
    ['iss', null],
    ['aud', { client: CLIENT_ID }],
    ['aud', 7],
    ['aud', [[CLIENT_ID]]],
    ['nonce', 7],
    ['azp', null],
    ['azp', 'other'],
  ])('"%s" is %j', async ([name, value]) => {
    await expect(signIn({ [name]: value })).rejects.toMatchObject({
      code: 'id_token_invalid',
      message: expect.stringContaining(`"${name}"`),
    });
  });

  // Section 3.1.3.7, step 3: the client trusts no audience but itself, unless it is the authorised one.
  test.for<[what: string, claims: Claims]>([
    ['others, and no authorised party', { aud: [CLIENT_ID, 'api'] }],
    ['others, another one authorised', { aud: [CLIENT_ID, 'api'], azp: 'api' }],
    ['itself twice, and no authorised party', { aud: [CLIENT_ID, CLIENT_ID] }],
    ['nobody', { aud: [] }],
    ['a name that begins like its own', { aud: `${CLIENT_ID}-2` }],
  ])('the audience is %s', async ([, claims]) => {
    await expect(signIn(claims)).rejects.toMatchObject({
      code: 'id_token_invalid',
      message: expect.stringMatching(/"(aud|azp)"/),
    });
  });

  test('"auth_time" is a text where the sign-in has asked for its age', async () => {
    const refusal = signIn({ auth_time: String(NOW) }, {}, { max_age: '60' });

    await expect(refusal).rejects.toMatchObject({ message: expect.stringContaining('"auth_time"') });
  });

  test.for<Claims>([{ exp: String(NOW + 60) }, { auth_time: 'now' }, { aud: [CLIENT_ID, 'api'] }, { iat: null }])(
    'and at a refresh the ID token is left aside, what came with it is used: %j',
    async (claims) => {
      const before = await signIn({ plan: 'pro' });
      server.answer('/token', async () =>
        tokenResponse({
          access_token: 'next',
          id_token: await server.idToken({ claims: { plan: 'free', ...claims } }),
        }),
      );

      const tokens: TokenSet = await refreshAccessToken(clientOf(server), before, DEFAULT_TARGET);

      expect(tokens.claims).toMatchObject({ plan: 'pro' });
      expect(tokens.accessTokens['']?.accessToken.reveal()).toBe('next');
    },
  );
});

describe('what is nested so deeply that no page could be told is left out', () => {
  const DEPTHS = [101, 5000, 50_000];

  test.for(DEPTHS)('a claim of the ID token, with %d levels', async (levels) => {
    const context = clientOf(server);
    const { pending } = await prepareAuthorization(context, { returnTo: '/', scopes: ['openid'], parameters: {} });
    const { state, nonce } = pending;
    const claims = { iss: ISSUER, aud: CLIENT_ID, sub: 'ada', iat: NOW, exp: NOW + 3600, nonce, plan: 'pro' };
    // As text: what writes JSON does not write so many levels.
    const payload = JSON.stringify(claims).replace('{', `{"tree":${'['.repeat(levels)}${']'.repeat(levels)},`);
    server.answer('/token', async () => tokenResponse({ id_token: await signText(payload) }));

    const response = new URLSearchParams({ code: 'x', state, iss: ISSUER });
    const tokens = await exchangeAuthorizationCode(context, response, pending);

    expect(tokens.claims).toMatchObject({ sub: 'ada', plan: 'pro' });
    expect(tokens.claims).not.toHaveProperty('tree');
  });

  test.for(DEPTHS)('a claim of UserInfo, with %d levels', async (levels) => {
    const body = `{"sub":"ada","tree":${'['.repeat(levels)}${']'.repeat(levels)},"plan":"pro"}`;
    const send = async (): Promise<Response> => new Response(body, { headers: { 'content-type': 'application/json' } });

    expect(await requestUserInfo(clientOf(server), 'ada', send)).toEqual({ sub: 'ada', plan: 'pro' });
  });

  test.for(DEPTHS)('a member of a token response, of metadata and of a key, with %d levels', async (levels) => {
    const odd = `"tree":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
    const withTree = (json: string): Response => new Response(json.replace('{', `{${odd},`));
    const metadata = JSON.stringify(server.metadata);
    server.answer('/.well-known/openid-configuration', () => withTree(metadata));
    server.answer('/jwks', () => {
      const key = JSON.stringify(server.keys[0]?.publicJwk);
      return new Response(`{"keys":[${key.replace('{', `{${odd},`)}]}`);
    });
    const before = await signIn({});
    server.answer('/token', () => withTree(JSON.stringify({ access_token: 'next', token_type: 'Bearer' })));

    const tokens = await refreshAccessToken(clientOf(server), before, DEFAULT_TARGET);

    expect(tokens.accessTokens['']?.accessToken.reveal()).toBe('next');
  });
});
