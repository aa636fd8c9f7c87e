import { hasMembers } from '../../src/protocol/json.ts';

/**
 * Answers of the token endpoint, since the last refresh that succeeded, that were neither tokens nor a refusal of OAuth, such as a page of
 * HTML with 401. They are counted in the state, because a worker may be stopped between any two of them.
 */
export interface UnclearAnswers {
  readonly count: number;
  /** Time of the last one that counted, in milliseconds since the epoch. */
  readonly lastAtMs: number;
}

/** Number of answers that count as a refusal. */
export const MAX_UNCLEAR_ANSWERS = 6;

/** Time between two answers that count, in milliseconds: the browser may sleep, and wake in front of a proxy that refuses for a moment. */
export const UNCLEAR_INTERVAL_MS = 120_000;

/** Counts an answer. @returns `undefined` if it comes too soon after the one before to count */
export function countUnclear(before: UnclearAnswers | undefined, nowMs: number): UnclearAnswers | undefined {
  const { count, lastAtMs } = before ?? { count: 0, lastAtMs: Number.NEGATIVE_INFINITY };
  // A clock that was set back must not make the wait longer.
  return Math.abs(nowMs - lastAtMs) < UNCLEAR_INTERVAL_MS ? undefined : { count: count + 1, lastAtMs: nowMs };
}

/** Parses the count from the vault. */
export function parseUnclearAnswers(value: unknown): UnclearAnswers | undefined {
  if (!hasMembers(value)) return undefined;
  const { count, lastAtMs } = value;
  return Number.isInteger(count) && typeof count === 'number' && typeof lastAtMs === 'number'
    ? { count, lastAtMs }
    : undefined;
}
