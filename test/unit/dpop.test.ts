import { calculateJwkThumbprint, decodeProtectedHeader, EmbeddedJWK, jwtVerify } from 'jose';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { TokenwardOptions } from '../../src/configuration/configuration.ts';
import { fingerprintOf, isOfSameClient } from '../../src/configuration/fingerprint.ts';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import { DEFAULT_TARGET, keyOfTarget } from '../../src/configuration/token-target.ts';
import { accessBy } from '../../sw/oauth/access.ts';
import { prepareAuthorization } from '../../sw/oauth/authorization-request.ts';
import { createOAuthContext } from '../../sw/oauth/authorization-server.ts';
import { generateDpopKey } from '../../sw/oauth/dpop.ts';
import { refreshAccessToken } from '../../sw/oauth/refresh.ts';
import type { TargetToken } from '../../sw/session/token-refresh.ts';
import type { IssuedToken, TokenSet } from '../../sw/session/token-set.ts';
import { Token } from '../../sw/vault/token.ts';

const ISSUER = 'https://as.example';
const TOKEN_ENDPOINT = `${ISSUER}/token`;
const METADATA = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/authorize`,
  token_endpoint: TOKEN_ENDPOINT,
};
const API_URL = 'https://api.example/notes?page=2#top';
const NOW_MS = 1_800_000_000_000;

const tokenAnswer = (changes: object = {}): Response =>
  Response.json(
    { access_token: 'access', token_type: 'DPoP', expires_in: 60, ...changes },
    { headers: { 'dpop-nonce': 'as-next' } },
  );
const nonceChallenge = (nonce: string): Response =>
  Response.json({ error: 'use_dpop_nonce' }, { status: 400, headers: { 'dpop-nonce': nonce } });

function configurationOf(options: Partial<TokenwardOptions> = {}) {
  const minimal = { issuer: ISSUER, clientId: 'spa', protectedResources: [{ url: 'https://api.example' }] };
  return parseConfiguration({ ...minimal, dpop: 'required', ...options }, 'https://app.example');
}

/** An authorization server that gives these answers at its token endpoint, one after the other. */
function setUp(answers: readonly Response[] = [], options: Partial<TokenwardOptions> = {}) {
  const proofs: string[] = [];
  const signals = new Set<unknown>();
  const rest = [...answers];
  const context = createOAuthContext(configurationOf(options), {
    now: () => NOW_MS,
    warn: () => {},
    send: async (input, init) => {
      if (input !== TOKEN_ENDPOINT) return Response.json(METADATA);
      proofs.push(new Headers(init?.headers).get('dpop') ?? '');
      signals.add(init?.signal);
      return rest.shift() ?? Response.error();
    },
  });
  return { context, proofs, signals };
}

/** What a session holds whose tokens are bound to a key. */
async function tokensWith(issued: Partial<IssuedToken> = {}): Promise<TokenSet & { dpopKey: Token<'dpop_key'> }> {
  const accessToken: IssuedToken = {
    accessToken: new Token('access_token', 'access'),
    scopes: [],
    expiresAtMs: NOW_MS,
    lifetimeMs: 60_000,
    isBound: true,
    ...issued,
  };
  return {
    claims: { sub: 'ada' },
    scopes: ['openid'],
    accessTokens: { '': accessToken },
    refreshToken: new Token('refresh_token', 'refresh'),
    idToken: new Token('id_token', 'id'),
    dpopKey: await generateDpopKey(),
  };
}

function targetTokenOf(tokens: TokenSet): TargetToken {
  const { '': issued } = tokens.accessTokens;
  if (!issued) throw new Error('There is no access token.');
  return { target: DEFAULT_TARGET, issued, tokens };
}

/** A proof whose signature holds, and the thumbprint of its key. */
async function verify(proof: string) {
  const { payload } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt', algorithms: ['ES256'] });
  const { jwk } = decodeProtectedHeader(proof);
  return { payload, jwk, jkt: await calculateJwkThumbprint(jwk ?? {}) };
}

/** The base64url SHA-256 of an access token. */
async function hashOf(accessToken: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(accessToken))).toString('base64url');
}

afterEach(() => vi.restoreAllMocks());

describe('a proof for a token request', () => {
  test('is of the session’s key, for the method and URL of the token endpoint', async () => {
    const { context, proofs } = setUp([tokenAnswer(), tokenAnswer()]);
    const before = await tokensWith();

    await refreshAccessToken(context, before, DEFAULT_TARGET);
    await refreshAccessToken(context, before, DEFAULT_TARGET);

    const [first, second] = await Promise.all(proofs.map(verify));
    expect(first?.payload).toMatchObject({ htm: 'POST', htu: TOKEN_ENDPOINT });
    expect(first?.payload).not.toHaveProperty('ath');
    expect(first?.jwk).not.toHaveProperty('d');
    expect(second?.jkt).toBe(first?.jkt);
    expect(second?.payload.jti).not.toBe(first?.payload.jti);
  });

  test('holds the newest nonce of the server, also of one that came with tokens', async () => {
    const { context, proofs } = setUp([tokenAnswer(), tokenAnswer()]);
    const before = await tokensWith();

    await refreshAccessToken(context, before, DEFAULT_TARGET);
    await refreshAccessToken(context, before, DEFAULT_TARGET);

    const nonces = await Promise.all(proofs.map(async (proof) => (await verify(proof)).payload['nonce']));
    expect(nonces).toEqual([undefined, 'as-next']);
  });

  test('is of the time by the server’s clock, as far as that is known', async () => {
    const date = new Date(NOW_MS + 3_600_000).toUTCString();
    const late = Response.json({ error: 'invalid_dpop_proof' }, { status: 400, headers: { date } });
    const { context, proofs } = setUp([late, tokenAnswer()]);
    const before = await tokensWith();

    await expect(refreshAccessToken(context, before, DEFAULT_TARGET)).rejects.toThrow();
    await refreshAccessToken(context, before, DEFAULT_TARGET);

    const times = await Promise.all(proofs.map(async (proof) => (await verify(proof)).payload.iat));
    expect(times).toEqual([NOW_MS / 1000, NOW_MS / 1000 + 3600]);
  });

  test('is made once more, with another jti and in the same time limit, when the server requires a nonce in it', async () => {
    const { context, proofs, signals } = setUp([nonceChallenge('n1'), tokenAnswer()]);

    const { accessTokens } = await refreshAccessToken(context, await tokensWith(), DEFAULT_TARGET);

    const [first, second] = await Promise.all(proofs.map(verify));
    expect(first?.payload).not.toHaveProperty('nonce');
    expect(second?.payload['nonce']).toBe('n1');
    expect(second?.payload.jti).not.toBe(first?.payload.jti);
    expect(accessTokens['']).toMatchObject({ isBound: true });
    expect(signals.size).toBe(1);
  });

  test.for(['use_dpop_nonce', 'invalid_dpop_proof'])(
    'that is refused with %s once more does not count as a refusal of the refresh token',
    async (error) => {
      const answers = [nonceChallenge('n1'), Response.json({ error }, { status: 400 })];
      const { context, proofs } = setUp(answers);

      await expect(refreshAccessToken(context, await tokensWith(), DEFAULT_TARGET)).rejects.toMatchObject({
        code: 'token_response_invalid',
        serverCode: error,
      });
      expect(proofs).toHaveLength(2);
    },
  );
});

describe('a token of another type than the configuration asks for', () => {
  test('is refused: a Bearer token where DPoP is required', async () => {
    const { context } = setUp([tokenAnswer({ token_type: 'Bearer' })]);

    await expect(refreshAccessToken(context, await tokensWith(), DEFAULT_TARGET)).rejects.toMatchObject({
      code: 'token_response_invalid',
      message: expect.stringContaining('DPoP'),
    });
  });

  test('is refused: a DPoP token that was not requested', async () => {
    const { context, proofs } = setUp([tokenAnswer()], { dpop: 'off' });
    const before = { ...(await tokensWith({ isBound: false })), dpopKey: undefined };

    await expect(refreshAccessToken(context, before, DEFAULT_TARGET)).rejects.toMatchObject({
      code: 'token_response_invalid',
    });
    expect(proofs).toEqual(['']);
  });

  test('is accepted for a resource for which DPoP is optional, and for no other', async () => {
    const options = { protectedResources: [{ url: 'https://api.example', dpop: 'optional' }] } as const;
    const { context } = setUp([tokenAnswer({ token_type: 'Bearer' })], options);
    const { target } = context.configuration.protectedResources[0] ?? { target: DEFAULT_TARGET };

    const { accessTokens } = await refreshAccessToken(context, await tokensWith(), target);

    expect(keyOfTarget(target)).not.toBe('');
    expect(accessTokens[keyOfTarget(target)]).toMatchObject({ isBound: false });
  });
});

describe('the header fields of a request', () => {
  test('are DPoP with a proof for its method, its URL without query and fragment, and its access token', async () => {
    const { context } = setUp();
    const tokens = await tokensWith();
    const access = accessBy(context, targetTokenOf(tokens));

    const fields = await access.authorize(new Request(API_URL, { method: 'PUT' }));
    const next = await access.authorize(new Request(API_URL, { method: 'PUT' }));

    expect(fields['authorization']).toBe('DPoP access');
    const { payload } = await verify(fields['dpop'] ?? '');
    expect(payload).toMatchObject({ htm: 'PUT', htu: 'https://api.example/notes', ath: await hashOf('access') });
    expect(payload).not.toHaveProperty('nonce');
    expect((await verify(next['dpop'] ?? '')).payload.jti).not.toBe(payload.jti);
  });

  test('hold the newest nonce of the API’s origin, and of no other', async () => {
    const { context } = setUp([tokenAnswer()]);
    const tokens = await tokensWith();
    await refreshAccessToken(context, tokens, DEFAULT_TARGET);
    const access = accessBy(context, targetTokenOf(tokens));
    const request = new Request(API_URL);
    const nonceNow = async (): Promise<unknown> =>
      (await verify((await access.authorize(request))['dpop'] ?? '')).payload['nonce'];

    expect(await nonceNow()).toBeUndefined();
    for (const nonce of ['api-1', 'api-2']) {
      expect(access.observe(request, new Response('', { headers: { 'dpop-nonce': nonce } }))).toBe(true);
      expect(await nonceNow()).toBe(nonce);
    }
    expect(access.observe(request, new Response(''))).toBe(false);
    expect(access.observe(new Request('https://other.example'), tokenAnswer())).toBe(true);
    expect(await nonceNow()).toBe('api-2');
  });

  test('are Bearer without a proof for a token that is not bound', async () => {
    const { context } = setUp();
    const access = accessBy(context, targetTokenOf(await tokensWith({ isBound: false })));

    expect(await access.authorize(new Request(API_URL))).toEqual({ authorization: 'Bearer access' });
    expect(access.observe(new Request(API_URL), tokenAnswer())).toBe(false);
  });
});

describe('the key of a session', () => {
  test('signs by a private key that cannot be exported, imported once', async () => {
    const { context } = setUp();
    const access = accessBy(context, targetTokenOf(await tokensWith()));
    const importKey = vi.spyOn(crypto.subtle, 'importKey');

    await Promise.all([access.authorize(new Request(API_URL)), access.authorize(new Request(API_URL))]);

    const keys = await Promise.all(importKey.mock.results.map(({ value }) => value));
    expect(keys.map(({ type, extractable, usages }) => [type, extractable, usages])).toEqual([
      ['private', false, ['sign']],
      ['public', true, ['verify']],
    ]);
  });

  test('is another one for each sign-in, and named by its thumbprint in the authorization request', async () => {
    const { context } = setUp();
    const request = { returnTo: '/', scopes: ['openid'], parameters: {} };

    const prepared = await Promise.all([
      prepareAuthorization(context, request),
      prepareAuthorization(context, request),
    ]);

    const thumbprints = prepared.map(({ url }) => url.searchParams.get('dpop_jkt'));
    expect(new Set(thumbprints).size).toBe(2);
    for (const { url, pending } of prepared) {
      const tokens = { ...(await tokensWith()), dpopKey: pending.dpopKey };
      const fields = await accessBy(context, targetTokenOf(tokens)).authorize(new Request(API_URL));
      expect((await verify(fields['dpop'] ?? '')).jkt).toBe(url.searchParams.get('dpop_jkt'));
    }
  });

  test('is not made where DPoP is off', async () => {
    const { context } = setUp([], { dpop: 'off' });

    const { url, pending } = await prepareAuthorization(context, { returnTo: '/', scopes: ['openid'], parameters: {} });

    expect(pending.dpopKey).toBeUndefined();
    expect(url.searchParams.has('dpop_jkt')).toBe(false);
  });
});

describe('a session', () => {
  const bound = configurationOf();
  const unbound = configurationOf({ dpop: 'off' });

  test('whose tokens are not bound ends if they must be', () => {
    expect(isOfSameClient(fingerprintOf(unbound), bound)).toBe(false);
    expect(isOfSameClient(fingerprintOf(bound), bound)).toBe(true);
  });

  test('whose tokens are bound continues if they need not be', () => {
    expect(isOfSameClient(fingerprintOf(bound), unbound)).toBe(true);
  });
});
