import { isTokenwardError } from '../../src/protocol/error.ts';

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;
/** A server that wants to be left alone for longer is asked again all the same. */
const MAX_RETRY_AFTER_MS = 60 * 60 * 1000;

/** Keeps a failing authorization server from being asked at every request: exponential delays with jitter. */
export interface BackOff {
  /** @throws the error of the last attempt, while it is too early for another one */
  readonly check: () => void;
  /** Notes a failure that may pass. */
  readonly fail: (error: unknown) => void;
  /** Notes that the server answers again. */
  readonly succeed: () => void;
}

/** @param now the clock, in milliseconds */
export function createBackOff(now: () => number): BackOff {
  let failures = 0;
  let untilMs = 0;
  let delayMs = 0;
  let last: unknown;
  return {
    check: () => {
      // A clock that was set back must not make the wait longer than it can be.
      const remainingMs = untilMs - now();
      if (failures > 0 && remainingMs > 0 && remainingMs <= delayMs) throw last;
    },
    fail: (error) => {
      last = error;
      const ownMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** failures++) * (0.5 + Math.random() / 2);
      // Whole: a fraction would be another one after it was added to the time and taken off again.
      delayMs = Math.ceil(Math.max(ownMs, Math.min(MAX_RETRY_AFTER_MS, retryAfterMs(error, now()))));
      untilMs = now() + delayMs;
    },
    succeed: () => {
      failures = 0;
    },
  };
}

/** Returns the time for which a server asks to be left alone (RFC 9110, section 10.2.3), in milliseconds: the header has seconds, or a date; 0 without it. */
function retryAfterMs(error: unknown, nowMs: number): number {
  const retryAfter = (isTokenwardError(error) && error.retryAfter) || '0';
  return (/^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - nowMs) || 0;
}
