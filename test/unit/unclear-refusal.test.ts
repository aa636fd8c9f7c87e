import { describe, expect, test } from 'vitest';
import { DEFAULT_TARGET } from '../../src/configuration/token-target.ts';
import { isTokenwardError } from '../../src/protocol/error.ts';
import { refreshAccessToken } from '../../sw/oauth/refresh.ts';
import { TokenSession } from '../../sw/session/token-session.ts';
import type { TokenSet } from '../../sw/session/token-set.ts';
import { createMemoryVault } from '../../sw/vault/memory-vault.ts';
import { Token } from '../../sw/vault/token.ts';
import { clientOf, createScriptedServer, tokenResponse } from '../support/scripted-server.ts';

const MINUTE_MS = 60_000;
const HTML = { 'content-type': 'text/html' };
const METADATA = '/.well-known/openid-configuration';

/** A session whose access token has expired, with a real authorization server behind it, and a worker that is stopped at each step. */
async function expiredSession(options: { readonly lifetimeMs?: number } = {}) {
  const { lifetimeMs = MINUTE_MS } = options;
  const clock = { nowMs: 1_800_000_000_000 };
  const server = await createScriptedServer();
  const vault = createMemoryVault();
  const context = clientOf(server);
  const start = (): TokenSession =>
    new TokenSession({
      vault,
      refresh: (tokens, target) => refreshAccessToken(context, tokens, target),
      revoke: async () => true,
      tellVersions: () => {},
      schedule: () => {},
      announce: () => {},
      isOnline: () => true,
      now: () => clock.nowMs,
      isServerReachable: () =>
        context.probe().then(
          () => true,
          () => false,
        ),
      refreshBeforeExpiryMs: 10_000,
      leaseMs: 20_000,
    });
  const tokens: TokenSet = {
    claims: { sub: 'ada' },
    scopes: ['openid'],
    accessTokens: {
      '': {
        accessToken: new Token('access_token', 'access'),
        scopes: ['openid'],
        expiresAtMs: clock.nowMs + lifetimeMs,
        lifetimeMs,
        isBound: false,
      },
    },
    refreshToken: new Token('refresh_token', 'refresh'),
    idToken: new Token('id_token', 'id'),
    dpopKey: undefined,
  };
  await start().start(tokens);
  clock.nowMs += MINUTE_MS;
  /** Makes requests, one in each step of the clock, each in a worker that has just started. @returns the codes of their errors */
  const request = async (times: number, stepMs: number): Promise<readonly unknown[]> => {
    const codes: unknown[] = [];
    for (let count = 0; count < times; count += 1) {
      clock.nowMs += stepMs;
      codes.push(
        await start()
          .fresh(DEFAULT_TARGET)
          .then(
            (token) => token && 'token',
            (error: unknown) => (isTokenwardError(error) ? error.code : error),
          ),
      );
    }
    return codes;
  };
  const view = async (): Promise<unknown> => start().view();
  return { server, clock, request, view };
}

const SIGNED_IN = { status: 'signed-in' };
const UNCLEAR = 'token_response_invalid';

const SHAPES: readonly [what: string, answer: () => Response][] = [
  ['401 with a page of HTML', () => new Response('<p>', { status: 401, headers: HTML })],
  ['403 without a body', () => new Response(null, { status: 403 })],
  ['403 with a page of HTML', () => new Response('<p>', { status: 403, headers: HTML })],
  ['403 with other JSON', () => Response.json({ message: 'Forbidden' }, { status: 403 })],
  ['400 with a page of HTML', () => new Response('<p>', { status: 400, headers: HTML })],
  ['404', () => new Response(null, { status: 404 })],
  ['200 with a page of HTML', () => new Response('<p>', { headers: HTML })],
  ['tokens of a type that nobody knows', () => tokenResponse({ token_type: 'mac' })],
];

describe.for(SHAPES)('an answer to each refresh that is %s', ([, answer]) => {
  test('ends the session after ten minutes, so that a silent sign-in asks the server', async () => {
    const { server, request, view } = await expiredSession();
    server.answer('/token', answer);

    expect(await request(5, 2 * MINUTE_MS)).toEqual(Array(5).fill(UNCLEAR));
    expect(await view()).toMatchObject(SIGNED_IN);
    expect(await request(1, 2 * MINUTE_MS)).toEqual([undefined]);

    expect(await view()).toMatchObject({ status: 'signed-out', reason: 'lost', lastError: { code: UNCLEAR } });
  });

  test('that passes within ten minutes does not end the session', async () => {
    const { server, request, view } = await expiredSession();
    server.answer('/token', answer);
    await request(40, MINUTE_MS / 5);

    expect(await view()).toMatchObject(SIGNED_IN);
    server.answer('/token', () => tokenResponse());
    expect(await request(1, MINUTE_MS)).toEqual(['token']);

    expect(await view()).toMatchObject(SIGNED_IN);
  });
});

describe('a session stays though its refreshes are answered with 403', () => {
  const forbid = (): Response => new Response(null, { status: 403 });

  test('while the metadata do not answer, and ends once they do', async () => {
    const { server, request, view } = await expiredSession();
    const { metadata } = server;
    server.answer('/token', forbid);
    await request(5, 2 * MINUTE_MS);
    server.answer(METADATA, () => new Response('<p>', { status: 403, headers: HTML }));

    expect(await request(5, 2 * MINUTE_MS)).toEqual(Array(5).fill(UNCLEAR));
    expect(await view()).toMatchObject(SIGNED_IN);
    server.answer(METADATA, () => Response.json(metadata));
    await request(1, 2 * MINUTE_MS);

    expect(await view()).toMatchObject({ status: 'signed-out', reason: 'lost' });
  });

  test('while an access token can still be used', async () => {
    const { server, request, view } = await expiredSession({ lifetimeMs: 60 * MINUTE_MS });
    server.answer('/token', forbid);

    expect(await request(58, MINUTE_MS)).toEqual(Array(58).fill('token'));

    expect(await view()).toMatchObject(SIGNED_IN);
  });

  test('if the browser slept between two of them', async () => {
    const { server, request, view } = await expiredSession();
    server.answer('/token', forbid);
    await request(1, MINUTE_MS);
    await request(1, 600 * MINUTE_MS);

    await request(6, 10_000);

    expect(await view()).toMatchObject(SIGNED_IN);
  });

  test('if a refresh in between has succeeded', async () => {
    const { server, request, view } = await expiredSession();
    server.answer('/token', forbid);
    await request(5, 2 * MINUTE_MS);
    server.answer('/token', () => tokenResponse({ expires_in: 60 }));
    expect(await request(1, 2 * MINUTE_MS)).toEqual(['token']);
    server.answer('/token', forbid);

    await request(5, 2 * MINUTE_MS);

    expect(await view()).toMatchObject(SIGNED_IN);
  });

  test.for<[what: string, answer: () => Response, code: string]>([
    ['an outage', () => new Response(null, { status: 503 }), 'token_endpoint_unavailable'],
    [
      'a lost connection',
      () => {
        throw new TypeError('Failed to fetch');
      },
      'token_endpoint_unavailable',
    ],
    ['429', () => new Response(null, { status: 429 }), 'token_endpoint_unavailable'],
  ])('if most of the time it is %s', async ([, answer, code]) => {
    const { server, request, view } = await expiredSession();
    server.answer('/token', answer);

    expect(new Set(await request(30, 2 * MINUTE_MS))).toEqual(new Set([code]));

    expect(await view()).toMatchObject(SIGNED_IN);
  });
});
