import { setTimeout as delay } from 'node:timers/promises';
import { PAGE_TIMEOUT_MS } from './engine.ts';

/** How often to look, and for how long. */
export interface Waiting {
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
  { intervalMs = 20, timeoutMs = PAGE_TIMEOUT_MS }: Waiting = {},
): Promise<T> {
  const endMs = performance.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const seen = await look();
      if (seen !== undefined) return seen;
    } catch (error) {
      cause = error;
    }
    await delay(intervalMs);
  } while (performance.now() < endMs);
  throw new Error(`Waited ${timeoutMs / 1000} s in vain for ${what()}.`, { cause });
}

/** Waits until a page says yes to a script, which `ask` runs; the page may go elsewhere meanwhile. */
export async function untilYes(ask: () => Promise<unknown>, script: { toString(): string }): Promise<void> {
  const holds = async (): Promise<true | undefined> => Boolean(await ask()) || undefined;
  await until(holds, () => `a page to say yes to ${script.toString()}`);
}
