import { hasStrings, isStringList } from '../../src/protocol/json.ts';
import type { Claims } from '../../src/protocol/session.ts';
import { Token } from '../vault/token.ts';

/** What the authorization server gave for one session, and what the ID token said. */
export interface TokenSet {
  readonly claims: Claims;
  /** The scopes that were granted (RFC 6749, section 3.3). */
  readonly scopes: readonly string[];
  readonly accessToken: Token<'access_token'>;
  /** When the access token expires, in milliseconds since the epoch by the worker's clock. */
  readonly expiresAtMs: number;
  /** How long the access token was to live when it came, in milliseconds. */
  readonly lifetimeMs: number;
  readonly refreshToken: Token<'refresh_token'> | undefined;
  readonly idToken: Token<'id_token'>;
}

/** Reads a token set from the vault; `undefined` if it is none. */
export function parseTokenSet(value: unknown): TokenSet | undefined {
  if (!hasStrings(value, 'accessToken', 'idToken')) return undefined;
  const { claims, scopes, accessToken, expiresAtMs, lifetimeMs, refreshToken, idToken } = value;
  if (!hasStrings(claims, 'sub') || !isStringList(scopes)) return undefined;
  if (typeof expiresAtMs !== 'number' || typeof lifetimeMs !== 'number') return undefined;
  return {
    claims,
    scopes,
    accessToken: new Token('access_token', accessToken),
    expiresAtMs,
    lifetimeMs,
    refreshToken: typeof refreshToken === 'string' ? new Token('refresh_token', refreshToken) : undefined,
    idToken: new Token('id_token', idToken),
  };
}
