import type { SessionLimits } from '../../src/configuration/parse-session-limits.ts';
import { hasMembers } from '../../src/protocol/json.ts';
import type { Claims, SessionLimit } from '../../src/protocol/session.ts';

/** Time that a session has taken until a moment. It never gets less, whatever happens to the clock. */
export interface SessionTime {
  /** The moment by the clock, in milliseconds since the epoch. */
  readonly readAtMs: number;
  /** Time since the user's authentication, in milliseconds. */
  readonly ageMs: number;
  /** Time since the last activity of the user, in milliseconds. */
  readonly idleMs: number;
  /** Time of the authentication by the server's clock, in milliseconds since the epoch; absent if the server says no time. */
  readonly serverStartMs?: number;
  /** Whether the clock was set back while no worker ran, so that only the server can say how much time has passed. */
  readonly isInDoubt?: true;
}

/** Difference between two clocks that is ignored, in milliseconds: servers count whole seconds, and answers take their time. */
export const TOLERANCE_MS = 5000;

/** Reads the time of a session from the vault; `undefined` if there is none. */
export function parseSessionTime(value: unknown): SessionTime | undefined {
  if (!hasMembers(value)) return undefined;
  const { readAtMs, ageMs, idleMs, serverStartMs, isInDoubt } = value;
  if (typeof readAtMs !== 'number' || typeof ageMs !== 'number' || typeof idleMs !== 'number') return undefined;
  return {
    readAtMs,
    ageMs,
    idleMs,
    ...(typeof serverStartMs === 'number' && { serverStartMs }),
    ...(isInDoubt === true && { isInDoubt }),
  };
}

/** Adds time that has passed. */
export function afterTime(time: SessionTime, passedMs: number, readAtMs: number): SessionTime {
  return { ...time, readAtMs, ageMs: time.ageMs + passedMs, idleMs: time.idleMs + passedMs };
}

/** Sets the last activity of the user, unless there was a later one. */
export function afterActivity(time: SessionTime, agoMs: number): SessionTime {
  return { ...time, idleMs: Math.min(time.idleMs, Math.max(0, agoMs)) };
}

/**
 * Returns the time of a session after a sign-in. The age counts from the authentication that the ID token names. Without it, a sign-in
 * that continues a session continues its time: nothing proves that the user was asked.
 *
 * @param before the time of the session that the sign-in continues
 */
export function timeAfterSignIn(claims: Claims, before: SessionTime | undefined, nowMs: number): SessionTime {
  const issuedMs = millisecondsOf(claims['iat']);
  const authenticatedMs = millisecondsOf(claims['auth_time']);
  const provenAgeMs =
    issuedMs === undefined || authenticatedMs === undefined ? undefined : Math.max(0, issuedMs - authenticatedMs);
  const ageMs = provenAgeMs ?? before?.ageMs ?? 0;
  // The authentication is the same as before: that the browser went to the server is no activity of the user.
  const isContinued = before !== undefined && ageMs + TOLERANCE_MS >= before.ageMs;
  return {
    readAtMs: nowMs,
    ageMs,
    idleMs: isContinued ? before.idleMs : 0,
    ...(issuedMs !== undefined && { serverStartMs: issuedMs - ageMs }),
  };
}

/**
 * Returns the time of a session after a refresh. The time at which the server issued the ID token shows what a clock that was set back
 * has hidden: this can only add time.
 *
 * @param claims claims of the ID token that the refresh has brought; `undefined` if it has brought none
 */
export function timeAfterRefresh(time: SessionTime, claims: Claims | undefined): SessionTime {
  const issuedMs = millisecondsOf(claims?.['iat']);
  if (issuedMs === undefined) return time;
  const { isInDoubt, ...known } = time;
  if (time.serverStartMs === undefined) return { ...time, serverStartMs: issuedMs - time.ageMs };
  const hiddenMs = issuedMs - time.serverStartMs - time.ageMs;
  return hiddenMs > (isInDoubt ? 0 : TOLERANCE_MS) ? afterTime(known, hiddenMs, time.readAtMs) : known;
}

/** Returns the limit that a session has reached, the first one of both; `undefined` if it has reached none. */
export function reachedLimit(time: SessionTime, limits: SessionLimits): SessionLimit | undefined {
  const idleLeftMs = leftOf('idle', time, limits);
  const absoluteLeftMs = leftOf('absolute', time, limits);
  if (Math.min(idleLeftMs, absoluteLeftMs) > 0) return undefined;
  return idleLeftMs < absoluteLeftMs ? 'idle' : 'absolute';
}

/** Returns the time until a limit, in milliseconds; infinity without that limit. */
export function leftOf(limit: SessionLimit, { ageMs, idleMs }: SessionTime, limits: SessionLimits): number {
  return limit === 'idle' ? (limits.idleMs ?? Infinity) - idleMs : (limits.absoluteMs ?? Infinity) - ageMs;
}

function millisecondsOf(seconds: unknown): number | undefined {
  return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds * 1000 : undefined;
}
