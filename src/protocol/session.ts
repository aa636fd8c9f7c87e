import { parseError, type SerializedError } from './error.ts';
import { hasMembers, hasStrings, isStringList, type UnknownMembers } from './json.ts';

/**
 * The claims of the ID token that the worker has validated (OpenID Connect Core 1.0, section 2); with `openid: false`, those that `userInfo`
 * maps.
 */
export interface Claims {
  /** The subject: the user's identifier at this issuer. With `openid: false` and without `userInfo`, a random name of the sign-in. */
  readonly sub: string;
  readonly [claim: string]: unknown;
}

/** Claims that identify a user. */
interface UserClaims {
  readonly sub: string;
  readonly iss?: unknown;
}

/** Whether claims are of the same user: a subject identifies a user at one issuer (OpenID Connect Core 1.0, section 5.7). */
export function isSameUser(one: UserClaims | undefined, other: UserClaims | undefined): boolean {
  return one?.sub === other?.sub && one?.iss === other?.iss;
}

/** Begin of the subject of a user whom no server names: each sign-in gets a subject of its own. */
export const UNNAMED = 'unknown:';

/** Whether two subjects are those of users whom no server names, who may be one user. */
export function areUnnamed(one: string, other: string): boolean {
  return one.startsWith(UNNAMED) && other.startsWith(UNNAMED);
}

/** Place where the worker keeps the tokens: sealed on disk, in its memory alone, or on disk under a key that page script can use. */
export type SessionStorage = 'sealed' | 'memory' | 'wrapped';

/** Limit of a session: the time without activity of the user, or the time since the user's authentication. */
export type SessionLimit = (typeof SESSION_LIMITS)[number];

/** Names of the limits. */
export const SESSION_LIMITS = ['idle', 'absolute'] as const;

/** End of a session by one of its limits. */
export interface LimitEnd {
  /** Time of the end by the worker's clock, in milliseconds since the epoch. */
  readonly endsAtMs: number;
  /** Time that was left when the worker reported the session, in milliseconds. No change of the clock alters it. */
  readonly leftMs: number;
  /** Time from the begin of the limit to its end, in milliseconds. */
  readonly lengthMs: number;
}

/** Limits of a session, as the configuration sets them. */
export interface LimitsView {
  /** End without further activity of the user. */
  readonly idle?: LimitEnd;
  /** End that no activity changes. */
  readonly absolute?: LimitEnd;
  /** Time before the end at which the user is warned, in milliseconds. */
  readonly warnBeforeMs: number;
}

/** Session of a signed-in page. There is no token in it, and no way to ask for one. */
export interface SignedIn<C extends Claims = Claims> {
  readonly status: 'signed-in';
  readonly claims: C;
  /** The scopes that the authorization server granted (RFC 6749, section 3.3). */
  readonly scopes: readonly string[];
  /** Expiry of the access token, of the last one where there are several, in milliseconds since the epoch. The worker refreshes it before. */
  readonly expiresAtMs: number;
  readonly storage: SessionStorage;
  /**
   * `offline` while the browser has no network, or the last access token that was asked for could not be had. The user is
   * signed in all the same: claims and scopes are what the authorization server said last.
   */
  readonly network: 'online' | 'offline';
  /** Ends of the session by its limits; absent if the configuration sets none. */
  readonly limits?: LimitsView;
  /**
   * Query of a silent sign-in that brings this session back: user, scopes and parameters of the sign-in, and no token. The page keeps it
   * for a worker that has lost its memory.
   */
  readonly renewalHint?: string;
  /** Error of the last sign-in, step-up or sign-out; absent if it ended well. */
  readonly lastError?: SerializedError;
}

/**
 * Reason why there is no session. `lost` means that it may be renewed without asking the user; `expired` that it has reached one of its
 * limits. `other-user` means that a renewal, in silence or in a pop-up, has ended with another user: the app decides whether
 * that user signs in.
 */
export type SignedOutReason = 'not-signed-in' | 'signed-out' | 'refused' | 'lost' | 'expired' | 'other-user';

