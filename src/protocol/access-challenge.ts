import { hasStrings, isStringList } from './json.ts';

/**
 * Requirements of a protected resource beyond a valid access token: more scopes (RFC 6750, section 3.1), or a sign-in that is
 * stronger or more recent (RFC 9470, section 3). A requirement that is not there is absent, so that it can be handed to `login()`.
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
  /** Maximum time since the user signed in, in seconds. */
  readonly maxAge?: number;
}

/** Parses a challenge that came from the worker; `undefined` if it is none that this release knows. */
export function parseAccessChallenge(value: unknown): AccessChallenge | undefined {
  if (!hasStrings(value, 'url', 'method')) return undefined;
  const { url, method, scopes, acrValues, maxAge } = value;
  const error = ERRORS.find((known) => known === value['error']);
  if (!error) return undefined;
  return {
    error,
    url,
    method,
    ...(isStringList(scopes) && { scopes }),
    ...(isStringList(acrValues) && { acrValues }),
    ...(typeof maxAge === 'number' && { maxAge }),
  };
}

const ERRORS: readonly AccessChallenge['error'][] = ['insufficient_scope', 'insufficient_user_authentication'];
