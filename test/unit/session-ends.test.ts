import { expect, test } from 'vitest';
import { hasEnded, type Session, type SignedOutReason } from '../../src/protocol/session.ts';

test.for<[reason: SignedOutReason, ended: boolean]>([
  ['signed-out', true],
  ['refused', true],
  ['expired', true],
  ['other-user', true],
  ['lost', false],
  ['not-signed-in', false],
])('the reason %s says that the session has ended: %s', ([reason, ended]) => {
  expect(hasEnded({ status: 'signed-out', reason })).toBe(ended);
});

test('a session of a signed-in user has not ended', () => {
  const session: Session = {
    status: 'signed-in',
    claims: { sub: 'ada' },
    scopes: [],
    expiresAtMs: 0,
    storage: 'sealed',
    network: 'online',
  };

  expect(hasEnded(session)).toBe(false);
});
