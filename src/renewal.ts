import { createAttemptGuard } from './attempt-guard.ts';
import { isVisible, onVisible, recall, remember } from './platform.ts';
import type { Claims, Session } from './protocol/session.ts';
import type { SessionStore } from './session-store.ts';

/**
 * Renews a session that was lost, not ended, by a silent redirect (OpenID Connect Core 1.0, section 3.1.2.1,
 * `prompt=none`) as soon as the user looks at the page: the tokens went with the worker's memory, or with its secret, but
 * the authorization server may still know the user.
 *
 * @param store the session as it changes
 * @param name what this browser's notes are kept under
 * @param login leaves the page; rejects if that would be in vain
 * @returns settles when there is nothing to renew, or it cannot be done now
 */
export function renewLostSession<C extends Claims>(
  store: SessionStore<C>,
  name: string,
  login: () => Promise<void>,
): Promise<void> {
  const guard = createAttemptGuard(name);
  const look = async (): Promise<void> => {
    const session = store.getSnapshot();
    const isAnswered =
      session.status === 'signed-in' || /_un(available|reachable)$/.test(session.lastError?.code ?? '');
    if (isAnswered) guard.answer();
    if (isVisible() && isLost(session, name)) await guard.attempt(login);
  };
  const lookAgain = (): void => void look();
  const first = look();
  store.subscribe(lookAgain);
  onVisible(lookAgain);
  return first;
}

/**
 * Whether there was a session that nobody has ended. A worker without a secret knows nothing of a session after its
 * memory is gone: the note that somebody was signed in, and nothing more, is kept by the page.
 */
function isLost(session: Session, name: string): boolean {
  const code = session.lastError?.code ?? '';
  if (session.status === 'signed-in') remember('localStorage', name, 'signed-in');
  // Without its registration, a worker can take no navigation: the page has to be loaded again first.
  else if (session.reason === 'lost') return !/^worker_(un|re)/.test(code);
  // Only the authorization server's refusal ends it: another error is what any site's link to the redirect URI leads to.
  else if (session.reason === 'not-signed-in' && !code.endsWith('_refused'))
    return recall('localStorage', name) !== null;
  else remember('localStorage', name, null);
  return false;
}