/** Session of a signed-out page. */
export interface SignedOut {
  readonly status: 'signed-out';
  readonly reason: SignedOutReason;
  /** Limit that the session has reached, with the reason `expired`. */
  readonly limit?: SessionLimit;
  /**
   * `open` while the authorization server has not answered the revocation of the session's tokens (RFC 7009). The worker sends it
   * again until there is an answer, or the tokens have expired. Absent otherwise.
   */
  readonly revocation?: 'open';
  readonly lastError?: SerializedError;
}

/** The session as the page may see it. */
export type Session<C extends Claims = Claims> = SignedIn<C> | SignedOut;

/**
 * Parses a session that came from the worker; `undefined` if it is none that this release knows. The app says by the type that it gives
 * which claims there are besides the subject: the worker has validated the ID token, and cannot know what the app expects of it.
 */
export function parseSession<C extends Claims>(value: unknown): Session<C> | undefined {
  if (!hasMembers(value)) return undefined;
  const error = parseError(value['lastError']);
  const lastError = error && { lastError: error };
  if (value['status'] === 'signed-in') return parseSignedIn(value, lastError);
  const reason = REASONS.find((known) => known === value['reason']);
  if (value['status'] !== 'signed-out' || !reason) return undefined;
  const limit = SESSION_LIMITS.find((known) => known === value['limit']);
  return {
    status: 'signed-out',
    reason,
    ...(reason === 'expired' && limit && { limit }),
    ...(value['revocation'] === 'open' && { revocation: 'open' }),
    ...lastError,
  };
}

function parseSignedIn<C extends Claims>(
  { claims, scopes, expiresAtMs, ...rest }: UnknownMembers,
  lastError: Pick<SignedIn, 'lastError'> | undefined,
): SignedIn<C> | undefined {
  const hasSubject = (value: unknown): value is C => hasStrings(value, 'sub');
  const storage = STORAGES.find((known) => known === rest['storage']);
  const network = NETWORKS.find((known) => known === rest['network']);
  if (!hasSubject(claims) || !isStringList(scopes) || typeof expiresAtMs !== 'number') return undefined;
  if (!storage || !network) return undefined;
  const limits = parseLimits(rest['limits']);
  const { renewalHint } = rest;
  return {
    status: 'signed-in',
    claims,
    scopes,
    expiresAtMs,
    storage,
    network,
    ...(limits && { limits }),
    ...(typeof renewalHint === 'string' && { renewalHint }),
    ...lastError,
  };
}

function parseLimits(value: unknown): LimitsView | undefined {
  if (!hasMembers(value) || typeof value['warnBeforeMs'] !== 'number') return undefined;
  const [idle, absolute] = SESSION_LIMITS.map((name) => parseLimitEnd(value[name]));
  return { warnBeforeMs: value['warnBeforeMs'], ...(idle && { idle }), ...(absolute && { absolute }) };
}

function parseLimitEnd(value: unknown): LimitEnd | undefined {
  const { endsAtMs, leftMs, lengthMs } = hasMembers(value) ? value : {};
  if (typeof endsAtMs !== 'number' || typeof leftMs !== 'number' || typeof lengthMs !== 'number') return undefined;
  return { endsAtMs, leftMs, lengthMs };
}

const STORAGES: readonly SessionStorage[] = ['sealed', 'memory', 'wrapped'];
const NETWORKS: readonly SignedIn['network'][] = ['online', 'offline'];
/** Reasons after which only the user can begin a session: what a browser keeps of its user goes. */
const ENDS: readonly SignedOutReason[] = ['signed-out', 'refused', 'expired', 'other-user'];

/** Whether a session has ended, and has not only been lost or is not known yet. */
export function hasEnded(session: Session): boolean {
  return session.status === 'signed-out' && ENDS.includes(session.reason);
}

const REASONS: readonly SignedOutReason[] = ['not-signed-in', 'signed-out', 'refused', 'lost', 'expired', 'other-user'];
