/** Use that an access token is for. Protected resources of the same target get the same access token. */
export interface TokenTarget {
  /** The `resource` of the token request (RFC 8707, section 2). */
  readonly resource?: string | undefined;
  /** The `audience` of the token request, where the authorization server knows that parameter. */
  readonly audience?: string | undefined;
  /** The scopes of the access token; without any, it has what the authorization server gives by default. */
  readonly scopes: readonly string[];
  /** `optional` if the access token may be a Bearer token though the configuration requires DPoP. */
  readonly dpop?: 'optional' | undefined;
}

/** Target of the access token that the authorization server gives by default. */
export const DEFAULT_TARGET: TokenTarget = Object.freeze({ scopes: Object.freeze([]) });

/**
 * Returns the key of a target: the same for the same members. Sealed records and the fingerprint of a configuration hold keys, so
 * a target must keep its key in every release.
 */
export function keyOfTarget({ resource, audience, scopes, dpop }: TokenTarget): string {
  const members = Object.entries({ resource, audience, scope: scopes.join(' '), dpop });
  return String(new URLSearchParams(members.flatMap(([name, value]) => (value ? [[name, value]] : []))));
}

/** Parses a target from its key, as the records of a session hold it. */
export function parseTargetKey(key: string): TokenTarget {
  const members = new URLSearchParams(key);
  return {
    resource: members.get('resource') ?? undefined,
    audience: members.get('audience') ?? undefined,
    scopes: members.get('scope')?.split(' ') ?? [],
    dpop: members.has('dpop') ? 'optional' : undefined,
  };
}
