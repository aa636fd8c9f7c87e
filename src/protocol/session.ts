import type { SerializedError } from './error.ts';

/** The claims of the ID token that the worker has validated (OpenID Connect Core 1.0, section 2). */
export interface Claims {
  /** The subject: the user's identifier at this issuer. */
  readonly sub: string;
  readonly [claim: string]: unknown;
}

/** Where the worker keeps the tokens: sealed on disk, or in its memory alone. */
export type SessionStorage = 'sealed' | 'memory' | 'wrapped';

/** What a signed-in page is told. There is no token in it, and no way to ask for one. */
export interface SignedIn<C extends Claims = Claims> {
  readonly status: 'signed-in';
  readonly claims: C;
  /** The scopes that the authorization server granted (RFC 6749, section 3.3). */
  readonly scopes: readonly string[];
  /** When the present access token expires, the last of them where there are several, in milliseconds since the epoch; the worker renews it before. */
  readonly expiresAtMs: number;
  readonly storage: SessionStorage;
  /**
   * `offline` while the browser has no network, or the last access token that was asked for could not be had. The user is
   * signed in all the same: claims and scopes are what the authorization server said last.
   */
  readonly network: 'online' | 'offline';
  /** Why the last sign-in, step-up or sign-out did not end well; absent if it did. */
  readonly lastError?: SerializedError;
}

/** Why there is no session. `lost` means that it may be renewed without asking the user anything. */
export type SignedOutReason = 'not-signed-in' | 'signed-out' | 'refused' | 'lost';

/** What a signed-out page is told. */
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
