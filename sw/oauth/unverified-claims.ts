import { hasMembers, type UnknownMembers } from '../../src/protocol/json.ts';

/**
 * What a JWT claims, before anybody has verified it (RFC 7519, section 3): good for finding what it is to be verified with.
 *
 * @returns no members, if it is no JWT
 */
export function unverifiedClaims(jwt: string | null): UnknownMembers {
  try {
    const claims: unknown = JSON.parse(atob(jwt?.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? ''));
    return hasMembers(claims) ? claims : {};
  } catch {
    return {};
  }
}
