import { hasMembers, hasStrings } from '../../src/protocol/json.ts';
import { parseToken } from '../vault/token.ts';
import { parseIssuedTokens, type TokenSet } from './token-set.ts';

/** Tokens of an ended session, good for nothing but their revocation (RFC 7009). */
export type RevocableTokens = Pick<TokenSet, 'refreshToken' | 'accessTokens'>;

/** A revocation that the authorization server has not answered yet. */
export interface OpenRevocation extends RevocableTokens {
  /** Random name of the revocation. */
  readonly id: string;
  /** When the tokens are of no use any more, in milliseconds since the epoch. */
  readonly untilMs: number;
}

/** Time limit for a refresh token, whose lifetime no server tells. */
const REFRESH_TOKEN_LIFETIME_MS = 30 * 24 * 60 * 60 * 1000;

/** Creates the revocation of the tokens of a session that ends at `nowMs`. */
export function openRevocation({ refreshToken, accessTokens }: RevocableTokens, nowMs: number): OpenRevocation {
  const expiries = Object.values(accessTokens).map(({ expiresAtMs }) => expiresAtMs);
  const untilMs = Math.max(...expiries, refreshToken ? nowMs + REFRESH_TOKEN_LIFETIME_MS : nowMs);
  return { id: crypto.randomUUID(), refreshToken, accessTokens, untilMs };
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
    return [{ id, untilMs, accessTokens, refreshToken: parseToken('refresh_token', item['refreshToken']) }];
  });
}
