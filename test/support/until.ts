import { setTimeout as delay } from 'node:timers/promises';
import { PAGE_TIMEOUT_MS } from './engines/engine.ts';

/** The first interval between two looks, and the longest, in milliseconds: each look takes a browser's time. */
const FIRST_INTERVAL_MS = 20;
const LONGEST_INTERVAL_MS = 100;

/** How often to look, and for how long. */
export interface Waiting {
  /** By default the interval grows: what does not come soon is looked for less often. */
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
}

/**
 * Looks again and again until there is something to see.
 *
 * @param look resolves to `undefined` as long as there is not; what it throws is kept for the message
 * @param what says what, for the message, such as `the element #save`
 * @throws Error if nothing comes in time
 */
export async function until<T>(
  look: () => Promise<T | undefined>,
  what: () => string,
  { intervalMs, timeoutMs = PAGE_TIMEOUT_MS }: Waiting = {},
): Promise<T> {
  const endMs = performance.now() + timeoutMs;
  let nextMs = intervalMs ?? FIRST_INTERVAL_MS;
  let cause: unknown;
  do {
    try {
      const seen = await look();
      if (seen !== undefined) return seen;
    } catch (error) {
      cause = error;
    }
    await delay(nextMs);
    if (intervalMs === undefined) nextMs = Math.min(nextMs * 1.2, LONGEST_INTERVAL_MS);
  } while (performance.now() < endMs);
  throw new Error(`Waited ${timeoutMs / 1000} s in vain for ${what()}.`, { cause });
}

/**
 * Waits until a condition holds.
 *
 * @param holds returns or resolves to something truthy once it does; what it throws counts as no, since a page may be on its way
 * @param what says what, for the message
 */
export async function untilTrue(holds: () => unknown, what: () => string, waiting: Waiting = {}): Promise<void> {
  await until(async () => Boolean(await holds()) || undefined, what, waiting);
}

/** Whether a condition comes true in time. */
export function comesTrue(holds: () => unknown, timeoutMs: number): Promise<boolean> {
  return untilTrue(holds, () => 'a condition', { timeoutMs }).then(
    () => true,
    () => false,
  );
}
