import { expect, test } from 'vitest';
import type { Claims } from '../../src/protocol/session.ts';
import { rememberSession } from '../../sw/session/lost-session.ts';
import { startSession } from '../../sw/session/session-changes.ts';
import { BEFORE_ALL } from '../../sw/session/session-order.ts';
import type { TokenSet } from '../../sw/session/token-set.ts';

const ADA: Claims = { sub: 'ada', iss: 'https://login.example/one' };

function tokensOf(claims: Claims): TokenSet {
  return { claims, scopes: [], accessTokens: {}, refreshToken: undefined, idToken: undefined, dpopKey: undefined };
}

test.for<[who: string, before: Claims, after: Claims, reason: string | undefined]>([
  ['the same user', ADA, ADA, undefined],
  ['another user', ADA, { ...ADA, sub: 'grace' }, 'other-user'],
  ['the same subject of another tenant', ADA, { ...ADA, iss: 'https://login.example/two' }, 'other-user'],
  ['the same subject without an issuer', ADA, { sub: 'ada' }, 'other-user'],
  ['a user whom no server names, as the one before', { sub: 'unknown:1' }, { sub: 'unknown:2' }, undefined],
  ['a user whom no server names, in place of one whom it did', ADA, { sub: 'unknown:2' }, 'other-user'],
  ['the same subject, where the session had no issuer', { sub: 'ada' }, ADA, undefined],
])('a silent sign-in after a loss that ends with %s', ([, before, after, reason]) => {
  const lost = rememberSession(tokensOf(before));

  const next = startSession({ reason: 'lost', lost, position: BEFORE_ALL, open: [] }, tokensOf(after), {
    renewal: {},
    nowMs: 0,
  });

  expect(next.reason).toBe(reason);
});
