import { parseError, type SerializedError } from './error.ts';
import { hasMembers, hasStrings, isStringList, type UnknownMembers } from './json.ts';

/** The claims of the ID token that the worker has validated (OpenID Connect Core 1.0, section 2). */
export interface Claims {
  /** The subject: the user's identifier at this issuer. */
  readonly sub: string;
  readonly [claim: string]: unknown;
}

/** Whether claims are of the same user: a subject identifies a user at one issuer (OpenID Connect Core 1.0, section 5.7). */
export function isSameUser(one: Claims | undefined, other: Claims | undefined): boolean {
  return one?.sub === other?.sub && one?.['iss'] === other?.['iss'];
}

/** Place where the worker keeps the tokens: sealed on disk, in its memory alone, or on disk under a key that page script can use. */
export type SessionStorage = 'sealed' | 'memory' | 'wrapped';

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
  /** Error of the last sign-in, step-up or sign-out; absent if it ended well. */
  readonly lastError?: SerializedError;
}

/** Reason why there is no session. `lost` means that it may be renewed without asking the user. */
export type SignedOutReason = 'not-signed-in' | 'signed-out' | 'refused' | 'lost';

/** Session of a signed-out page. */
export interface SignedOut {
  readonly status: 'signed-out';
  readonly reason: SignedOutReason;
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
  return { status: 'signed-out', reason, ...(value['revocation'] === 'open' && { revocation: 'open' }), ...lastError };
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
  return { status: 'signed-in', claims, scopes, expiresAtMs, storage, network, ...lastError };
}

const STORAGES: readonly SessionStorage[] = ['sealed', 'memory', 'wrapped'];
const NETWORKS: readonly SignedIn['network'][] = ['online', 'offline'];
const REASONS: readonly SignedOutReason[] = ['not-signed-in', 'signed-out', 'refused', 'lost'];
