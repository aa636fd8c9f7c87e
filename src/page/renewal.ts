import { createAttemptGuard } from './attempt-guard.ts';
import { isVisible, onVisible, recall, remember } from './platform.ts';
import type { ErrorCode } from '../protocol/error-codes.ts';
import type { Claims, Session } from '../protocol/session.ts';
import type { SessionStore } from './session-store.ts';

/** Errors that another renewal would not fix. */
const FINAL: readonly ErrorCode[] = [
  'authorization_refused',
  'token_request_refused',
  'id_token_invalid',
  'issuer_invalid',
  'token_response_invalid',
];

/** Errors of an attempt that the authorization server has not answered. */
const UNANSWERED: readonly ErrorCode[] = ['issuer_unreachable', 'token_endpoint_unavailable', 'userinfo_unavailable'];

/** Errors of a worker that has lost its registration. */
const WITHOUT_REGISTRATION: readonly ErrorCode[] = ['worker_unregistered', 'worker_replaced'];

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
    const code = session.lastError?.code;
    // A link from another site can have the server refuse, too: only an answer to what this page has asked for says that the session has
    // ended.
    const isFinal = includes(FINAL, code);
    const isAnswer = session.status === 'signed-in' || isFinal || includes(UNANSWERED, code);
    const hasEnded = isAnswer && guard.answer() && isFinal;
    if (isLost(session, name, hasEnded) && isVisible()) await guard.attempt(login);
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
 *
 * @param hasEnded whether the server has said so
 */
function isLost(session: Session, name: string, hasEnded: boolean): boolean {
  if (session.status !== 'signed-in') {
    // Without its registration, a worker can take no navigation: the page has to be loaded again first.
    if (session.reason === 'lost') return !includes(WITHOUT_REGISTRATION, session.lastError?.code);
    if (session.reason === 'not-signed-in' && !hasEnded) return recall('localStorage', name) !== null;
  }
  remember('localStorage', name, session.status === 'signed-in' ? session.status : null);
  return false;
}

function includes(codes: readonly ErrorCode[], code: ErrorCode | undefined): boolean {
  return code !== undefined && codes.includes(code);
}
