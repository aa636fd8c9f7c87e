import { setTimeout as delay } from 'node:timers/promises';

const CLOSING_TIMEOUT_MS = 15_000;

/**
 * Waits for something, but not for ever.
 *
 * @returns its result, or `late` when the time is over; what it does goes on, and nobody waits for it any more
 */
export async function inTime<T, L>(limitMs: number, done: Promise<T>, late: L): Promise<T | L> {
  const ended = new AbortController();
  const timer = delay(limitMs, late, { signal: ended.signal }).catch(() => late);
  return await Promise.race([done, timer]).finally(() => ended.abort());
}

/**
 * Waits for something, but not for ever.
 *
 * @param what says what, for the message
 * @returns its result
 * @throws Error when the time is over
 */
export async function endsInTime<T>(limitMs: number, done: Promise<T>, what: () => string): Promise<T> {
  const late = Symbol('late');
  const result = await inTime(limitMs, done, late);
  if (result === late) throw new Error(`Waited ${limitMs / 1000} s in vain for ${what()}.`);
  return result;
}

/**
 * Waits for an end, but not for ever: now and then Chromium never says that a page is closed which was navigating, and a
 * run would hang there. What is left ends with the browser.
 *
 * @returns whether it has ended
 */
export async function closeInTime(closing: Promise<void>, what: string): Promise<boolean> {
  const hasEnded = await inTime(
    CLOSING_TIMEOUT_MS,
    closing.then(() => true),
    false,
  );
  if (!hasEnded) console.warn(`${what} did not close; the run goes on without it.`);
  return hasEnded;
}
