const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;

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
  let last: unknown;
  return {
    check: () => {
      // A clock that was set back must not make the wait longer than it can be.
      const remainingMs = untilMs - now();
      if (failures > 0 && remainingMs > 0 && remainingMs <= LONGEST_DELAY_MS) throw last;
    },
    fail: (error) => {
      last = error;
      untilMs = now() + Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures++) * (0.5 + Math.random() / 2);
    },
    succeed: () => {
      failures = 0;
    },
  };
}
