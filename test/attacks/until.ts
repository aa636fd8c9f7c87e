import { setTimeout as delay } from 'node:timers/promises';

/** How long a condition may take, in milliseconds. */
const TIMEOUT_MS = 20_000;

/**
 * Waits until a condition holds.
 *
 * @param what what is waited for, for the error
 * @param holds asked again and again; what it throws counts as no, since a page may be on its way
 */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  if (!(await comesTrue(holds, TIMEOUT_MS))) throw new Error(`In vain was waited until ${what}.`);
}

/** Whether a condition comes true in time. */
export async function comesTrue(holds: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  const endsAtMs = Date.now() + withinMs;
  for (;;) {
    if (await holds().catch(() => false)) return true;
    if (Date.now() > endsAtMs) return false;
    await delay(25);
  }
}
