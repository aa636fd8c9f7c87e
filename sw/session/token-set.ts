import { hasMembers, hasStrings, isStringList, parseStrings, type UnknownMembers } from '../../src/protocol/json.ts';
import { keyOfTarget, type TokenTarget } from '../../src/configuration/token-target.ts';
import { type Claims, isSameUser } from '../../src/protocol/session.ts';
import { parseToken, Token } from '../vault/token.ts';

/** An access token for one target, and what is known of it. */
export interface IssuedToken {
  readonly accessToken: Token<'access_token'>;
  /** The scopes that were granted (RFC 6749, section 3.3). */
  readonly scopes: readonly string[];
  /** Expiry of the access token, in milliseconds since the epoch by the worker's clock. */
  readonly expiresAtMs: number;
  /** Lifetime of the access token when it came, in milliseconds. */
  readonly lifetimeMs: number;
  /** Whether it is bound to the session's key (RFC 9449, section 5): it is of no use without a proof. */
  readonly isBound: boolean;
}

/** Tokens of one session, and the claims of its user. */
export interface TokenSet {
  readonly claims: Claims;
  /** The scopes that the sign-in asked for. */
  readonly scopes: readonly string[];
  /** Parameters of the sign-in that its silent renewal repeats; absent without any. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /** By the key of their target, each kept apart; that of the sign-in stands first. */
  readonly accessTokens: Readonly<Record<string, IssuedToken>>;
  readonly refreshToken: Token<'refresh_token'> | undefined;
  /** `undefined` for a server without ID tokens. */
  readonly idToken: Token<'id_token'> | undefined;
  /** The key pair that tokens of this session are bound to, if they are. */
  readonly dpopKey: Token<'dpop_key'> | undefined;
}

/** Reads a token set from the vault; `undefined` if it is none. */
export function parseTokenSet(value: unknown): TokenSet | undefined {
  if (!hasMembers(value)) return undefined;
  // An earlier release kept one access token, with its members beside the others.
  const { claims, scopes, accessTokens = { '': value }, refreshToken, idToken } = value;
  const dpopKey = parseToken('dpop_key', value['dpopKey']);
  if (!hasStrings(claims, 'sub') || !isStringList(scopes) || !hasMembers(accessTokens)) return undefined;
  const issued = parseIssuedTokens(accessTokens);
  if (!issued || Object.values(issued).some(({ isBound }) => isBound && !dpopKey)) return undefined;
  return {
    claims,
    scopes,
    ...(hasMembers(value['parameters']) && { parameters: parseStrings(value['parameters']) }),
    accessTokens: issued,
    refreshToken: parseToken('refresh_token', refreshToken),
    idToken: parseToken('id_token', idToken),
    dpopKey,
  };
}

/** Reads access tokens by the key of their target from the vault; `undefined` if one of them is none. */
export function parseIssuedTokens(members: UnknownMembers): Readonly<Record<string, IssuedToken>> | undefined {
  const issued: Record<string, IssuedToken> = {};
  for (const [key, item] of Object.entries(members)) {
    const token = parseIssuedToken(item);
    if (!token) return undefined;
    issued[key] = token;
  }
  return issued;
}

function parseIssuedToken(value: unknown): IssuedToken | undefined {
  if (!hasStrings(value, 'accessToken')) return undefined;
  const { accessToken, scopes, expiresAtMs, lifetimeMs, isBound } = value;
  if (!isStringList(scopes) || typeof expiresAtMs !== 'number' || typeof lifetimeMs !== 'number') return undefined;
  return {
    accessToken: new Token('access_token', accessToken),
    scopes,
    expiresAtMs,
    lifetimeMs,
    isBound: isBound === true,
  };
}

/** Returns the access token of a token set for a target; `undefined` if there is none yet. */
export function issuedFor({ accessTokens }: TokenSet, target: TokenTarget): IssuedToken | undefined {
  return accessTokens[keyOfTarget(target)];
}

/** Whether two are the same token: one that was read from the vault is another object. */
export function isSameToken(one: IssuedToken | undefined, other: IssuedToken | undefined): boolean {
  return one?.expiresAtMs === other?.expiresAtMs && one?.accessToken.reveal() === other?.accessToken.reveal();
}

/**
 * Returns whether two token sets are of the same grant at the same moment: the same object, or the same refresh token, which
 * identifies the grant until the next refresh.
 */
export function isSameGrant(one: TokenSet | undefined, other: TokenSet): boolean {
  if (one === other) return true;
  return (
    one?.refreshToken !== undefined &&
    isSameUser(one.claims, other.claims) &&
    one.refreshToken.reveal() === other.refreshToken?.reveal()
  );
}
