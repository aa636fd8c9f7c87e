import { hasMembers } from '../../src/protocol/json.ts';
import { parseError, type SerializedError } from '../../src/protocol/error.ts';
import type { Session, SignedIn, SignedOutReason } from '../../src/protocol/session.ts';
import { parseToken, type Token } from '../vault/token.ts';
import { parseTokenSet, type TokenSet } from './token-set.ts';

/** The session as the worker knows it: there is one if there are tokens. */
export type SessionState = SignedInState | SignedOutState;

/** There is a session. */
export interface SignedInState {
  readonly tokens: TokenSet;
  readonly reason?: undefined;
  readonly idTokenHint?: undefined;
  readonly lastError?: SerializedError | undefined;
}

/** There is none; why, and what sign-out still has to do. */
export interface SignedOutState {
  readonly tokens?: undefined;
  readonly reason: SignedOutReason;
  /** The hint for the authorization server's end-session endpoint, until the browser has gone there. */
  readonly idTokenHint?: Token<'id_token'> | undefined;
  readonly lastError?: SerializedError | undefined;
}

/** Reads the state from the vault. A record that does not open is a session that was lost. */
export function parseState(value: unknown): SessionState {
  if (value === undefined) return { reason: 'not-signed-in' };
  if (!hasMembers(value)) return { reason: 'lost' };
  const { idTokenHint, reason } = value;
  const lastError = parseError(value['lastError']);
  const tokens = parseTokenSet(value['tokens']);
  if (tokens) return { tokens, lastError };
  return {
    reason: REASONS.find((known) => known === reason) ?? 'lost',
    lastError,
    idTokenHint: parseToken('id_token', idTokenHint),
  };
}

/** What of the state the page may see. */
export function viewOfState(
  { tokens, reason, lastError }: SessionState,
  now: Pick<SignedIn, 'storage' | 'network'>,
): Session {
  const error = lastError && { lastError };
  if (!tokens) return { status: 'signed-out', reason, ...error };
  const { claims, accessTokens } = tokens;
  const issued = Object.values(accessTokens);
  const scopes = Array.from(new Set(issued.flatMap((token) => token.scopes)));
  const expiresAtMs = Math.max(...issued.map((token) => token.expiresAtMs));
  return { status: 'signed-in', claims, scopes, expiresAtMs, ...now, ...error };
}

const REASONS: readonly SignedOutReason[] = ['not-signed-in', 'signed-out', 'refused', 'lost'];
