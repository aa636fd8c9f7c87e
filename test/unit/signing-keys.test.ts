import { exportJWK, generateKeyPair, generateSecret, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { prepareAuthorization } from '../../sw/oauth/authorization-request.ts';
import { exchangeAuthorizationCode } from '../../sw/oauth/authorization-response.ts';
import type { OAuthContext } from '../../sw/oauth/context.ts';
import { requestUserInfo } from '../../sw/oauth/user-info.ts';
import type { TokenSet } from '../../sw/session/token-set.ts';
import {
  CLIENT_ID,
  clientOf,
  createScriptedServer,
  createSigningKey,
  ISSUER,
  leftHalfHash,
  type ScriptedServer,
  type SigningKey,
  tokenResponse,
} from '../support/scripted-server.ts';

type Jwk = Readonly<Record<string, unknown>>;

const INVALID = { code: 'id_token_invalid' };

let server: ScriptedServer;
let key: SigningKey;
let other: SigningKey;
beforeEach(async () => {
  server = await createScriptedServer();
  [key, other] = await Promise.all([createSigningKey('key-1'), createSigningKey('key-2')]);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Publishes a key set. */
function publish(...keys: readonly unknown[]): void {
  server.answer('/jwks', () => Response.json({ keys }));
}

/** A public key with other members; `undefined` leaves one out. */
function jwkOf({ publicJwk }: SigningKey, changes: Jwk = {}): Jwk {
  return { ...publicJwk, ...changes };
}

async function sign(claims: Jwk, header: Jwk = {}, by: SigningKey = key): Promise<string> {
  const nowSeconds = Math.floor(Date.now() / 1000);
  return new SignJWT({ iss: ISSUER, aud: CLIENT_ID, sub: 'ada', iat: nowSeconds, exp: nowSeconds + 3600, ...claims })
    .setProtectedHeader({ alg: by.alg, ...header })
    .sign(by.privateKey);
}

/** Signs in with an ID token of {@link key} with this header. */
async function signIn(header: Jwk = {}, context: OAuthContext = clientOf(server)): Promise<TokenSet> {
  const { pending } = await prepareAuthorization(context, { returnTo: '/', scopes: ['openid'], parameters: {} });
  const { state, nonce } = pending;
  server.answer('/token', async () => tokenResponse({ id_token: await sign({ nonce }, header) }));
  return exchangeAuthorizationCode(context, new URLSearchParams({ code: 'x', state, iss: ISSUER }), pending);
}

describe('an ID token is accepted, though', () => {
  test('its header names no key, and two keys fit', async () => {
    publish(jwkOf(other), jwkOf(key));

    expect(await signIn()).toMatchObject({ claims: { sub: 'ada' } });
  });

  test('two keys have the name that its header says', async () => {
    publish(jwkOf(other, { kid: 'same' }), jwkOf(key, { kid: 'same' }));

    expect(await signIn({ kid: 'same' })).toMatchObject({ claims: { sub: 'ada' } });
  });

  test('a key of another type has that name too', async () => {
    const rsa = await createSigningKey('same', 'RS256');
    publish(jwkOf(rsa), jwkOf(key, { kid: 'same' }));

    expect(await signIn({ kid: 'same' })).toMatchObject({ claims: { sub: 'ada' } });
  });

  test.for<[what: string, changes: Jwk]>([
    ['say no algorithm', { alg: undefined }],
    ['say no use', { use: undefined }],
    ['say neither, nor a name', { alg: undefined, use: undefined, kid: undefined }],
    ['say all of it with null', { alg: null, use: null, kid: null, key_ops: null }],
    ['say all of it with nothing', { alg: '', use: '', kid: '', key_ops: '' }],
    ['say their name with a number', { kid: 1 }],
    ['say what they are for', { use: undefined, key_ops: ['verify'] }],
  ])('its keys %s', async ([, changes]) => {
    publish(jwkOf(other, changes), jwkOf(key, changes));

    for (const header of [{}, { kid: null }, { kid: '' }]) {
      expect(await signIn(header)).toMatchObject({ claims: { sub: 'ada' } });
    }
  });

  test('the keys have no names, and its header says one', async () => {
    publish(jwkOf(other, { kid: undefined }), jwkOf(key, { kid: undefined }));

    expect(await signIn({ kid: 'key-1' })).toMatchObject({ claims: { sub: 'ada' } });
  });

  test.for<[what: string, odd: unknown]>([
    ['of an unknown type', { kty: 'X', kid: 'key-1', alg: 'ES256', use: 'sig' }],
    ['without a type', { kid: 'key-1', alg: 'ES256' }],
    ['whose point is not on the curve', { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'key-1' }],
    ['without its coordinates', { kty: 'EC', crv: 'P-256', kid: 'key-1' }],
    ['whose coordinates are no text', { kty: 'EC', crv: 'P-256', x: 7, y: {}, kid: 'key-1' }],
    ['of an unknown curve', { kty: 'EC', crv: 'secp256k1', x: 'AA', y: 'AA', kid: 'key-1' }],
    ['that is null', null],
    ['that is a text', 'key-1'],
    ['that is a list', []],
  ])('there is a key beside the good one %s', async ([, odd]) => {
    publish(odd, jwkOf(key));

    expect(await signIn({ kid: 'key-1' })).toMatchObject({ claims: { sub: 'ada' } });
  });

  test('a thousand keys of another type stand before the right one: one verification is made', async () => {
    const { publicKey } = await generateKeyPair('RS256', { extractable: true });
    const rsa = { ...(await exportJWK(publicKey)), kid: 'key-1' };
    publish(...Array.from({ length: 1000 }, () => rsa), jwkOf(key));
    const verify = vi.spyOn(crypto.subtle, 'verify');

    expect(await signIn({ kid: 'key-1' })).toMatchObject({ claims: { sub: 'ada' } });
    expect(verify).toHaveBeenCalledTimes(1);
  });

  test('the server has changed its keys since they were fetched: they are fetched once more', async () => {
    const context = clientOf(server);
    publish(jwkOf(other, { kid: 'key-0' }));
    await expect(signIn({ kid: 'key-1' }, context)).rejects.toMatchObject(INVALID);
    publish(jwkOf(key));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11_000 });

    expect(await signIn({ kid: 'key-1' }, context)).toMatchObject({ claims: { sub: 'ada' } });

    expect(server.requestsTo('/jwks')).toHaveLength(2);
  });

  test('the server has put another key under the same name', async () => {
    const context = clientOf(server);
    publish(jwkOf(other, { kid: 'key-1' }));
    await expect(signIn({ kid: 'key-1' }, context)).rejects.toMatchObject(INVALID);
    publish(jwkOf(key));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11_000 });

    expect(await signIn({ kid: 'key-1' }, context)).toMatchObject({ claims: { sub: 'ada' } });
  });
});

