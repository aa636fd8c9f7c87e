import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { prepareAuthorization } from '../../sw/oauth/authorization-request.ts';
import { exchangeAuthorizationCode } from '../../sw/oauth/authorization-response.ts';
import type { TokenSet } from '../../sw/session/token-set.ts';
import {
  clientOf,
  createScriptedServer,
  ISSUER,
  type ScriptedServer,
  tokenResponse,
} from '../support/scripted-server.ts';

const HOUR_MS = 60 * 60 * 1000;

let server: ScriptedServer;
beforeEach(async () => {
  server = await createScriptedServer();
});
afterEach(() => void vi.useRealTimers());

/** Signs in at a server whose clock is right, on a machine whose clock is wrong. */
async function signIn(aheadMs: number, date: 'shown' | 'hidden', lifetimeSeconds: number = 300): Promise<TokenSet> {
  const rightMs = Date.now();
  const nowSeconds = Math.floor(rightMs / 1000);
  vi.useFakeTimers({ toFake: ['Date'], now: rightMs + aheadMs });
  const context = clientOf(server);
  const { pending } = await prepareAuthorization(context, {
    returnTo: '/',
    scopes: ['openid'],
    parameters: { max_age: '60' },
  });
  const { state, nonce } = pending;
  server.answer('/token', async () => {
    const times = { iat: nowSeconds, exp: nowSeconds + lifetimeSeconds, auth_time: nowSeconds };
    return tokenResponse(
      { id_token: await server.idToken({ claims: { nonce, ...times } }) },
      date === 'shown' ? { headers: { date: new Date(rightMs).toUTCString() } } : {},
    );
  });
  return exchangeAuthorizationCode(context, new URLSearchParams({ code: 'x', state, iss: ISSUER }), pending);
}

describe('a clock that is wrong', () => {
  test.for([-48 * HOUR_MS, -HOUR_MS, HOUR_MS, 48 * HOUR_MS])(
    'by %i ms does not prevent a sign-in if the server shows its own: the ID token’s times are checked by that',
    async (aheadMs) => {
      expect(await signIn(aheadMs, 'shown')).toMatchObject({ claims: { sub: 'ada' } });
    },
  );

  test('counts as right if the server does not show its own', async () => {
    await expect(signIn(HOUR_MS, 'hidden')).rejects.toMatchObject({ code: 'id_token_invalid' });
  });

  test('leaves the expiry of the access token to its lifetime and the worker’s own clock', async () => {
    const { accessTokens } = await signIn(48 * HOUR_MS, 'shown');

    expect(accessTokens['']).toMatchObject({ expiresAtMs: Date.now() + 300_000, lifetimeMs: 300_000 });
  });

  test('does not make an ID token valid that has expired by the server’s clock', async () => {
    await expect(signIn(-48 * HOUR_MS, 'shown', -60)).rejects.toMatchObject({ code: 'id_token_invalid' });
  });
});
