import { createLoginLoopGuard, type LoginLoopGuard } from './login-loop-guard.ts';
import { isVisible, onVisible, recall, remember, warn } from './platform.ts';
import type { ErrorCode } from '../protocol/error-codes.ts';
import type { Claims, Session, SignedIn } from '../protocol/session.ts';
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

/** Actions of the page that a renewal needs. */
export interface RenewalParts {
  /** Leaves the page; rejects if the redirect cannot succeed. */
  readonly login: () => Promise<void>;
  /** Whether the worker is registered: without its registration, it can take no navigation. */
  readonly canLeave: () => boolean;
}

/** Note of a page whose session has no hint: it was kept by an earlier release, or is of a worker of one. */
const NO_HINT = 'signed-in';

/** Keeps the note that a user was signed in, for pages that renew no session by themselves. */
export function keepRenewalNote<C extends Claims>(store: SessionStore<C>, name: string): void {
  store.subscribe((session) => void isLost(session, name, false));
}

/** Returns what this browser remembers of the session that a silent sign-in is to bring back. */
export function recallRenewalHint(name: string): string | undefined {
  const [hint = NO_HINT] = recall('localStorage', name)?.split(' ') ?? [];
  return hint === NO_HINT ? undefined : hint;
}

/**
 * Renews a session that was lost, not ended, by a silent redirect (OpenID Connect Core 1.0, section 3.1.2.1, `prompt=none`) as
 * soon as the page is visible. The tokens were lost with the worker's memory, or with its secret, but the authorization server
 * may still know the user.
 *
 * @param store store of the session
 * @param name key of this browser's notes
 * @param parts actions of the page
 * @returns a promise that resolves if there is nothing to renew, or the renewal is not possible now
 */
export function renewLostSession<C extends Claims>(
  store: SessionStore<C>,
  name: string,
  { login, canLeave }: RenewalParts,
): Promise<void> {
  const guard = createLoginLoopGuard(name, 'renewal');
  let isLeaving = false;
  const look = async (): Promise<void> => {
    const session = store.getSnapshot();
    const code = session.lastError?.code;
    // A link from another site can cause a refusal too: only the response to a request of this page says that the session has
    // ended.
    const isFinal = includes(FINAL, code);
    const isAnswer = session.status === 'signed-in' || isFinal || includes(UNANSWERED, code);
    if (!isLeaving) noteTrouble(name, guard.trouble(), isAnswer);
    if (session.status === 'signed-in' && recall('localStorage', heldNote(name)) === UNANSWERED_NOTE)
      remember('localStorage', heldNote(name), null);
    const hasEnded = isAnswer && guard.answer() && isFinal;
    if (!isLost(session, name, hasEnded) || !canLeave() || !isVisible() || isHeld(name)) return;
    isLeaving = true;
    await guard.attempt(login);
    isLeaving = false;
  };
  const lookAgain = (): void => void look();
  const first = look();
  store.subscribe(lookAgain);
  onVisible(lookAgain);
  return first;
}

/** Name of the note about a server that does not answer silent sign-ins. */
const heldNote = (name: string): string => `silent ${name}`;

/** Note about a server that did not send the browser back. */
const UNANSWERED_NOTE = 'unanswered';

/** Time for which a server that has shown a page is not asked again, in milliseconds: it may be configured otherwise by then. */
const PAGE_SHOWN_MS = 7 * 24 * 60 * 60_000;

/**
 * Notes for all tabs that a server does not answer `prompt=none` with a redirect. Without an answer, the note is valid until there is a
 * session: the network may have failed. A server that shows a page to the user will do so again, and the note stays.
 */
function noteTrouble(name: string, trouble: ReturnType<LoginLoopGuard['trouble']>, isAnswered: boolean): void {
  if (!trouble || (trouble === 'unanswered' && isAnswered)) return;
  remember('localStorage', heldNote(name), trouble === 'unanswered' ? UNANSWERED_NOTE : String(Date.now()));
  warn(
    'The authorization server did not answer a silent sign-in (prompt=none) with a redirect. The page does not go there by itself again: ' +
      'show a sign-in button while the session is signed out.',
  );
}

/** Whether the page does not go to the server by itself, which has not answered an attempt before. */
function isHeld(name: string): boolean {
  const known = recall('localStorage', heldNote(name));
  const atMs = Number(known ?? 0);
  return known === UNANSWERED_NOTE || Math.abs(Date.now() - atMs) < PAGE_SHOWN_MS;
}

/**
 * Whether a session was lost without an end. A worker without a secret knows nothing of a session after its memory is gone, so
 * the page stores a note that a user was signed in: what a renewal needs to find the same user again, and no token.
 *
 * @param hasEnded whether the server has ended the session
 */
export function isLost(session: Session, name: string, hasEnded: boolean): boolean {
  if (session.status !== 'signed-in') {
    if (session.reason === 'lost') return true;
    if (session.reason === 'not-signed-in' && !hasEnded && isAlive(recall('localStorage', name))) return true;
  }
  remember('localStorage', name, session.status === 'signed-in' ? noteOf(session) : null);
  return false;
}

/** Returns the note about a session: its hint, and when it ends by its limits, in milliseconds since the epoch. */
function noteOf({ renewalHint = NO_HINT, limits }: SignedIn): string {
  const ends = [limits?.idle, limits?.absolute].flatMap((end) => (end ? [end.endsAtMs] : []));
  return ends.length > 0 ? `${renewalHint} ${Math.min(...ends)}` : renewalHint;
}

/** Whether the session of a note has not reached a limit: a worker that has lost its memory does not know. */
function isAlive(note: string | null): boolean {
  const [, endsAtMs = Infinity] = note?.split(' ') ?? [];
  return note !== null && Date.now() < Number(endsAtMs);
}

function includes(codes: readonly ErrorCode[], code: ErrorCode | undefined): boolean {
  return code !== undefined && codes.includes(code);
}
