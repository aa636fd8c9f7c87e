import { createLoginLoopGuard } from './login-loop-guard.ts';
import { isUserActive, onUserEvent } from './platform.ts';
import type { PopupSignIn } from './popup-sign-in.ts';
import type { Claims } from '../protocol/session.ts';
import { isLost, recallRenewalHint } from './renewal.ts';
import type { SessionStore } from './session-store.ts';

/**
 * Renews a session that was lost, not ended, in a pop-up, when the user clicks: a browser opens no window otherwise. A key that activates
 * a button or a link is a click, too; one that writes is not, since the user would go on to write in the other window. A user who closes
 * the window, or cancels, is not asked again for five minutes. Another user does not sign in in this manner: what is written in the page is
 * not theirs.
 *
 * @param store store of the session
 * @param name key of this browser's notes
 * @param popups sign-ins in pop-ups of this page
 */
export function renewInPopup<C extends Claims>(
  store: SessionStore<C>,
  name: string,
  popups: Pick<PopupSignIn<C>, 'begin' | 'isOpen'>,
): void {
  const guard = createLoginLoopGuard(`popup ${name}`, 'renewal');
  let waiting: AbortController | undefined;
  const renew = (): void => {
    // A handler of the app may have opened a window of its own, which takes the activation.
    if (!waiting || popups.isOpen || !isUserActive()) return;
    const renewalHint = recallRenewalHint(name);
    void guard.attempt(() => popups.begin({ ...(renewalHint !== undefined && { renewalHint }) }));
  };
  store.subscribe((session) => {
    if (!isLost(session, name, false)) {
      waiting?.abort();
      waiting = undefined;
      guard.answer();
    } else if (!waiting) {
      waiting = new AbortController();
      onUserEvent(['click'], () => void setTimeout(renew), waiting.signal);
    }
  });
}
