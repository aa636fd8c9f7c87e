import { hasStrings, isStringList } from './json.ts';

/** Errors of challenges that name claims for the authorization server, as continuous access evaluation sends them. */
export const CLAIMS_ERRORS = ['insufficient_claims', 'interaction_required', 'invalid_token'] as const;

/** Error of a challenge that names claims. */
export type ClaimsError = (typeof CLAIMS_ERRORS)[number];

/**
 * Requirements of a protected resource beyond a valid access token: more scopes (RFC 6750, section 3.1), a sign-in that is
 * stronger or more recent (RFC 9470, section 3), or claims that the authorization server must check anew. A requirement that is not
 * there is absent, so that it can be handed to `login()`.
 */
export interface AccessChallenge {
  readonly error: 'insufficient_scope' | 'insufficient_user_authentication' | ClaimsError;
  /** The URL that was requested, without its query. */
  readonly url: string;
  readonly method: string;
  /** The scopes that the access token needs. */
  readonly scopes?: readonly string[];
  /** Authentication context classes, the preferred one first. */
  readonly acrValues?: readonly string[];
  /** Maximum time since the user signed in, in seconds. */
  readonly maxAge?: number;
  /** Claims request as JSON (OpenID Connect Core 1.0, section 5.5); absent if the configuration does not allow it. */
  readonly claims?: string;
  /** Proof of the worker that a protected resource has sent these claims; `login()` needs it. */
  readonly claimsProof?: string;
}

/** Parses a challenge that came from the worker; `undefined` if it is none that this release knows. */
export function parseAccessChallenge(value: unknown): AccessChallenge | undefined {
  if (!hasStrings(value, 'url', 'method')) return undefined;
  const { url, method, scopes, acrValues, maxAge, claims, claimsProof } = value;
  const error = ERRORS.find((known) => known === value['error']);
  if (!error) return undefined;
  return {
    error,
    url,
    method,
    ...(isStringList(scopes) && { scopes }),
    ...(isStringList(acrValues) && { acrValues }),
    ...(typeof maxAge === 'number' && { maxAge }),
    ...(typeof claims === 'string' && { claims }),
    ...(typeof claimsProof === 'string' && { claimsProof }),
  };
}

const ERRORS: readonly AccessChallenge['error'][] = [
  'insufficient_scope',
  'insufficient_user_authentication',
  ...CLAIMS_ERRORS,
];
