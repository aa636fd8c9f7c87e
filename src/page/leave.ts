import { navigationApi, onRestored } from './platform.ts';
import { TokenwardError } from '../protocol/error.ts';
import { afterRunning } from './running-time.ts';

/** Time in milliseconds after which a page that was to be left, and runs on, counts as one that stays. */
const LEAVE_TIMEOUT_MS = 15_000;

/**
 * Leaves the page. What comes after a sign-in or sign-out belongs to the next page, so nothing of this one goes on, unless the
 * browser stays: the user stops it or answers "Stay on this page", the server answers without a page, or the user comes back to
 * the page as it was.
 *
 * @param leave begins the navigation
 * @throws {@link TokenwardError} `navigation_cancelled` if the browser stays
 */
export function leavePage(leave: () => void): Promise<never> {
  return new Promise((_resolve, reject) => {
    const ending = new AbortController();
    const { signal } = ending;
    const stay = (what: string): void => {
      ending.abort();
      reject(new TokenwardError('navigation_cancelled', `The browser has not left the page: ${what}. Call again.`));
    };
    onRestored(() => stay('the user came back to it'), signal);
    onStopped(() => stay('the navigation was stopped'), signal);
    afterRunning(LEAVE_TIMEOUT_MS, { act: () => stay('no other page came in time'), signal });
    try {
      leave();
    } catch (cause) {
      ending.abort();
      throw cause;
    }
  });
}

/**
 * Calls the listener when the browser was stopped from leaving the page. Chromium alone reports it. It reports the end of a
 * navigation at the begin of another one, too, such as of an app's router, which changes the address and stops nothing.
 *
 * @see https://html.spec.whatwg.org/multipage/nav-history-apis.html#navigation-api
 */
function onStopped(listener: () => void, signal: AbortSignal): void {
  const navigation = navigationApi();
  let isOverlaid = false;
  navigation?.addEventListener(
    'navigateerror',
    () => {
      isOverlaid = false;
      // The other navigation is reported in the same task.
      setTimeout(() => isOverlaid || signal.aborted || listener());
    },
    { signal },
  );
  navigation?.addEventListener(
    'navigate',
    ({ navigationType }) => {
      isOverlaid = navigationType !== 'traverse';
    },
    { signal },
  );
}
