import { describe, expect, test } from 'vitest';
import { laterToken } from '../../sw/session/later-token.ts';
import type { TargetToken } from '../../sw/session/token-refresh.ts';
import { Token } from '../../sw/vault/token.ts';

function tokenOf(sub: string, accessToken: string, iss: string = 'https://as.example'): TargetToken {
  const issued = {
    accessToken: new Token('access_token', accessToken),
    scopes: [],
    expiresAtMs: 1,
    lifetimeMs: 1,
    isBound: false,
  };
  const tokens = {
    claims: { sub, iss },
    scopes: [],
    accessTokens: { '': issued },
    refreshToken: undefined,
    idToken: undefined,
    dpopKey: undefined,
  };
  return { target: { scopes: [] }, issued, tokens };
}

describe('the token after another one', () => {
  const before = tokenOf('ada', 'one');
  const after = (now: TargetToken | undefined) => laterToken({ fresh: async () => now }, before);

  test('is another token of the same user', async () => {
    const now = tokenOf('ada', 'two');

    expect(await after(now)).toBe(now);
  });

  test.for<[what: string, now: TargetToken | undefined]>([
    ['without a session', undefined],
    ['of the same value, read anew', tokenOf('ada', 'one')],
    ['of another user', tokenOf('grace', 'two')],
    ['of a user of another issuer', tokenOf('ada', 'two', 'https://other.example')],
  ])('is none %s', async ([, now]) => {
    expect(await after(now)).toBeUndefined();
  });
});