describe('so are', () => {
  test('the claims of a signed UserInfo response', async () => {
    server.metadata['userinfo_signing_alg_values_supported'] = ['ES256'];
    publish(jwkOf(other), jwkOf(key));
    const jwt = await sign({ plan: 'pro' });
    const send = async (): Promise<Response> => new Response(jwt, { headers: { 'content-type': 'application/jwt' } });

    expect(await requestUserInfo(clientOf(server), 'ada', send)).toMatchObject({ plan: 'pro' });
  });

  test('an authorization response that is a JWT', async () => {
    publish(jwkOf(other), jwkOf(key));
    const context = clientOf(server, { responseMode: 'query.jwt' });
    const { pending } = await prepareAuthorization(context, { returnTo: '/', scopes: ['openid'], parameters: {} });
    const { state, nonce } = pending;
    server.answer('/token', async () => tokenResponse({ id_token: await sign({ nonce }) }));
    const response = await sign({ code: 'x', state });

    const tokens = await exchangeAuthorizationCode(context, new URLSearchParams({ response }), pending);

    expect(tokens).toMatchObject({ claims: { sub: 'ada' } });
  });

  test('the ID token of a hybrid flow, whose user may have any name', async () => {
    publish(jwkOf(other), jwkOf(key));
    const context = clientOf(server, { responseType: 'code id_token', responseMode: 'fragment' });
    const { pending } = await prepareAuthorization(context, { returnTo: '/', scopes: ['openid'], parameters: {} });
    const { state, nonce } = pending;
    const sub = 'ädä-😀';
    server.answer('/token', async () => tokenResponse({ id_token: await sign({ nonce, sub }) }));
    const idToken = await sign({ nonce, sub, c_hash: leftHalfHash('x') });

    const tokens = await exchangeAuthorizationCode(
      context,
      new URLSearchParams({ code: 'x', state, iss: ISSUER, id_token: idToken }),
      pending,
    );

    expect(tokens).toMatchObject({ claims: { sub } });
  });
});

