import type { IncomingMessage, ServerResponse } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { type MutableResponse, type MutableToken, OAuth2Server } from 'oauth2-mock-server';
import { API_AUDIENCE, CLIENT_ID } from '../servers/authorization-server-configuration.ts';
import type { FaultAnswer } from '../servers/faults.ts';
import { listen } from '../servers/listener.ts';
import { startClients } from '../servers/stack.ts';
import { noPages, type ServerUnderTest } from './server-under-test.ts';

/** How the server misbehaves, until told otherwise. */
export interface Misbehaviour {
  /** Where: at its metadata, or at its token endpoint. */
  readonly endpoint: 'discovery' | 'token';
  /** Claims that its ID tokens have instead of the right ones. */
  readonly idTokenClaims?: (nowSeconds: number) => Readonly<Record<string, unknown>>;
  /** Changes a token response that is as it should be. */
  readonly changeBody?: (body: Record<string, unknown>) => void;
  /** An answer in place of its own; without one, its own. */
  readonly answer?: FaultAnswer;
  /** How long an answer takes, in milliseconds. */
  readonly delayMs?: number;
}

/** oauth2-mock-server, with an app and an API that use it. */
export interface MockServer extends ServerUnderTest {
  /** Makes it misbehave; `undefined` ends that. */
  misbehave(how: Misbehaviour | undefined): void;
  /** Changes the lifetime of access tokens, in seconds. */
  setAccessTokenTtl(seconds: number): void;
}

/** The time limit of the app's worker for each request to the server, in milliseconds. */
export const REQUEST_TIMEOUT_MS = 1000;

const PATHS = { discovery: '/.well-known/openid-configuration', token: '/token' } as const;

/**
 * Starts oauth2-mock-server. It signs whoever comes in, without a page. What its hooks cannot do (a page of HTML, a wait, a
 * header) is done in front of it.
 *
 * @param accessTokenTtlSeconds the lifetime of access tokens, in seconds
 */
export async function startMockServer(accessTokenTtlSeconds: number): Promise<MockServer> {
  const { issuer, service } = new OAuth2Server();
  await issuer.keys.generate('RS256');
  let ttlSeconds = accessTokenTtlSeconds;
  let misbehaviour: Misbehaviour | undefined;

  service.on('beforeTokenSigning', ({ header, payload }: MutableToken) => {
    const nowSeconds = Math.floor(Date.now() / 1000);
    if (payload['aud'] === CLIENT_ID) {
      Object.assign(payload, misbehaviour?.idTokenClaims?.(nowSeconds));
      return;
    }
    // An access token, as the API wants it (RFC 9068).
    header['typ'] = 'at+jwt';
    Object.assign(payload, { aud: API_AUDIENCE, exp: nowSeconds + ttlSeconds });
  });
  service.on('beforeResponse', ({ body }: MutableResponse) => {
    if (body === '') return;
    body['expires_in'] = ttlSeconds;
    misbehaviour?.changeBody?.(body);
  });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const how = request.url === PATHS[misbehaviour?.endpoint ?? 'token'] ? misbehaviour : undefined;
    if (how?.delayMs !== undefined) await delay(how.delayMs);
    if (how?.answer === undefined || request.method === 'OPTIONS') {
      service.requestHandler(request, response);
      return;
    }
    await readText(request);
    const { status, body = '', headers = {} } = how.answer;
    response.writeHead(status, { 'access-control-allow-origin': '*', ...headers });
    response.end(body);
  };

  const listener = await listen((origin) => {
    issuer.url = origin;
    return answer;
  });
  const clients = await startClients(listener.origin, { app: { worker: { requestTimeoutMs: REQUEST_TIMEOUT_MS } } });

  return {
    issuer: listener.origin,
    ...clients,
    subject: 'johndoe',
    passLoginPages: noPages,
    passSignOutPages: noPages,
    misbehave: (how) => {
      misbehaviour = how;
    },
    setAccessTokenTtl: (seconds) => {
      ttlSeconds = seconds;
    },
    close: async () => {
      await Promise.all([clients.close(), listener.close()]);
    },
  };
}
