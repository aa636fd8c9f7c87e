import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { TokenwardOptions } from '../../src/configuration/configuration.ts';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import { DEFAULT_TARGET } from '../../src/configuration/token-target.ts';
import { prepareAuthorization } from '../../sw/oauth/authorization-request.ts';
import { exchangeAuthorizationCode } from '../../sw/oauth/authorization-response.ts';
import { createOAuthContext } from '../../sw/oauth/authorization-server.ts';
import { refreshAccessToken } from '../../sw/oauth/refresh.ts';
import { CLIENT_ID } from '../servers/authorization-server-configuration.ts';
import { startAuthorizationServer, type AuthorizationServer } from '../servers/authorization-server.ts';
import { ADA } from '../servers/users.ts';

const APP = 'http://localhost:7777';

/** Greatest number of pages and redirects of a sign-in. */
const MAX_STEPS = 12;

let server: AuthorizationServer;
beforeAll(async () => {
  server = await startAuthorizationServer({ apps: [APP] });
});
afterAll(() => server.close());
beforeEach(() => server.requests.clear());

/** Signs in as a browser does, with cookies, and returns the URL of the authorization response. */
async function followSignIn(url: URL): Promise<URL> {
  const cookies = new Map<string, string>();
  let next = url;
  let init: RequestInit = {};
  for (let step = 0; step < MAX_STEPS; step++) {
    const cookie = Array.from(cookies, (pair) => pair.join('=')).join('; ');
    const response = await fetch(next, { ...init, redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) {
      init = { method: 'POST', body: new URLSearchParams({ username: ADA.username, password: ADA.password }) };
    } else {
      next = new URL(location, next);
      init = {};
      if (next.origin === APP) return next;
    }
  }
  throw new Error('The sign-in does not end.');
}

/** Signs in, refreshes, and returns what the session knows, with the endpoints that the worker has called. */
async function signInAndRefresh(options: Partial<TokenwardOptions>) {
  const configuration = parseConfiguration(
    { issuer: server.issuer, clientId: CLIENT_ID, protectedResources: [{ url: '/api' }], ...options },
    APP,
  );
  const context = createOAuthContext(configuration, { send: fetch, now: () => Date.now(), warn: () => {} });
  const request = { returnTo: '/', scopes: configuration.scopes, parameters: {} };
  const { url, pending } = await prepareAuthorization(context, request);
  const response = await followSignIn(url);
  const before = await exchangeAuthorizationCode(context, response.searchParams, pending);
  const after = await refreshAccessToken(context, before, DEFAULT_TARGET);
  return { before, after, paths: new Set(server.requests.list().map(({ path }) => path)) };
}

function endpoints() {
  const { origin } = server;
  return { authorization_endpoint: `${origin}/auth`, token_endpoint: `${origin}/token`, jwks_uri: `${origin}/jwks` };
}

test('a real server is signed in at with metadata in the configuration, and is not asked for its own', async () => {
  const { before, after, paths } = await signInAndRefresh({ authorizationServer: { metadata: endpoints() } });

  expect(before.claims).toMatchObject({ iss: server.issuer, sub: ADA.sub });
  expect(after.claims.sub).toBe(ADA.sub);
  expect(Array.from(paths).filter((path) => path.includes('.well-known'))).toEqual([]);
  expect(paths).toContain('/jwks');
});

test('a real server is signed in at with the metadata of RFC 8414', async () => {
  const metadataUrl = `${server.issuer}/.well-known/oauth-authorization-server`;

  const { before, paths } = await signInAndRefresh({ authorizationServer: { metadataUrl } });

  expect(before.claims).toMatchObject({ iss: server.issuer, sub: ADA.sub });
  expect(paths).toContain('/.well-known/oauth-authorization-server');
  expect(paths).not.toContain('/.well-known/openid-configuration');
});

test.for([
  ['its metadata of RFC 8414', () => ({})],
  ['metadata in the configuration', () => ({ authorizationServer: { metadata: endpoints() } })],
] as const)('a real server is used as one of plain OAuth 2.0, with %s', async ([, options]) => {
  const { before, after, paths } = await signInAndRefresh({ openid: false, scopes: ['notes:read'], ...options() });

  expect(before).toMatchObject({ claims: { sub: expect.stringMatching(/^unknown:/) }, idToken: undefined });
  expect(after.claims).toEqual(before.claims);
  expect(after.accessTokens['']?.scopes).toEqual(['notes:read']);
  expect(paths).not.toContain('/jwks');
  const [request] = server.requests.list('authorization');
  expect(request?.parameters.has('nonce')).toBe(false);
});
