import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MutableRedirectUri, MutableResponse, MutableToken, OAuth2Service } from 'oauth2-mock-server';
import { hasMembers, isStringList } from '../../protocol/json.ts';
import { createGrants, createUserSessions, type Grant, grantOf, SESSION_COOKIE, type TestUser } from './grants.ts';
import { listen } from './listen.ts';

/** Options of the authorization server. */
export interface TestAuthorizationServerOptions {
  readonly port: number;
  readonly clientId: string;
  readonly accessTokenTtlSeconds: number;
  /** User of a sign-in without a chosen user. */
  readonly user: TestUser;
}

/** Authorization server without a login page. */
export interface TestAuthorizationServer {
  readonly issuer: string;
  /** Returns the grant of an access token. */
  readonly findAccess: (accessToken: string) => Grant | undefined;
  /** Returns a URL that signs a user in at this server, in the browser that opens it, and then redirects to `next`. */
  readonly loginUrl: (user: TestUser, next: string) => string;
  readonly expireAccessTokens: () => void;
  readonly endSessions: () => void;
  readonly close: () => Promise<void>;
}

const LOGIN_PATH = '/test/login';

/** Starts oauth2-mock-server with its own users. It signs users in without a page. */
export async function startTestAuthorizationServer(
  options: TestAuthorizationServerOptions,
): Promise<TestAuthorizationServer> {
  const { issuer, service } = await createMockServer();
  const users = createUserSessions();
  const [codes, refreshTokens, accessTokens] = [createGrants(), createGrants(), createGrants()];
  /** Grants of the token requests in progress. */
  const granted = new WeakMap<object, Grant>();

  service.on('beforeAuthorizeRedirect', ({ url }: MutableRedirectUri, request: IncomingMessage) => {
    const { searchParams: asked } = new URL(request.url ?? '', issuer.url);
    const isSilent = asked.get('prompt') === 'none';
    const user = users.find(request.headers.cookie) ?? (isSilent ? undefined : options.user);
    if (user) return codes.add(url.searchParams.get('code') ?? '', grantOf(user, wordsOf(asked.get('scope'))));
    url.searchParams.delete('code');
    url.searchParams.set('error', 'login_required');
  });
  service.on('beforeTokenSigning', ({ header, payload }: MutableToken, request: TokenRequest) => {
    const { code, refresh_token: refreshToken } = request.body;
    const grant = granted.get(request) ?? codes.take(code) ?? refreshTokens.take(refreshToken);
    if (!grant) return;
    granted.set(request, grant);
    if (payload['aud'] === options.clientId) {
      Object.assign(payload, grant.claims, { sub: grant.sub });
      return;
    }
    // An access token (RFC 9068).
    header['typ'] = 'at+jwt';
    const exp = Math.floor(Date.now() / 1000) + options.accessTokenTtlSeconds;
    Object.assign(payload, { sub: grant.sub, scope: grant.scopes.join(' '), jti: randomUUID(), exp });
  });
  service.on('beforeResponse', (response: MutableResponse, request: TokenRequest) => {
    const { body } = response;
    const grant = granted.get(request);
    if (!grant || body === '') {
      Object.assign(response, { statusCode: 400, body: { error: 'invalid_grant' } });
      return;
    }
    accessTokens.add(String(body['access_token']), grant);
    refreshTokens.add(String(body['refresh_token']), grant);
    Object.assign(body, { expires_in: options.accessTokenTtlSeconds, scope: grant.scopes.join(' ') });
  });
  service.on('beforeUserinfo', (response: MutableResponse, { headers }: IncomingMessage) => {
    const grant = accessTokens.find(headers.authorization?.replace(/^Bearer /, ''));
    const known = grant && { body: { ...grant.claims, sub: grant.sub } };
    Object.assign(response, known ?? { statusCode: 401, body: '' });
  });

  const logIn = (request: IncomingMessage, response: ServerResponse): void => {
    const { searchParams } = new URL(request.url ?? '', issuer.url);
    const id = users.begin(parseUser(searchParams.get('user')));
    const cookie = `${SESSION_COOKIE}=${id}; Path=/; HttpOnly; SameSite=Lax`;
    response.writeHead(303, { 'set-cookie': cookie, location: searchParams.get('next') ?? '/' }).end();
  };
  const { origin, close } = await listen((request, response) => {
    if (request.url?.startsWith(`${LOGIN_PATH}?`) === true) logIn(request, response);
    else service.requestHandler(request, response);
  }, options.port);
  issuer.url = origin;

  return {
    issuer: origin,
    findAccess: accessTokens.find,
    loginUrl: (user, next) =>
      `${origin}${LOGIN_PATH}?${String(new URLSearchParams({ user: JSON.stringify(user), next }))}`,
    expireAccessTokens: accessTokens.clear,
    endSessions: () => [users, codes, refreshTokens, accessTokens].forEach(({ clear }) => clear()),
    close,
  };
}

/** Token request that oauth2-mock-server has parsed. */
interface TokenRequest extends IncomingMessage {
  readonly body: { readonly code?: unknown; readonly refresh_token?: unknown };
}

/**
 * Loads the package that an app installs for its tests. `package.json` names no range of versions, because npm refuses to
 * install beside a version out of the range.
 *
 * @throws Error if it is missing or too old; the message says what to install
 */
async function createMockServer(): Promise<{
  readonly issuer: OAuth2Service['issuer'];
  readonly service: OAuth2Service;
}> {
  const { OAuth2Server } = await import('oauth2-mock-server').catch((cause: unknown) => {
    throw new Error(`${REQUIREMENT}, and none is installed: ${REMEDY}`, { cause });
  });
  const { issuer, service } = new OAuth2Server();
  if (!('generate' in issuer.keys)) throw new Error(`${REQUIREMENT}, and an older one is installed: ${REMEDY}`);
  await issuer.keys.generate('RS256');
  return { issuer, service };
}

const REQUIREMENT = 'tokenward/testing/server needs oauth2-mock-server 4 or newer';
const REMEDY = 'npm install -D oauth2-mock-server@latest';

function parseUser(text: string | null): TestUser {
  const value: unknown = JSON.parse(text ?? '{}');
  if (!hasMembers(value)) return {};
  const { claims, scopes } = value;
  return { ...(hasMembers(claims) && { claims }), ...(isStringList(scopes) && { scopes }) };
}

function wordsOf(text: string | null): readonly string[] {
  return (text ?? '').split(' ').filter((word) => word !== '');
}
