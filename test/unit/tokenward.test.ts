import { describe, expect, test, vi } from 'vitest';
import { TokenwardError } from '../../src/protocol/error.ts';
import type { Session } from '../../src/protocol/session.ts';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import { DEFAULT_TARGET } from '../../src/configuration/token-target.ts';
import type { Access } from '../../sw/fetch/access.ts';
import { createRecentNeedles } from '../../sw/fetch/reflection.ts';
import type { TargetToken } from '../../sw/session/token-refresh.ts';
import type { TokenSet } from '../../sw/session/token-set.ts';
import { createTokenward } from '../../sw/tokenward.ts';
import { createMemoryVault } from '../../sw/vault/memory-vault.ts';
import { Token } from '../../sw/vault/token.ts';

const API = 'https://api.example/v1';
const SIGNED_OUT: Session = { status: 'signed-out', reason: 'not-signed-in' };

/** The worker's own code, in the session of a user. */
function inSessionOf(sub: string | undefined, fresh?: () => Promise<TargetToken | undefined>) {
  const { protectedResources } = parseConfiguration(
    { issuer: 'https://as.example', clientId: 'spa', protectedResources: [{ url: API, withoutSession: 'problem' }] },
    'https://app.example',
  );
  const send = vi.fn(async (request: RequestInfo | URL) => {
    const { headers, url } = request instanceof Request ? request : new Request(request);
    if (url.endsWith('/gone')) throw new TypeError('The network is gone.');
    return new Response(headers.get('authorization'));
  });
  const access: Access = { authorize: () => ({ authorization: 'Bearer of-the-session' }), observe: () => false };
  const tokenward = createTokenward(
    () => ({
      session: {
        view: async () => SIGNED_OUT,
        fresh: fresh ?? (async () => (sub === undefined ? sub : tokenOf(sub))),
        recover: async () => {},
      },
      protectedResources,
      vault: createMemoryVault(),
      source: { fresh: async () => access, freshAfter: async () => access, noteOutcome: () => {} },
      accessOf: (token) => token && access,
      send,
      noteOwn: () => {},
      tellReflection: () => {},
      recentNeedles: createRecentNeedles(() => Date.now()),
      now: () => Date.now(),
      isAbandoned: async () => false,
    }),
    () => () => {},
  );
  return { tokenward, send };
}

function tokenOf(sub: string): TargetToken {
  const accessToken = new Token('access_token', 'of-the-session');
  const issued = { accessToken, scopes: [], expiresAtMs: 1, lifetimeMs: 1, isBound: false };
  const tokens: TokenSet = {
    claims: { sub },
    scopes: [],
    accessTokens: { '': issued },
    refreshToken: undefined,
    idToken: new Token('id_token', ''),
    dpopKey: undefined,
  };
  return { target: DEFAULT_TARGET, issued, tokens };
}

describe('a request of the worker’s own code', () => {
  test('carries the token to a protected resource, and nowhere else', async () => {
    const { tokenward } = inSessionOf('ada');

    expect(await (await tokenward.fetch(`${API}/notes`)).text()).toBe('Bearer of-the-session');
    expect(await (await tokenward.fetch('https://elsewhere.example/')).text()).toBe('');
    expect(await (await tokenward.fetch(new URL('https://api.example/other'))).text()).toBe('');
  });

  test('is covered by the rules of the configuration', () => {
    const { tokenward } = inSessionOf('ada');

    expect(tokenward.covers(new Request(`${API}/notes`))).toBe(true);
    expect(tokenward.covers(new Request(`${API}x`))).toBe(false);
  });

  test('of the user who is signed in goes out', async () => {
    const { tokenward } = inSessionOf('ada');

    expect((await tokenward.fetch(`${API}/notes`, { user: 'ada' })).status).toBe(200);
  });

  test.for([['grace'], [undefined]] as const)('of another user than %s does not go out', async ([sub]) => {
    const { tokenward, send } = inSessionOf(sub);

    await expect(tokenward.fetch(`${API}/notes`, { user: 'ada' })).rejects.toMatchObject({ code: 'other_user' });
    expect(send).not.toHaveBeenCalled();
  });

  test('without a user gets a problem if no user is signed in', async () => {
    const { tokenward } = inSessionOf(undefined);

    expect((await tokenward.fetch(`${API}/notes`)).status).toBe(401);
  });

  test('fails with the reason if no token is available', async () => {
    const error = new TokenwardError('token_endpoint_unavailable', 'It does not answer.');
    const { tokenward, send } = inSessionOf('ada', async () => Promise.reject(error));

    await expect(tokenward.fetch(`${API}/notes`)).rejects.toBe(error);
    expect(send).not.toHaveBeenCalled();
  });

  test('fails as a fetch does where the network does', async () => {
    const { tokenward } = inSessionOf('ada');

    await expect(tokenward.fetch(`${API}/gone`)).rejects.toBeInstanceOf(TypeError);
  });
});
