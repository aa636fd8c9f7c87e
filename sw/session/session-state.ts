import { hasMembers } from '../../src/protocol/json.ts';
import { isErrorCode, type SerializedError } from '../../src/protocol/error.ts';
import type { Session, SessionStorage, SignedOutReason } from '../../src/protocol/session.ts';
import { Token } from '../vault/token.ts';
import { UNREADABLE } from '../vault/vault.ts';
import { parseTokenSet, revealTokenSet, type TokenSet } from './token-set.ts';

/** The session as the worker knows it. */
export type SessionState = SignedInState | SignedOutState;

/** There is a session. */
export interface SignedInState {
  readonly status: 'signed-in';
  readonly tokens: TokenSet;
  readonly lastError?: SerializedError | undefined;
}

/** There is none; why, and what sign-out still has to do. */
export interface SignedOutState {
  readonly status: 'signed-out';
  readonly reason: SignedOutReason;
  readonly lastError?: SerializedError | undefined;
  /** The hint for the authorization server's end-session endpoint, until the browser has gone there. */
  readonly idTokenHint?: Token<'id_token'> | undefined;
}

/** Turns the state into JSON, for the vault and for nobody else. */
export function revealState(state: SessionState): unknown {
  return state.status === 'signed-in'
    ? { ...state, tokens: revealTokenSet(state.tokens) }
    : { ...state, idTokenHint: state.idTokenHint?.reveal() };
}

/** Reads the state from the vault. A record that does not open is a session that was lost. */
export function parseState(value: unknown): SessionState {
  if (value === undefined) return { status: 'signed-out', reason: 'not-signed-in' };
  if (value === UNREADABLE || !hasMembers(value)) return { status: 'signed-out', reason: 'lost' };
  const lastError = parseSerializedError(value['lastError']);
  const tokens = parseTokenSet(value['tokens']);
  if (tokens) return { status: 'signed-in', tokens, lastError };
  const { idTokenHint, reason } = value;
  return {
    status: 'signed-out',
    reason: REASONS.find((known) => known === reason) ?? 'lost',
    lastError,
    idTokenHint: typeof idTokenHint === 'string' ? new Token('id_token', idTokenHint) : undefined,
  };
}

/** What of the state the page may see. */
export function viewOfState(state: SessionState, storage: SessionStorage): Session {
  const error = state.lastError && { lastError: state.lastError };
  if (state.status === 'signed-out') return { status: 'signed-out', reason: state.reason, ...error };
  const { claims, scopes, expiresAtMs } = state.tokens;
  return { status: 'signed-in', claims, scopes, expiresAtMs, storage, ...error };
}

const REASONS: readonly SignedOutReason[] = ['not-signed-in', 'signed-out', 'refused', 'lost'];

function parseSerializedError(value: unknown): SerializedError | undefined {
  if (!hasMembers(value)) return undefined;
  const { code, message, serverCode, retryable } = value;
  if (!isErrorCode(code) || typeof message !== 'string') return undefined;
  return { code, message, retryable: retryable === true, ...(typeof serverCode === 'string' ? { serverCode } : {}) };
}
