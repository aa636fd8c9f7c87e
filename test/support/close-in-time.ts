import { setTimeout as delay } from 'node:timers/promises';

const CLOSING_TIMEOUT_MS = 15_000;

/**
 * Waits for an end, but not for ever: now and then Chromium never says that a page is closed which was navigating, and a
 * run would hang there. What is left ends with the browser.
 *
 * @returns whether it has ended
 */
export async function closeInTime(closing: Promise<void>, what: string): Promise<boolean> {
  const late = delay(CLOSING_TIMEOUT_MS, 'late' as const, { ref: false });
  if ((await Promise.race([closing, late])) !== 'late') return true;
  console.warn(`${what} did not close; the run goes on without it.`);
  return false;
}
