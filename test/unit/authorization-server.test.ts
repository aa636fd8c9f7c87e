import { beforeEach, describe, expect, test } from 'vitest';
import type {
  AuthorizationServerMetadata,
  AuthorizationServerOptions,
} from '../../src/configuration/authorization-server.ts';
import { prepareAuthorization } from '../../sw/oauth/authorization-request.ts';
import { exchangeAuthorizationCode } from '../../sw/oauth/authorization-response.ts';
import { revokeTokens } from '../../sw/oauth/revocation.ts';
import type { OAuthContext } from '../../sw/oauth/context.ts';
import type { TokenSet } from '../../sw/session/token-set.ts';
import {
  clientOf,
  createScriptedServer,
  createSigningKey,
  ISSUER,
  type ScriptedServer,
  tokenResponse,
} from '../support/scripted-server.ts';
import { WHAT_TO_DO } from '../support/error-message.ts';

const REQUEST = { returnTo: '/', scopes: ['openid'], parameters: {} };
const WELL_KNOWN = '/.well-known/openid-configuration';

/** All metadata that a sign-in needs, each at a host that the issuer does not name. */
const INLINE = {
  authorization_endpoint: 'https://login.other.example/authorize?p=b2c_1_signin',
  token_endpoint: 'https://tokens.other.example/token?p=b2c_1_signin',
  jwks_uri: 'https://keys.other.example/jwks',
  revocation_endpoint: 'https://tokens.other.example/revoke',
  id_token_signing_alg_values_supported: ['ES256'],
} satisfies AuthorizationServerMetadata;

let server: ScriptedServer;
beforeEach(async () => {
  server = await createScriptedServer();
});

function clientWith(authorizationServer: AuthorizationServerOptions): OAuthContext {
  return clientOf(server, { authorizationServer });
}

/** Signs in: the response has the `iss` of RFC 9207, and the ID token the claims given. */
async function signIn(
  context: OAuthContext,
  { iss = ISSUER, claims = {} }: { readonly iss?: string | undefined; readonly claims?: object } = {},
): Promise<TokenSet> {
  const { pending } = await prepareAuthorization(context, REQUEST);
  const idToken = await server.idToken({ claims: { nonce: pending.nonce, ...claims } });
  server.answer('/token', () => tokenResponse({ id_token: idToken, refresh_token: 'refresh' }));
  const response = new URLSearchParams({ code: 'the-code', state: pending.state, ...(iss !== '' && { iss }) });
  return exchangeAuthorizationCode(context, response, pending);
}

describe('the URL of the metadata', () => {
  test.for([
    ['that of RFC 8414', `${ISSUER}/.well-known/oauth-authorization-server`],
    ['one of another host', 'https://metadata.other.example/tenant.json'],
    ['one with a query', `${ISSUER}/v2.0${WELL_KNOWN}?p=b2c_1_signin`],
  ] as const)('may be %s: the worker requests it and no other', async ([, metadataUrl]) => {
    server.answer(new URL(metadataUrl).pathname, () => Response.json(server.metadata));

    await expect(signIn(clientWith({ metadataUrl }))).resolves.toMatchObject({ claims: { iss: ISSUER } });

    expect(server.requests[0]).toMatchObject({ url: metadataUrl });
    expect(server.requestsTo(WELL_KNOWN)).toEqual([]);
  });

  test.for(['https://as.evil.test', `${ISSUER}/other`, undefined])(
    'does not choose the issuer: metadata of %s are refused, wherever they are from',
    async (issuer) => {
      server.metadata['issuer'] = issuer;
      server.answer('/tenant.json', () => Response.json(server.metadata));
      const context = clientWith({ metadataUrl: 'https://metadata.other.example/tenant.json' });

      await expect(context.metadata()).rejects.toMatchObject({
        code: 'issuer_invalid',
        message: expect.stringMatching(WHAT_TO_DO),
      });
    },
  );

  test.for([
    [302, {}],
    [301, {}],
    [307, { metadataUrl: 'https://metadata.other.example/.well-known/openid-configuration' }],
  ] as const)('is not followed where it redirects (%i): the error names the option', async ([status, options]) => {
    server.answer(WELL_KNOWN, () => new Response(null, { status, headers: { location: '/elsewhere' } }));

    await expect(clientWith(options).metadata()).rejects.toMatchObject({
      code: 'issuer_invalid',
      message: expect.stringMatching(/redirects.*Set "authorizationServer\.metadataUrl"/),
    });
    expect(server.requestsTo('/elsewhere')).toEqual([]);
  });
});

