import { hasMembers } from '../../src/protocol/json.ts';
import { parseError, type SerializedError } from '../../src/protocol/error.ts';
import {
  type LimitsView,
  type Session,
  SESSION_LIMITS,
  type SessionLimit,
  type SignedIn,
  type SignedOutReason,
} from '../../src/protocol/session.ts';
import { parseToken, type Token } from '../vault/token.ts';
import { type OpenRevocation, parseOpenRevocations } from './open-revocation.ts';
import { type LostSession, parseLostSession, renewalHintOf } from './lost-session.ts';
import { BEFORE_ALL, parsePosition, type Position } from './session-order.ts';
import { parseSessionTime, type SessionTime } from './session-time.ts';
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
  /** Time that the session has taken, if it has limits; of a session that is over too: a renewal continues it. */
  readonly time?: SessionTime | undefined;
}

/** State with a session. */
export interface SignedInState extends State {
  readonly tokens: TokenSet;
  readonly reason?: undefined;
  readonly lost?: undefined;
  readonly idTokenHint?: undefined;
  readonly unclearAnswers?: UnclearAnswers | undefined;
  readonly lastError?: SerializedError | undefined;
}

/** State without a session: the reason, and the rest of the sign-out. */
export interface SignedOutState extends State {
  readonly tokens?: undefined;
  readonly reason: SignedOutReason;
  /** Limit that the session has reached, and when. */
  readonly limit?: SessionLimit | undefined;
  readonly expiredAtMs?: number | undefined;
  /** The session that was lost, if it can be renewed. */
  readonly lost?: LostSession | undefined;
  readonly unclearAnswers?: undefined;
  /** The hint for the authorization server's end-session endpoint, until the browser has gone there. */
  readonly idTokenHint?: Token<'id_token'> | undefined;
  readonly lastError?: SerializedError | undefined;
}

/** Reads the state from the vault. A record that does not open is a session that was lost. */
export function parseState(value: unknown): SessionState {
  if (value === undefined) return { reason: 'not-signed-in', position: BEFORE_ALL, open: [] };
  if (!hasMembers(value)) return { reason: 'lost', position: BEFORE_ALL, open: [] };
  const { idTokenHint, reason, expiredAtMs } = value;
  const time = parseSessionTime(value['time']);
  const rest = {
    position: parsePosition(value['position']),
    open: parseOpenRevocations(value['open']),
    ...(time && { time }),
  };
  const lastError = parseError(value['lastError']);
  const tokens = parseTokenSet(value['tokens']);
  if (tokens) {
    const unclearAnswers = parseUnclearAnswers(value['unclearAnswers']);
    return { ...rest, tokens, lastError, ...(unclearAnswers && { unclearAnswers }) };
  }
  const limit = SESSION_LIMITS.find((known) => known === value['limit']);
  const lost = parseLostSession(value['lost']);
  return {
    ...rest,
    ...(limit && { limit }),
    ...(typeof expiredAtMs === 'number' && { expiredAtMs }),
    reason: REASONS.find((known) => known === reason) ?? 'lost',
    ...(lost && { lost }),
    lastError,
    idTokenHint: parseToken('id_token', idTokenHint),
  };
}

/** Returns the part of the state that the page may see. */
export function viewOfState(
  state: SessionState,
  { limits, ...now }: Pick<SignedIn, 'storage' | 'network'> & { readonly limits?: LimitsView | undefined },
): Session {
  const { lastError } = state;
  const error = lastError && { lastError };
  if (!state.tokens) {
    const { reason, limit, open } = state;
    const revocation = open.length > 0 && { revocation: 'open' as const };
    return { status: 'signed-out', reason, ...(limit && { limit }), ...revocation, ...error };
  }
  const { claims, accessTokens } = state.tokens;
  const issued = Object.values(accessTokens);
  const scopes = Array.from(new Set(issued.flatMap((token) => token.scopes)));
  const expiresAtMs = Math.max(...issued.map((token) => token.expiresAtMs));
  const renewalHint = renewalHintOf(state.tokens);
  return { status: 'signed-in', claims, scopes, expiresAtMs, renewalHint, ...now, ...(limits && { limits }), ...error };
}

const REASONS: readonly SignedOutReason[] = ['not-signed-in', 'signed-out', 'refused', 'lost', 'expired', 'other-user'];
