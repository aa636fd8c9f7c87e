import { hasMembers, type UnknownMembers } from '../../src/protocol/json.ts';

/**
 * What a JWT claims, before anybody has verified it (RFC 7519, section 3): good for finding what it is to be verified with.
 *
 * @returns no members, if it is no JWT
 */
export function unverifiedClaims(jwt: string | null): UnknownMembers {
  return decodePart(jwt, 1);
}

/** Returns the header of a JWT, before anybody has verified it. */
export function unverifiedHeader(jwt: string): UnknownMembers {
  return decodePart(jwt, 0);
}

function decodePart(jwt: string | null, index: number): UnknownMembers {
  try {
    const members: unknown = JSON.parse(atob(jwt?.split('.')[index]?.replaceAll('-', '+').replaceAll('_', '/') ?? ''));
    return hasMembers(members) ? members : {};
  } catch {
    return {};
  }
}
