import { hasMembers } from '../../src/protocol/json.ts';
import { parseError, type SerializedError } from '../../src/protocol/error.ts';
import type { Session, SignedIn, SignedOutReason } from '../../src/protocol/session.ts';
import { parseToken, type Token } from '../vault/token.ts';
import { type OpenRevocation, parseOpenRevocations } from './open-revocation.ts';
import { BEFORE_ALL, parsePosition, type Position } from './session-order.ts';
import { parseTokenSet, type TokenSet } from './token-set.ts';
import { parseUnclearAnswers, type UnclearAnswers } from './unclear-answers.ts';

/** The session as the worker knows it: there is one if there are tokens. */
export type SessionState = SignedInState | SignedOutState;

/** Members of every state. */
interface State {
  /** Place in the order of all states. */
  readonly position: Position;
  /** Revocations that the authorization server has not answered yet. */
  readonly open: readonly OpenRevocation[];
}

/** State with a session. */
export interface SignedInState extends State {
  readonly tokens: TokenSet;
  readonly reason?: undefined;
  readonly idTokenHint?: undefined;
  readonly unclearAnswers?: UnclearAnswers | undefined;
  readonly lastError?: SerializedError | undefined;
}

/** State without a session: the reason, and the rest of the sign-out. */
export interface SignedOutState extends State {
  readonly tokens?: undefined;
  readonly reason: SignedOutReason;
  readonly unclearAnswers?: undefined;
  /** The hint for the authorization server's end-session endpoint, until the browser has gone there. */
  readonly idTokenHint?: Token<'id_token'> | undefined;
  readonly lastError?: SerializedError | undefined;
}

/** Reads the state from the vault. A record that does not open is a session that was lost. */
export function parseState(value: unknown): SessionState {
  if (value === undefined) return { reason: 'not-signed-in', position: BEFORE_ALL, open: [] };
  if (!hasMembers(value)) return { reason: 'lost', position: BEFORE_ALL, open: [] };
  const { idTokenHint, reason } = value;
  const rest = { position: parsePosition(value['position']), open: parseOpenRevocations(value['open']) };
  const lastError = parseError(value['lastError']);
  const tokens = parseTokenSet(value['tokens']);
  if (tokens) {
    const unclearAnswers = parseUnclearAnswers(value['unclearAnswers']);
    return { ...rest, tokens, lastError, ...(unclearAnswers && { unclearAnswers }) };
  }
  return {
    ...rest,
    reason: REASONS.find((known) => known === reason) ?? 'lost',
    lastError,
    idTokenHint: parseToken('id_token', idTokenHint),
  };
}

/** Returns the part of the state that the page may see. */
export function viewOfState(
  { tokens, reason, lastError, open }: SessionState,
  now: Pick<SignedIn, 'storage' | 'network'>,
): Session {
  const error = lastError && { lastError };
  if (!tokens) return { status: 'signed-out', reason, ...(open.length > 0 && { revocation: 'open' }), ...error };
  const { claims, accessTokens } = tokens;
  const issued = Object.values(accessTokens);
  const scopes = Array.from(new Set(issued.flatMap((token) => token.scopes)));
  const expiresAtMs = Math.max(...issued.map((token) => token.expiresAtMs));
  return { status: 'signed-in', claims, scopes, expiresAtMs, ...now, ...error };
}

const REASONS: readonly SignedOutReason[] = ['not-signed-in', 'signed-out', 'refused', 'lost'];
