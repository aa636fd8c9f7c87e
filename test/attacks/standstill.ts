const TICK_MS = 500;

/** No load keeps a process from its next tick for so long: it, or the machine, has stood still. In milliseconds. */
const STANDSTILL_MS = 5000;

/** What was done, and whether time passed meanwhile in which nothing ran: what did not happen in time then says nothing. */
export interface Watched<T> {
  readonly value: T;
  readonly stoodStill: boolean;
}

/**
 * Does something, and watches the clock meanwhile.
 *
 * @param now the clock, in milliseconds
 */
export async function watchForStandstill<T>(
  act: () => Promise<T>,
  now: () => number = () => performance.now(),
): Promise<Watched<T>> {
  let lastMs = now();
  let longestMs = 0;
  const tick = (): void => {
    const nowMs = now();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
  };
  const timer = setInterval(tick, TICK_MS);
  try {
    const value = await act();
    tick();
    return { value, stoodStill: longestMs > STANDSTILL_MS };
  } finally {
    clearInterval(timer);
  }
}
