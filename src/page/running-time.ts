import { isPrerendering, monotonicNow } from './platform.ts';

/** Interval at which the running time is counted, in milliseconds. */
const TICK_MS = 1000;

/**
 * Longest time that one tick counts, in milliseconds. More passes between two ticks where the page was frozen, kept in the
 * back/forward cache or stopped in a debugger, where the machine slept, or where the browser slows the timers of a hidden page.
 */
const MAX_TICK_MS = 5000;

/** Action after a time, and the signal that cancels it. */
export interface Delayed {
  readonly act: () => void;
  readonly signal: AbortSignal;
}

/**
 * Acts after the page has run for a time. Time in which the page does not run, or is prerendered so that no user sees it, does not
 * count.
 *
 * @param runningMs the time, in milliseconds
 * @param delayed what is done then, and the signal that cancels it
 */
export function afterRunning(runningMs: number, { act, signal }: Delayed): void {
  let leftMs = runningMs;
  let beforeMs = monotonicNow();
  const timer = setInterval(
    () => {
      const nowMs = monotonicNow();
      if (!isPrerendering()) leftMs -= Math.min(nowMs - beforeMs, MAX_TICK_MS);
      beforeMs = nowMs;
      if (leftMs > 0) return;
      clearInterval(timer);
      act();
    },
    Math.min(TICK_MS, runningMs),
  );
  signal.addEventListener('abort', () => clearInterval(timer));
}
