import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { StepUpGuard } from '../../src/page/step-up-guard.ts';
import type { AccessChallenge } from '../../src/protocol/access-challenge.ts';
import type { Session } from '../../src/protocol/session.ts';

const CHALLENGE: AccessChallenge = {
  error: 'insufficient_claims',
  url: 'https://api.example/v1',
  method: 'GET',
  claims: '{"access_token":{"nbf":{"value":"1604106651"}}}',
};
const FAILURE = { code: 'authorization_refused', message: '', phase: 'authorization', retryable: false } as const;
const UNMET = expect.objectContaining({ name: 'TokenwardError', code: 'step_up_unmet' });

beforeEach(() => {
  const notes = new Map<string, string>();
  vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 });
  vi.stubGlobal('window', {
    sessionStorage: {
      getItem: (key: string) => notes.get(key) ?? null,
      setItem: (key: string, value: string) => notes.set(key, value),
      removeItem: (key: string) => notes.delete(key),
    },
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function sessionOf(expiresAtMs: number, changes: Partial<Session> = {}): Session {
  const claims = { sub: 'ada' };
  const session = {
    status: 'signed-in',
    claims,
    scopes: [],
    storage: 'sealed',
    network: 'online',
    expiresAtMs,
  } as const;
  return { ...session, ...(changes.lastError && { lastError: changes.lastError }) };
}

/** Answers a challenge by a sign-in, and meets one again; each page has a guard of its own. */
function meetAgain(
  again: AccessChallenge,
  {
    first = CHALLENGE,
    after = sessionOf(2),
    waitMs = 1000,
  }: { first?: AccessChallenge; after?: Session; waitMs?: number } = {},
): () => void {
  new StepUpGuard('https://app.example/', () => sessionOf(1)).note(first);
  vi.setSystemTime(Date.now() + waitMs);
  return () => new StepUpGuard('https://app.example/', () => after).check(again);
}

describe('a challenge that comes again after the sign-in for it', () => {
  test.for<[what: string, again: AccessChallenge]>([
    ['unchanged', CHALLENGE],
    ['for another request', { ...CHALLENGE, method: 'POST', url: 'https://api.example/v1/notes' }],
    ['with a later time', { ...CHALLENGE, claims: CHALLENGE.claims?.replace('1604106651', '1604106999') ?? '' }],
    ['with another proof', { ...CHALLENGE, claimsProof: 'another' }],
  ])('is not answered once more: %s', ([, again]) => {
    expect(meetAgain(again)).toThrow(UNMET);
    expect(meetAgain(again)).toThrow(/GET|POST/);
  });

  test.for<[what: string, again: AccessChallenge, parts?: Parameters<typeof meetAgain>[1]]>([
    ['it requires something else', { ...CHALLENGE, claims: '{"access_token":{"acrs":{"value":"c1"}}}' }],
    ['it has another error', { ...CHALLENGE, error: 'interaction_required' }],
    ['five minutes have passed', CHALLENGE, { waitMs: 300_000 }],
    ['the sign-in has failed', CHALLENGE, { after: sessionOf(2, { lastError: FAILURE }) }],
    ['the user has left the sign-in', CHALLENGE, { after: sessionOf(1) }],
  ])('is answered if %s', ([, again, parts]) => {
    expect(meetAgain(again, parts)).not.toThrow();
  });

  test.for<[maxAge: number, waitMs: number, isAnswered: boolean]>([
    [60, 59_999, false],
    [60, 60_000, true],
    [0, 29_999, false],
    [0, 30_000, true],
    [3600, 299_999, false],
    [3600, 300_000, true],
  ])('for an age of %i s is answered by its end, and 30 s to 5 min later: %i ms', ([maxAge, waitMs, isAnswered]) => {
    const first: AccessChallenge = { ...CHALLENGE, error: 'insufficient_user_authentication', maxAge };
    const check = meetAgain(first, { first, waitMs });

    if (isAnswered) expect(check).not.toThrow();
    else expect(check).toThrow(UNMET);
  });
});
