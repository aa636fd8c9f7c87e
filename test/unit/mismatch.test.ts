import { UnsecuredJWT } from 'jose';
import { beforeEach, describe, expect, test } from 'vitest';
import type { TokenwardOptions } from '../../src/configuration/configuration.ts';
import { isTokenwardError, type TokenwardError } from '../../src/protocol/error.ts';
import { prepareAuthorization } from '../../sw/oauth/authorization-request.ts';
import { exchangeAuthorizationCode } from '../../sw/oauth/authorization-response.ts';
import { noticeFailures } from '../../sw/oauth/failure-notice.ts';
import { WHAT_TO_DO } from '../support/error-message.ts';
import {
  clientOf,
  createScriptedServer,
  ISSUER,
  type JwtChanges,
  type ScriptedServer,
  tokenResponse,
} from '../support/scripted-server.ts';

let server: ScriptedServer;
beforeEach(async () => {
  server = await createScriptedServer();
});

/** Signs in with a server that does not fit the configuration. @returns the error, and what the worker writes to the console */
async function signIn(
  answer: (idToken: (changes?: JwtChanges) => Promise<string>) => Response | Promise<Response>,
  options: Partial<TokenwardOptions> = {},
): Promise<{ readonly error: TokenwardError; readonly warnings: readonly string[] }> {
  const warnings: string[] = [];
  const notice = noticeFailures((message) => warnings.push(message));
  const context = clientOf(server, options);
  const attempt = notice(async () => {
    const { pending } = await prepareAuthorization(context, { returnTo: '/', scopes: ['openid'], parameters: {} });
    const { state, nonce } = pending;
    server.answer('/token', () =>
      answer((changes) => server.idToken({ ...changes, claims: { nonce, ...changes?.claims } })),
    );
    return exchangeAuthorizationCode(context, new URLSearchParams({ code: 'the-code', state, iss: ISSUER }), pending);
  });
  const [error] = [await attempt().catch((reason: unknown) => reason), await attempt().catch(() => {})];
  if (!isTokenwardError(error)) throw new Error('The sign-in has succeeded.');
  expect(error.message).toMatch(WHAT_TO_DO);
  expect(error.message).not.toMatch(/the-code|hidden|eyJ/);
  return { error, warnings };
}

const withIdToken =
  (changes: JwtChanges): Parameters<typeof signIn>[0] =>
  async (idToken) =>
    tokenResponse({ id_token: await idToken(changes) });

/** An ID token with a header that no library signs: the check of `alg` comes before that of the signature. */
function withAlgorithm(alg: unknown): Parameters<typeof signIn>[0] {
  return async (idToken) => {
    const [, payload, signature] = (await idToken()).split('.');
    const header = Buffer.from(JSON.stringify({ alg, kid: 'key-1' })).toString('base64url');
    return tokenResponse({ id_token: `${header}.${payload}.${signature}` });
  };
}

