import { beforeEach, describe, expect, test } from 'vitest';
import { authorizationEndpoint, prepareAuthorization } from '../../sw/oauth/authorization-request.ts';
import type { TokenwardOptions } from '../../src/configuration/configuration.ts';
import { clientOf, createScriptedServer, ISSUER, type ScriptedServer } from '../support/scripted-server.ts';
import { WHAT_TO_DO } from '../support/error-message.ts';

const REQUEST = { returnTo: '/notes', scopes: ['openid', 'notes:read'], parameters: { login_hint: 'ada' } };
const PUSHED = Response.json.bind(null, { request_uri: 'urn:pushed:1', expires_in: 60 }, { status: 201 });

let server: ScriptedServer;
beforeEach(async () => {
  server = await createScriptedServer();
});

/** The parameters that the browser carries to the authorization endpoint. */
async function carried(options: Partial<TokenwardOptions> = {}): Promise<Readonly<Record<string, string>>> {
  const { url } = await prepareAuthorization(clientOf(server, options), REQUEST);
  expect(url.origin + url.pathname).toBe(`${ISSUER}/authorize`);
  return Object.fromEntries(url.searchParams);
}

function offerPush(): void {
  server.metadata['pushed_authorization_request_endpoint'] = `${ISSUER}/par`;
  server.answer('/par', () => PUSHED());
}

describe('an authorization request', () => {
  test('has PKCE with S256, state and nonce, each new for each request', async () => {
    const one = await carried();
    const other = await carried();

    expect(one).toMatchObject({
      client_id: 'spa',
      response_type: 'code',
      redirect_uri: 'https://app.example/auth/callback',
      scope: 'openid notes:read',
      code_challenge_method: 'S256',
      login_hint: 'ada',
    });
    for (const name of ['code_challenge', 'state', 'nonce']) {
      expect(one[name]).toMatch(/^[\w-]{43}$/);
      expect(one[name]).not.toBe(other[name]);
    }
  });

  test.for([
    ['none', undefined],
    ['a script', 'javascript:alert(1)'],
    ['data', 'data:text/html,x'],
    ['one without TLS', 'http://as.example/authorize'],
    ['what is no URL', 'authorize'],
  ] as const)('is not made where metadata name %s as its endpoint', async ([, endpoint]) => {
    server.metadata['authorization_endpoint'] = endpoint;

    await expect(authorizationEndpoint(clientOf(server))).rejects.toMatchObject({
      code: 'issuer_invalid',
      message: expect.stringMatching(WHAT_TO_DO),
    });
    await expect(carried()).rejects.toMatchObject({ code: 'issuer_invalid' });
  });
});

describe('an authorization request is pushed (RFC 9126)', () => {
  test.for<Partial<TokenwardOptions>>([
    {},
    { pushedAuthorizationRequests: 'auto' },
    { pushedAuthorizationRequests: 'required' },
  ])('where the server offers it, and the browser carries a reference alone: %j', async (options) => {
    offerPush();

    const query = await carried(options);

    expect(query).toEqual({ client_id: 'spa', request_uri: 'urn:pushed:1' });
    const [push] = server.requestsTo('/par');
    expect(Object.fromEntries(push?.form ?? [])).toMatchObject({
      client_id: 'spa',
      response_type: 'code',
      redirect_uri: 'https://app.example/auth/callback',
      code_challenge_method: 'S256',
      scope: 'openid notes:read',
      login_hint: 'ada',
      state: expect.any(String),
      nonce: expect.any(String),
    });
    expect(push?.form.has('request_uri')).toBe(false);
  });

  test('if the metadata says that the server accepts no others, even if the configuration says off', async () => {
    offerPush();
    server.metadata['require_pushed_authorization_requests'] = true;

    expect(await carried({ pushedAuthorizationRequests: 'off' })).toEqual({
      client_id: 'spa',
      request_uri: 'urn:pushed:1',
    });
  });

  test('but not if the server offers nothing, or the configuration says off', async () => {
    expect(await carried()).toMatchObject({ response_type: 'code' });
    offerPush();
    expect(await carried({ pushedAuthorizationRequests: 'off' })).toMatchObject({ response_type: 'code' });

    expect(server.requestsTo('/par')).toEqual([]);
  });

  test.for<[what: string, answer: () => Response, code: string, serverCode?: string]>([
    ['503', () => new Response(null, { status: 503 }), 'issuer_unreachable'],
    ['429', () => new Response(null, { status: 429 }), 'issuer_unreachable'],
    [
      'nothing: there is no connection',
      () => {
        throw new TypeError('Failed to fetch');
      },
      'issuer_unreachable',
    ],
    [
      'a refusal',
      () => Response.json({ error: 'invalid_request' }, { status: 400 }),
      'authorization_refused',
      'invalid_request',
    ],
    ['401 without a body', () => new Response(null, { status: 401 }), 'authorization_refused'],
    ['404', () => new Response(null, { status: 404 }), 'issuer_invalid'],
    ['a page of HTML', () => new Response('<p>', { headers: { 'content-type': 'text/html' } }), 'issuer_invalid'],
    ['no reference', () => Response.json({ expires_in: 60 }, { status: 201 }), 'issuer_invalid'],
    ['202 in place of 201', () => Response.json({ request_uri: 'urn:x' }, { status: 202 }), 'issuer_invalid'],
  ])('or not made at all: what the endpoint answers with %s ends the sign-in', async ([, answer, code, serverCode]) => {
    offerPush();
    server.answer('/par', answer);

    await expect(carried()).rejects.toMatchObject({ code, serverCode, message: expect.stringMatching(WHAT_TO_DO) });
  });

  test('and not downgraded where it is required and the server has no endpoint for it', async () => {
    await expect(carried({ pushedAuthorizationRequests: 'required' })).rejects.toMatchObject({
      code: 'issuer_invalid',
      message: expect.stringContaining('pushed'),
    });
  });
});
