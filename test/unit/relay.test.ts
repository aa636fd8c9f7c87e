import { beforeEach, describe, expect, test } from 'vitest';
import type { TokenwardOptions } from '../../src/configuration/configuration.ts';
import { DEFAULT_TARGET } from '../../src/configuration/token-target.ts';
import { isTokenwardError, type TokenwardError } from '../../src/protocol/error.ts';
import { RELAY_HEADER } from '../../src/protocol/relay-proof.ts';
import { prepareAuthorization } from '../../sw/oauth/authorization-request.ts';
import { exchangeAuthorizationCode } from '../../sw/oauth/authorization-response.ts';
import { createOAuthContext } from '../../sw/oauth/authorization-server.ts';
import type { OAuthContext } from '../../sw/oauth/context.ts';
import { refreshAccessToken } from '../../sw/oauth/refresh.ts';
import { revokeTokens } from '../../sw/oauth/revocation.ts';
import type { TokenSet } from '../../sw/session/token-set.ts';
import {
  CLIENT_SECRET,
  createRelayedServer,
  identityAt,
  relayedConfiguration,
  relayTo,
} from '../support/scripted-relay.ts';
import { APP_ORIGIN, ISSUER, type ScriptedServer, tokenResponse } from '../support/scripted-server.ts';

let server: ScriptedServer;
/** Origins of the requests that the worker has sent, by path. */
let sent: string[];
let warnings: string[];
let updates: number;
beforeEach(async () => {
  server = await createRelayedServer();
  [sent, warnings, updates] = [[], [], 0];
});

/** A worker with an identity at the relay of its server, which reaches the scripted server. */
async function connect(
  options: Partial<TokenwardOptions> = {},
  answerAsApp?: (request: Request) => Response,
): Promise<OAuthContext> {
  const configuration = relayedConfiguration(options);
  const now = (): number => Date.now();
  const relay = relayTo(server, configuration, { clientSecret: CLIENT_SECRET, now });
  const identity = await identityAt(relay);
  return createOAuthContext(configuration, {
    now,
    warn: (message) => warnings.push(message),
    relay: { identity, updateWorker: () => void (updates += 1) },
    send: async (input, init) => {
      const request = new Request(input, init);
      const { origin, pathname } = new URL(request.url);
      sent.push(origin === APP_ORIGIN ? pathname : request.url);
      if (origin !== APP_ORIGIN) return server.send(request);
      return answerAsApp?.(request) ?? relay.answer(request);
    },
  });
}

async function signIn(context: OAuthContext): Promise<TokenSet> {
  const request = { returnTo: '/', scopes: context.configuration.scopes, parameters: {} };
  const { pending } = await prepareAuthorization(context, request);
  const idToken = await server.idToken({ claims: { nonce: pending.nonce } });
  server.answer('/token', () => tokenResponse({ refresh_token: 'refresh', id_token: idToken }));
  const response = new URLSearchParams({ code: 'the-code', state: pending.state, iss: ISSUER });
  return exchangeAuthorizationCode(context, response, pending);
}

async function errorOf(attempt: Promise<unknown>): Promise<TokenwardError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (isTokenwardError(error)) return error;
  throw new Error(`There is no such error: ${String(error)}`);
}

describe('a worker of an app with a relay', () => {
  test('sends pushed, token and revocation requests there, and reads metadata and keys itself', async () => {
    const context = await connect();
    const tokens = await signIn(context);
    await refreshAccessToken(context, tokens, DEFAULT_TARGET);
    expect(await revokeTokens(context, tokens)).toBe(true);

    expect(sent).toEqual([
      `${ISSUER}/.well-known/openid-configuration`,
      '/auth/relay/pushed',
      '/auth/relay/token',
      `${ISSUER}/jwks`,
      '/auth/relay/token',
      '/auth/relay/revocation',
      '/auth/relay/revocation',
    ]);
    for (const path of ['/push', '/token', '/revoke']) {
      for (const { headers } of server.requestsTo(path)) expect(headers.get('authorization')).toMatch(/^Basic /);
    }
  });

  test('binds its tokens to a key all the same: the proof for the token endpoint goes along', async () => {
    const context = await connect({ dpop: 'required', pushedAuthorizationRequests: 'off' });
    server.answer('/token', () => tokenResponse({ token_type: 'DPoP' }));
    await signIn(context).catch(() => {});

    const proof = server.requestsTo('/token')[0]?.headers.get('dpop') ?? '';
    const claims: unknown = JSON.parse(atob(proof.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? ''));
    expect(claims).toMatchObject({ htm: 'POST', htu: `${ISSUER}/token` });
  });

  test('is refused for good where the authorization server refuses', async () => {
    const context = await connect();
    const tokens = await signIn(context);
    server.answer('/token', () => Response.json({ error: 'invalid_grant' }, { status: 400 }));

    const error = await errorOf(refreshAccessToken(context, tokens, DEFAULT_TARGET));
    expect([error.code, error.serverCode]).toEqual(['token_request_refused', 'invalid_grant']);
  });

  const failures: Record<string, readonly [(request: Request) => Response, string]> = {
    'refuses the proof': [() => relayed('refused', 401), 'all servers of the app have the same "relay.key"'],
    'has another time, and says so again': [() => relayed('stale', 401), 'Check both clocks'],
    'has too many requests': [() => relayed('limited', 429), 'Try again in two minutes'],
    'cannot reach the server': [() => relayed('unreachable', 502), 'See the log of the server of the app'],
    'has a wrong secret': [() => relayed('client', 502), 'Check "clientSecret" and "authentication"'],
    'is not there': [
      () => new Response('<!doctype html>', { status: 404 }),
      'Give createTokenward() the option "relay"',
    ],
    'is hidden by the page of the app': [() => new Response('<!doctype html>'), 'Give createTokenward() the option'],
    'is hidden by a server that refuses in its own words': [
      () => Response.json({ error: 'invalid_grant' }, { status: 400 }),
      'Give createTokenward() the option',
    ],
  };
  for (const [name, [answer, next]] of Object.entries(failures)) {
    test(`keeps its session if the relay ${name}, and says what to do`, async () => {
      const tokens = await signIn(await connect());
      const context = await connect({}, answer);

      const error = await errorOf(refreshAccessToken(context, tokens, DEFAULT_TARGET));
      expect(error.code).toBe('token_endpoint_unavailable');
      expect(error.retryable).toBe(true);
      expect(error.message).toContain(next);
      expect(await revokeTokens(context, tokens)).toBe(false);
    });
  }

  test('asks for its script anew if its proof is refused, and warns once', async () => {
    const tokens = await signIn(await connect());
    const context = await connect({}, () => relayed('refused', 401));
    await errorOf(refreshAccessToken(context, tokens, DEFAULT_TARGET));
    await errorOf(refreshAccessToken(context, tokens, DEFAULT_TARGET));

    expect(updates).toBe(2);
    expect(warnings).toEqual([expect.stringContaining('has refused the request')]);
  });

  test('does not put a request into a URL because the relay does not answer', async () => {
    const context = await connect({}, () => relayed('unreachable', 502));
    const request = { returnTo: '/', scopes: ['openid'], parameters: {} };

    const error = await errorOf(prepareAuthorization(context, request));
    expect([error.code, error.retryable]).toEqual(['issuer_unreachable', true]);
  });
});

/** A response of the relay itself. */
function relayed(outcome: string, status: number): Response {
  return Response.json({ error: `relay_${outcome}` }, { status, headers: { [RELAY_HEADER]: outcome } });
}
