import type { AccessChallenge } from '../protocol/access-challenge.ts';
import type { Explanation, RenewOn } from '../protocol/explanation.ts';
import {
  SESSION_LIMITS,
  type SessionLimit,
  type SessionStorage,
  type SignedIn,
  type SignedOutReason,
} from '../protocol/session.ts';

/** Actions of the worker, in words. */
export const ACTIONS: Readonly<Record<Explanation['action'], string>> = {
  authorize: 'gets the token',
  pass: 'left alone',
  answer: 'answered by the worker',
};

/** Reasons for an action, in words. */
export const REASONS: Readonly<Record<Explanation['reason'], string>> = {
  covered: 'a rule covers it',
  signed_out: 'a rule covers it, but no user is signed in',
  other_origin: 'no rule has this origin',
  other_path: 'the rules of this origin cover other paths',
  ambiguous_path: 'a server could decode this path into another one',
  excluded_path: 'the rule excludes this path',
  other_method: 'the rule does not name this method',
  other_destination: 'the rule does not name this kind of request',
  foreign_navigation: 'the navigation begins elsewhere',
  own_authorization: 'it has an Authorization header of its own',
  worker_endpoint: 'the worker has an endpoint there',
  other_listener: 'a rule covers it, but other code in the worker answers first',
};

/** Rules for renewals, in words. */
export const RENEWALS: Readonly<Record<RenewOn, string>> = {
  invalid_token: 'renews on invalid_token',
  unauthorized: 'renews on any 401',
};

/** Returns what a challenge requires, in words. */
export function requirementOf({ error, scopes, acrValues, maxAge, claims }: AccessChallenge): string {
  const parts = [
    ...(scopes ? [`scopes ${scopes.join(' ')}`] : []),
    ...(acrValues ? [`acr_values ${acrValues.join(' ')}`] : []),
    ...(maxAge === undefined ? [] : [`a sign-in within ${duration(maxAge * 1000)}`]),
    ...(claims === undefined ? [] : [`claims ${claims}`]),
  ];
  return parts.length > 0 ? `${error} (${parts.join(', ')})` : error;
}

/** Storage of the tokens, in words. */
export const STORAGE: Readonly<Record<SessionStorage, string>> = {
  sealed: 'sealed on disk',
  memory: 'in the worker’s memory',
  wrapped: 'wrapped on disk',
};

/** Reasons for a missing session, in words. */
export const SIGNED_OUT: Readonly<Record<SignedOutReason, string>> = {
  'not-signed-in': 'no user has signed in',
  'signed-out': 'the user signed out',
  refused: 'the authorization server has ended the session',
  expired: 'the session has reached its limit',
  lost: 'the tokens are gone, and may be renewed silently',
  'other-user': 'a renewal found another user',
};

/** Limits of a session, in words. */
export const LIMITS: Readonly<Record<SessionLimit, string>> = {
  idle: 'End without activity of the user',
  absolute: 'End whatever the user does',
};

/** Returns the ends of a session by its limits, in words. */
export function endsOf(
  { limits }: SignedIn,
  nowMs: number,
): readonly { readonly limit: SessionLimit; readonly text: string }[] {
  return SESSION_LIMITS.flatMap((limit) => {
    const end = limits?.[limit];
    if (!end) return [];
    const condition = limit === 'idle' ? 'without activity' : 'in any case';
    return [{ limit, text: `ends in ${duration(end.endsAtMs - nowMs)} ${condition}` }];
  });
}

/** Returns a time of day, to the second. */
export function clockTime(atMs: number): string {
  return new Date(atMs).toLocaleTimeString('en-GB');
}

/** Returns a duration in its largest useful units: `7 s`, `4 min`, `2 h 5 min`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Returns a frequency: `once`, `3 times`. */
export function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
