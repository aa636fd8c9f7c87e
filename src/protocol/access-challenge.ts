import { hasStrings } from './json.ts';

/**
 * What a protected resource asks for beyond a valid access token: more scopes (RFC 6750, section 3.1), or a sign-in that is
 * stronger or more recent (RFC 9470, section 3). What it does not ask for is absent, so that it can be handed to `login()`.
 */
export interface AccessChallenge {
  readonly error: 'insufficient_scope' | 'insufficient_user_authentication';
  /** The URL that was requested, without its query. */
  readonly url: string;
  readonly method: string;
  /** The scopes that the access token needs. */
  readonly scopes?: readonly string[];
  /** Authentication context classes, the preferred one first. */
  readonly acrValues?: readonly string[];
  /** How long ago the user may have signed in, in seconds. */
  readonly maxAge?: number;
}

/** Whether a value that came from the worker, which has parsed it, is a challenge. */
export function isChallenge(value: unknown): value is AccessChallenge {
  return hasStrings(value, 'error', 'url', 'method');
}
