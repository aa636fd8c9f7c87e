import type { Page } from 'playwright';
import { inTime } from './time-limit.ts';

/** Real time between two seconds of the page's clock, in milliseconds: what takes no time of the page goes on meanwhile. */
const PAUSE_MS = 50;

/** How far a clock goes ahead before it stops, in milliseconds: it goes on until then. */
const AHEAD_MS = 60_000;

/**
 * Stops the clock of a page that `page.clock.install()` has given it, a minute ahead. From then on only the test moves it, however long a
 * step takes on a busy machine.
 *
 * @returns the time at which it stands, in milliseconds since the epoch
 */
export async function pauseClock(page: Page): Promise<number> {
  const pausedMs = (await page.evaluate(() => Date.now())) + AHEAD_MS;
  await page.clock.pauseAt(pausedMs);
  return pausedMs;
}

/**
 * Lets the clock of a page run, a second at a time, until something has ended, so that nobody has to wait for a time limit.
 *
 * @param page a page that got its clock by `page.clock.install()` before it was opened
 * @param ending ends when the page has done what the time is for
 */
export async function runClockUntil<T>(page: Page, ending: Promise<T>): Promise<T> {
  const isOver = ending.then(
    () => true,
    () => true,
  );
  while (!(await inTime(PAUSE_MS, isOver, false))) await page.clock.runFor(1000);
  return ending;
}