describe('members of the configuration', () => {
  test('complete what the server publishes', async () => {
    delete server.metadata['revocation_endpoint'];
    server.answer('/revoke-here', () => new Response());
    const context = clientWith({ metadata: { revocation_endpoint: `${ISSUER}/revoke-here` } });

    const isAnswered = await revokeTokens(context, await signIn(context));

    expect(isAnswered).toBe(true);
    expect(server.requestsTo('/revoke-here')).toHaveLength(2);
    expect(server.requestsTo(WELL_KNOWN)).toHaveLength(1);
  });

  test('take the place of what the server publishes, and leave the rest', async () => {
    server.metadata['token_endpoint'] = 'https://internal.example/wrong';
    const context = clientWith({ metadata: { token_endpoint: `${ISSUER}/token` } });

    await expect(signIn(context)).resolves.toMatchObject({ claims: { sub: 'ada' } });

    expect(await context.metadata()).toMatchObject({ end_session_endpoint: `${ISSUER}/logout` });
  });

  test('do not make metadata of another issuer acceptable', async () => {
    server.metadata['issuer'] = 'https://as.evil.test';

    await expect(
      clientWith({ metadata: { end_session_endpoint: `${ISSUER}/logout` } }).metadata(),
    ).rejects.toMatchObject({ code: 'issuer_invalid' });
  });

  test('cannot take away S256', async () => {
    await expect(
      clientWith({ metadata: { code_challenge_methods_supported: ['plain'] } }).metadata(),
    ).rejects.toMatchObject({ code: 'issuer_invalid', message: expect.stringContaining('S256') });
  });

  test('do not hide that the server fails', async () => {
    server.answer(WELL_KNOWN, () => new Response('{}', { status: 503 }));

    await expect(
      clientWith({ metadata: { revocation_endpoint: `${ISSUER}/revoke` } }).metadata(),
    ).rejects.toMatchObject({ code: 'issuer_unreachable' });
  });
});

describe('all metadata in the configuration', () => {
  test('need no request: the worker signs in with the endpoints that they name', async () => {
    const context = clientWith({ metadata: INLINE });

    await expect(signIn(context, { iss: '' })).resolves.toMatchObject({ claims: { iss: ISSUER, sub: 'ada' } });

    expect(server.requests.map(({ url }) => url)).toEqual([INLINE.token_endpoint, INLINE.jwks_uri]);
  });

  test('are completed by what the server publishes if the configuration names its URL', async () => {
    const context = clientWith({ metadata: INLINE, metadataUrl: ISSUER + WELL_KNOWN });

    expect(await context.metadata()).toMatchObject({ ...INLINE, end_session_endpoint: `${ISSUER}/logout` });
  });

  test.for<[what: string, claims: object]>([
    ['of another issuer', { iss: 'https://as.evil.test' }],
    ['of an issuer with another slash', { iss: `${ISSUER}/` }],
    ['for another client', { aud: 'other' }],
    ['of another sign-in', { nonce: 'other' }],
  ])('weaken no check of an ID token: one %s is refused', async ([, claims]) => {
    await expect(signIn(clientWith({ metadata: INLINE }), { iss: '', claims })).rejects.toMatchObject({
      code: 'id_token_invalid',
      message: expect.stringMatching(WHAT_TO_DO),
    });
  });

  test('weaken no check of a signature: a key that is not in the key set is refused', async () => {
    const key = await createSigningKey('key-1');
    const context = clientWith({ metadata: INLINE });
    const { pending } = await prepareAuthorization(context, REQUEST);
    const idToken = await server.idToken({ claims: { nonce: pending.nonce }, key });
    server.answer('/token', () => tokenResponse({ id_token: idToken }));

    await expect(
      exchangeAuthorizationCode(context, new URLSearchParams({ code: 'c', state: pending.state }), pending),
    ).rejects.toMatchObject({ code: 'id_token_invalid' });
  });

  test.for([['none'], ['HS256'], ['none', 'HS256', 'ES256']])(
    'cannot allow an algorithm without a public key: %s',
    async (algorithms) => {
      const context = clientWith({ metadata: { ...INLINE, id_token_signing_alg_values_supported: algorithms } });
      const { pending } = await prepareAuthorization(context, REQUEST);
      const idToken = await server.idToken({ claims: { nonce: pending.nonce } });
      const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      for (const alg of ['none', 'HS256']) {
        const [, payload = '', signature = ''] = idToken.split('.');
        const forged = `${encode({ alg })}.${payload}.${alg === 'none' ? '' : signature}`;
        server.answer('/token', () => tokenResponse({ id_token: forged }));

        await expect(
          exchangeAuthorizationCode(context, new URLSearchParams({ code: 'c', state: pending.state }), pending),
          alg,
        ).rejects.toMatchObject({ code: 'id_token_invalid' });
      }
    },
  );

  test('keep the defence against a mix-up: the issuer of a response is compared, and can be required', async () => {
    await expect(signIn(clientWith({ metadata: INLINE }), { iss: 'https://as.evil.test' })).rejects.toMatchObject({
      code: 'authorization_response_invalid',
    });
    const strict = clientWith({ metadata: { ...INLINE, authorization_response_iss_parameter_supported: true } });
    await expect(signIn(strict, { iss: '' })).rejects.toMatchObject({ code: 'authorization_response_invalid' });
    await expect(signIn(strict)).resolves.toMatchObject({ claims: { sub: 'ada' } });
  });

  test('say nothing of the network: whether the server can be reached, the keys show', async () => {
    const context = clientWith({ metadata: INLINE });
    await expect(context.probe()).resolves.toBeUndefined();

    server.answer(
      '/jwks',
      () => new Response('<p>Sign in to the Wi-Fi.</p>', { headers: { 'content-type': 'text/html' } }),
    );
    await expect(context.probe()).rejects.toMatchObject({ code: 'issuer_invalid' });
    server.answer('/jwks', () => {
      throw new TypeError('Failed to fetch');
    });
    await expect(context.probe()).rejects.toMatchObject({ code: 'issuer_unreachable' });
    await expect(context.metadata()).resolves.toMatchObject(INLINE);
  });
});
