import { hasMembers, hasStrings } from '../../src/protocol/json.ts';
import { parseToken } from '../vault/token.ts';
import { parseIssuedTokens, type TokenSet } from './token-set.ts';

/** Tokens of an ended session, good for nothing but their revocation (RFC 7009). */
export type RevocableTokens = Pick<TokenSet, 'refreshToken' | 'accessTokens'>;

/** A revocation that the authorization server has not answered yet. */
export interface OpenRevocation extends RevocableTokens {
  /** Random name of the revocation. */
  readonly id: string;
  /** Time after which the tokens are of no use, in milliseconds since the epoch. */
  readonly untilMs: number;
  /** The session with which the tokens share a grant: they are revoked when it has ended, since the server may end the grant. */
  readonly sessionId: string | undefined;
}

/** Time limit for a refresh token, whose lifetime no server says. */
const REFRESH_TOKEN_LIFETIME_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * Creates the revocation of tokens.
 *
 * @param nowMs the time, in milliseconds since the epoch
 * @param sessionId the session whose end the revocation waits for
 */
export function openRevocation(
  { refreshToken, accessTokens }: RevocableTokens,
  nowMs: number,
  sessionId?: string,
): OpenRevocation {
  const expiries = Object.values(accessTokens).map(({ expiresAtMs }) => expiresAtMs);
  const untilMs = Math.max(...expiries, refreshToken ? nowMs + REFRESH_TOKEN_LIFETIME_MS : nowMs);
  return { id: crypto.randomUUID(), refreshToken, accessTokens, untilMs, sessionId };
}

/** Joins what two versions of the worker have left open; a revocation that is sent twice does no harm. */
export function joinRevocations(
  one: readonly OpenRevocation[],
  other: readonly OpenRevocation[],
): readonly OpenRevocation[] {
  return [...one, ...other.filter(({ id }) => !one.some((known) => known.id === id))];
}

/** Reads revocations from the vault. */
export function parseOpenRevocations(value: unknown): readonly OpenRevocation[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown) => {
    if (!hasStrings(item, 'id') || !hasMembers(item['accessTokens'])) return [];
    const { id, untilMs } = item;
    const accessTokens = parseIssuedTokens(item['accessTokens']);
    if (!accessTokens || typeof untilMs !== 'number') return [];
    const refreshToken = parseToken('refresh_token', item['refreshToken']);
    return [
      {
        id,
        untilMs,
        accessTokens,
        refreshToken,
        sessionId: hasStrings(item, 'sessionId') ? item.sessionId : undefined,
      },
    ];
  });
}