describe('an ID token is refused', () => {
  test('that none of the keys has signed', async () => {
    publish(jwkOf(other), jwkOf(await createSigningKey('key-3')));

    await expect(signIn()).rejects.toMatchObject({ ...INVALID, message: expect.stringContaining('signature') });
  });

  test('whose only key cannot be used, and the browser’s own error is not taken for a missing connection', async () => {
    publish({ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' });

    await expect(signIn()).rejects.toMatchObject({ ...INVALID, message: expect.stringContaining('cannot be used') });
  });

  test.for<[what: string, changes: Jwk]>([
    ['for encryption', { use: 'enc' }],
    ['of another algorithm', { alg: 'ES384' }],
    ['for other operations', { key_ops: ['deriveKey'] }],
    ['of another name', { kid: 'key-9' }],
  ])('whose key is one %s', async ([, changes]) => {
    publish(jwkOf(key, changes));

    await expect(signIn({ kid: 'key-1' })).rejects.toMatchObject(INVALID);
  });

  test('signed by a secret that stands in the key set', async () => {
    const secret = await generateSecret('HS256', { extractable: true });
    publish({ ...(await exportJWK(secret)), kid: 'key-1' });
    server.metadata['id_token_signing_alg_values_supported'] = ['ES256', 'HS256'];
    const verify = vi.spyOn(crypto.subtle, 'verify');
    const context = clientOf(server);
    const { pending } = await prepareAuthorization(context, { returnTo: '/', scopes: ['openid'], parameters: {} });
    const { state, nonce } = pending;
    const nowSeconds = Math.floor(Date.now() / 1000);
    const idToken = await new SignJWT({
      iss: ISSUER,
      aud: CLIENT_ID,
      sub: 'ada',
      nonce,
      iat: nowSeconds,
      exp: nowSeconds + 60,
    })
      .setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
      .sign(secret);
    server.answer('/token', () => tokenResponse({ id_token: idToken }));

    const response = new URLSearchParams({ code: 'x', state, iss: ISSUER });
    await expect(exchangeAuthorizationCode(context, response, pending)).rejects.toMatchObject(INVALID);
    expect(verify).not.toHaveBeenCalled();
  });

  test('after ten verifications, however many keys fit', async () => {
    publish(...Array.from({ length: 1000 }, () => jwkOf(other, { kid: 'key-1' })), jwkOf(key));
    const verify = vi.spyOn(crypto.subtle, 'verify');

    await expect(signIn({ kid: 'key-1' })).rejects.toMatchObject(INVALID);

    expect(verify).toHaveBeenCalledTimes(10);
    expect(server.requestsTo('/jwks')).toHaveLength(1);
  });

  test('again and again, and the keys are fetched once in ten seconds', async () => {
    const context = clientOf(server);
    publish(jwkOf(other));
    vi.useFakeTimers({ toFake: ['Date'] });
    for (let second = 0; second < 30; second += 1) {
      vi.setSystemTime(Date.now() + 1000);
      await expect(signIn({ kid: 'key-1' }, context)).rejects.toMatchObject(INVALID);
    }

    expect(server.requestsTo('/jwks')).toHaveLength(3);
  });
});

describe('a key set that is none', () => {
  test.for<[what: string, answer: () => Response, code: string]>([
    ['503', () => new Response(null, { status: 503 }), 'token_endpoint_unavailable'],
    ['429', () => new Response(null, { status: 429 }), 'token_endpoint_unavailable'],
    [
      'no connection',
      () => {
        throw new TypeError('Failed to fetch');
      },
      'token_endpoint_unavailable',
    ],
    ['404', () => new Response(null, { status: 404 }), 'id_token_invalid'],
    ['a page', () => new Response('<p>', { headers: { 'content-type': 'text/html' } }), 'id_token_invalid'],
    ['JSON without keys', () => Response.json({}), 'id_token_invalid'],
    ['no keys', () => Response.json({ keys: [] }), 'id_token_invalid'],
  ])('is answered as what it is: %s', async ([, answer, code]) => {
    server.answer('/jwks', answer);
    const context = clientOf(server);

    await expect(signIn({ kid: 'key-1' }, context)).rejects.toMatchObject({ code });

    publish(jwkOf(key));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11_000 });
    expect(await signIn({ kid: 'key-1' }, context)).toMatchObject({ claims: { sub: 'ada' } });
  });
});
