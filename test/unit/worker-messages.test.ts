import { describe, expect, test } from 'vitest';
import { parseAccessChallenge } from '../../src/protocol/access-challenge.ts';
import { parseAlarm } from '../../src/protocol/alarm.ts';
import { parseSession } from '../../src/protocol/session.ts';

const SIGNED_IN = {
  status: 'signed-in',
  claims: { sub: 'ada', roles: ['editor'] },
  scopes: ['openid'],
  expiresAtMs: 1,
  storage: 'sealed',
  network: 'online',
};
const SIGNED_OUT = { status: 'signed-out', reason: 'lost' };
const ALARM = { tripwire: 'call_flood', consequence: 'stopped', atMs: 1, count: 2 };
const CHALLENGE = { error: 'insufficient_scope', url: 'https://api.example/', method: 'GET', scopes: ['a'] };

/** A message without one of its members, or with another value for it. */
const changed = (message: object, name: string, value?: unknown): unknown => ({ ...message, [name]: value });

describe('a message of the worker is read member by member:', () => {
  test('a session, without members that this release does not know', () => {
    expect(parseSession({ ...SIGNED_IN, accessToken: 'planted' })).toEqual(SIGNED_IN);
    expect(parseSession({ ...SIGNED_OUT, revocation: 'open' })).toEqual({ ...SIGNED_OUT, revocation: 'open' });
  });

  test('an alarm and a challenge, with the members that may be absent', () => {
    expect(parseAlarm({ ...ALARM, url: 'https://api.example/' })).toEqual({ ...ALARM, url: 'https://api.example/' });
    expect(parseAlarm({ ...ALARM, url: 7 })).toEqual(ALARM);
    expect(parseAccessChallenge({ ...CHALLENGE, maxAge: 60, acrValues: ['b'] })).toMatchObject({ maxAge: 60 });
    expect(parseAccessChallenge({ ...CHALLENGE, maxAge: '60' })).toEqual(CHALLENGE);
  });

  test.for([
    ['a session without a subject', parseSession, changed(SIGNED_IN, 'claims', {})],
    ['a session without scopes', parseSession, changed(SIGNED_IN, 'scopes')],
    ['a session whose expiry is no number', parseSession, changed(SIGNED_IN, 'expiresAtMs', 'soon')],
    ['a session in a storage of another release', parseSession, changed(SIGNED_IN, 'storage', 'cookie')],
    ['a signed-out session without a reason', parseSession, changed(SIGNED_OUT, 'reason')],
    ['an alarm of another release', parseAlarm, changed(ALARM, 'tripwire', 'moon_phase')],
    ['an alarm without a count', parseAlarm, changed(ALARM, 'count')],
    ['a challenge for something else', parseAccessChallenge, changed(CHALLENGE, 'error', 'payment_required')],
    ['a challenge without a URL', parseAccessChallenge, changed(CHALLENGE, 'url')],
    ['no object', parseAlarm, 'call_flood'],
  ] as const)('%s is none', ([, parse, message]) => {
    expect(parse(message)).toBeUndefined();
  });
});