describe('an error names the cause, and the worker writes it to the console once:', () => {
  test.for<[what: string, answer: Parameters<typeof signIn>[0], names: readonly string[]]>([
    ['a MAC token', () => tokenResponse({ token_type: 'mac' }), ['"token_type" is "mac"', 'to "Bearer" at the server']],
    ['an N_A token', () => tokenResponse({ token_type: 'N_A' }), ['"token_type" is "n_a"']],
    ['a URN as the type', () => tokenResponse({ token_type: 'pop' }), ['"token_type" is "pop"', '"DPoP"']],
    ['a type that may be anything', () => tokenResponse({ token_type: 'my hidden' }), ['something that is no name']],
    [
      'a bound token',
      async (idToken) => tokenResponse({ token_type: 'DPoP', id_token: await idToken() }),
      ['"token_type" is "DPoP"', 'option "dpop"'],
    ],
    ['HS256', withAlgorithm('HS256'), ['"HS256"', 'shared secret', '"id_token_signed_response_alg"']],
    ['HS512', withAlgorithm('HS512'), ['"HS512"', 'shared secret', '"id_token_signed_response_alg"']],
    ['ES256K', withAlgorithm('ES256K'), ['"ES256K"', 'not supported', '"id_token_signed_response_alg"']],
    ['no signature', withAlgorithm('none'), ['"none"', '"id_token_signed_response_alg"']],
    ['an algorithm that may be anything', withAlgorithm('my hidden'), ['something that is no name']],
    ['no nonce', withIdToken({ claims: { nonce: undefined } }), ['no "nonce"', 'copies "nonce"']],
    ['a nonce that is null', withIdToken({ claims: { nonce: null } }), ['"nonce"', 'copies "nonce"']],
    ['another nonce', withIdToken({ claims: { nonce: 'hidden' } }), ['unexpected ID Token "nonce"', 'copies "nonce"']],
    ['another audience', withIdToken({ claims: { aud: 'hidden' } }), ['"aud"', '"clientId" must be in its "aud"']],
    ['no audience', withIdToken({ claims: { aud: undefined } }), ['no "aud"']],
    ['a list without this client', withIdToken({ claims: { aud: ['api'] } }), ['"clientId" must be in its "aud"']],
    ['more audiences', withIdToken({ claims: { aud: ['spa', 'api'] } }), ['"aud"', '"clientId"']],
    ['another client as azp', withIdToken({ claims: { azp: 'hidden' } }), ['"azp" names another client', '"clientId"']],
    [
      'another issuer',
      withIdToken({ claims: { iss: 'https://other.example/realm?x=hidden' } }),
      ['"https://other.example/realm"', `"${ISSUER}" is configured`, 'Set "issuer"'],
    ],
    [
      'an issuer with a slash at its end',
      withIdToken({ claims: { iss: `${ISSUER}/` } }),
      [`is "${ISSUER}/", and "${ISSUER}" is configured`],
    ],
    ['an issuer that is no URL', withIdToken({ claims: { iss: 'hidden' } }), ['no usable URL', 'Set "issuer"']],
    ['an expired ID token', withIdToken({ claims: { exp: 1 } }), ['"exp"', 'Check the clocks']],
    [
      'invalid_client',
      () => Response.json({ error: 'invalid_client' }, { status: 401 }),
      [
        'invalid_client',
        'public client without a secret',
        '"token_endpoint_auth_method": "none"',
        'the option "relay"',
      ],
    ],
    [
      'invalid_client with a challenge',
      () =>
        Response.json({ error: 'invalid_client' }, { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }),
      ['invalid_client', 'public client without a secret'],
    ],
    [
      'invalid_client with 400',
      () => Response.json({ error: 'invalid_client', error_description: 'hidden' }, { status: 400 }),
      ['invalid_client', 'public client without a secret'],
    ],
  ])('%s', async ([, answer, names]) => {
    const { error, warnings } = await signIn(answer);

    for (const name of names) expect(error.message).toContain(name);
    expect(warnings).toEqual([error.message]);
  });

  test.for<[what: string, issuer: unknown, names: readonly string[]]>([
    ['another one', 'https://other.example', ['"https://other.example"', `"${ISSUER}/" is configured`]],
    ['one with a path', `${ISSUER}/realms/a?x=hidden`, [`"${ISSUER}/realms/a"`, 'Set "issuer"']],
    ['one without TLS', 'http://as.example', ['"http://as.example"', 'Set "issuer"']],
  ])('metadata of %s', async ([, issuer, names]) => {
    server.metadata['issuer'] = issuer;

    const { error, warnings } = await signIn(() => tokenResponse());

    expect(error.code).toBe('issuer_invalid');
    for (const name of names) expect(error.message).toContain(name);
    expect(warnings).toEqual([error.message]);
  });

  test('a challenge that wants a secret, with no body', async () => {
    const challenge = { 'www-authenticate': 'Basic realm="as"' };

    const { error } = await signIn(() => new Response(null, { status: 401, headers: challenge }));

    expect(error).toMatchObject({ code: 'token_request_refused' });
    expect(error.message).toContain('public client without a secret');
    expect(error.message).toContain('set the option "relay"');
  });

  test('a token that is not bound, where the configuration requires it', async () => {
    const { error } = await signIn(async (idToken) => tokenResponse({ id_token: await idToken() }), {
      dpop: 'required',
    });

    expect(error.message).toContain('"dpop_bound_access_tokens"');
  });

  test('an unsecured ID token of a hybrid response, and nothing of what anyone may have written into the URL', async () => {
    const context = clientOf(server, { responseType: 'code id_token' });
    const { pending } = await prepareAuthorization(context, { returnTo: '/', scopes: ['openid'], parameters: {} });
    const id_token = new UnsecuredJWT({ iss: 'https://evil.example', aud: 'spa', sub: 'ada', nonce: pending.nonce })
      .setIssuedAt()
      .setExpirationTime('1h')
      .encode();

    const response = exchangeAuthorizationCode(
      context,
      new URLSearchParams({ code: 'x', state: pending.state, id_token }),
      pending,
    );

    await expect(response).rejects.toMatchObject({
      code: 'authorization_response_invalid',
      message: expect.not.stringContaining('evil'),
    });
    await expect(response).rejects.toThrow('"id_token_signed_response_alg"');
  });
});

describe('the worker writes nothing to the console of', () => {
  test.for<[what: string, answer: () => Response]>([
    ['a session that has ended', () => Response.json({ error: 'invalid_grant' }, { status: 400 })],
    ['an outage', () => new Response(null, { status: 503 })],
    [
      'a lost connection',
      () => {
        throw new TypeError('Failed to fetch');
      },
    ],
  ])('%s', async ([, answer]) => {
    expect((await signIn(answer)).warnings).toEqual([]);
  });
});
