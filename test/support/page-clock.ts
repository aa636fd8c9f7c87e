import type { Page } from 'playwright';
import { inTime } from './time-limit.ts';

/** Real time between two seconds of the page's clock, in milliseconds: what takes no time of the page goes on meanwhile. */
const PAUSE_MS = 50;

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
