import { onRestored, onStopped } from './platform.ts';

/** Time in milliseconds after which a page that was to be left, and runs on, counts as one that stays. */
const LEAVE_TIMEOUT_MS = 60_000;

/**
 * Leaves the page. What comes after a sign-in or sign-out belongs to the next page, so nothing of this one goes on, unless the
 * browser stays: the user stops it, the navigation fails, or the user comes back to the page as it was.
 *
 * @param leave begins the navigation
 * @returns resolves if the browser stays
 */
export function leavePage(leave: () => void): Promise<void> {
  return new Promise((resolve) => {
    onRestored(resolve);
    onStopped(resolve);
    setTimeout(resolve, LEAVE_TIMEOUT_MS);
    leave();
  });
}
