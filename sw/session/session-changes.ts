import { areUnnamed, isSameUser } from '../../src/protocol/session.ts';
import type { ErrorCode } from '../../src/protocol/error-codes.ts';
import { serializeError, TokenwardError } from '../../src/protocol/error.ts';
import { openRevocation, type OpenRevocation } from './open-revocation.ts';
import { afterSignOut, positionAfter } from './session-order.ts';
import { rememberSession } from './lost-session.ts';
import type { NextState } from './session-record.ts';
import type { SessionLimit } from '../../src/protocol/session.ts';
import type { SessionState, SignedInState } from './session-state.ts';
import type { TokenSet } from './token-set.ts';

/** Errors by which the authorization server refuses a sign-in. */
const REFUSALS: readonly ErrorCode[] = ['authorization_refused', 'token_request_refused'];

/** Sign-in that was to bring a session back: in silence (OpenID Connect Core 1.0, section 3.1.2.1, `prompt=none`), or in a pop-up. */
export interface RenewalSignIn {
  /** Subject of the session that it is to bring back, where this worker may have forgotten the session. */
  readonly user?: string | undefined;
}

/** Circumstances of a sign-in. */
export interface SignInFacts {
  /** Number of sign-outs when the tokens were requested; `undefined` if none can have come in between. */
  readonly signOuts?: number | undefined;
  /** Facts of a sign-in that was to bring a session back; `undefined` if the user has chosen who signs in. */
  readonly renewal?: RenewalSignIn | undefined;
}

/**
 * Returns the state after a sign-in. The tokens of the session before are revoked if it was another user's; the new tokens are revoked
 * if there was a sign-out since they were requested, or if they are to bring a session back and are another user's.
 */
export function startSession(
  before: SessionState,
  tokens: TokenSet,
  { signOuts = before.position.signOuts, renewal, nowMs }: SignInFacts & { readonly nowMs: number },
): NextState {
  if (signOuts !== before.position.signOuts) return { ...before, open: withRevocationOf(before, tokens, nowMs) };
  if (renewal && isOtherUser(before, tokens, renewal.user)) return refuseOtherUser(before, tokens, nowMs);
  const position = positionAfter(before.position, nowMs);
  // For the same user, a server may end the whole grant (RFC 7009, section 2.1): nothing is revoked, and what waits for the end of the
  // session before waits for the end of this one. No later sign-out revokes another user's tokens.
  const open = isSameUser(before.tokens?.claims ?? before.lost, tokens.claims)
    ? before.open.map((one) => (one.sessionId === before.position.id ? { ...one, sessionId: position.id } : one))
    : withRevocationOf(before, before.tokens, nowMs);
  return { tokens, position, open };
}

/** Whether tokens are of another user than the session, than the one that was lost, or else than the subject that the page remembers. */
function isOtherUser({ tokens: known, lost }: SessionState, { claims }: TokenSet, remembered?: string): boolean {
  const sub = known?.claims.sub ?? lost?.sub ?? remembered;
  const iss = known?.claims['iss'] ?? lost?.iss;
  if (sub !== undefined && areUnnamed(sub, claims.sub)) return false;
  return (sub !== undefined && sub !== claims.sub) || (iss !== undefined && iss !== claims['iss']);
}

/**
 * Returns the state after a renewal that ended with another user. A session that is there goes on, since any page can begin such a
 * sign-in; one that was lost has ended. Whether the other user signs in is for the app to decide.
 */
function refuseOtherUser(before: SessionState, tokens: TokenSet, nowMs: number): NextState {
  const lastError = serializeError(
    new TokenwardError(
      'user_changed',
      'The renewal of the session ended with another user than that of the session. Ask the user, then call login().',
    ),
  );
  const open = withRevocationOf(before, tokens, nowMs);
  return before.tokens ? { ...before, lastError, open } : { reason: 'other-user', lastError, open };
}

/** Returns the state after a sign-in that did not end well: where a silent one is refused, only the user can sign in. */
export function noteFailure(before: SessionState, error: unknown): NextState {
  const lastError = serializeError(error);
  const isRefused = before.reason === 'lost' && REFUSALS.includes(lastError.code);
  return isRefused ? { reason: 'refused', lastError } : { ...before, lastError };
}

/**
 * Returns the state after the loss of the session, which can be renewed; `false` if there is none.
 *
 * @param fate what happens to the tokens
 */
export function loseSession(
  before: SessionState,
  error: unknown,
  { fate, nowMs }: { readonly fate: 'revoke' | 'wipe'; readonly nowMs: number },
): NextState | false {
  if (!before.tokens) return false;
  const open = withRevocationOf(before, fate === 'revoke' ? before.tokens : undefined, nowMs);
  // An alarm leaves no token behind, not even a hint.
  const lost = { ...rememberSession(before.tokens), idToken: undefined };
  return { reason: 'lost', lost, lastError: serializeError(error), open };
}

/**
 * Returns the state after a sign-out: the tokens are revoked from then on. A session that was lost could be renewed without asking the
 * user: no more.
 */
export function signOutSession({ tokens, lost, idTokenHint, ...before }: SessionState, nowMs: number): NextState {
  return {
    reason: 'signed-out',
    idTokenHint: tokens?.idToken ?? lost?.idToken ?? idTokenHint,
    open: withRevocationOf(before, tokens, nowMs),
    position: afterSignOut(before.position),
  };
}

/** Returns the state after a session has reached a limit: the tokens are revoked from then on. */
export function expireSession(
  { tokens, open }: Pick<SignedInState, 'tokens' | 'open'>,
  { limit, nowMs }: { readonly limit: SessionLimit; readonly nowMs: number },
): NextState {
  return {
    reason: 'expired',
    limit,
    expiredAtMs: nowMs,
    idTokenHint: tokens.idToken,
    open: withRevocationOf({ open }, tokens, nowMs),
  };
}

/** Lists the revocations that are open once some tokens are to be revoked too; without tokens, those that were open. */
function withRevocationOf(
  { open }: Pick<SessionState, 'open'>,
  tokens: TokenSet | undefined,
  nowMs: number,
): readonly OpenRevocation[] {
  return tokens ? [...open, openRevocation(tokens, nowMs)] : open;
}
