import { hasMembers, type UnknownMembers } from '../../src/protocol/json.ts';

/**
 * Returns the claims of a JWT without verification (RFC 7519, section 3). Use them only to find the keys for its verification.
 *
 * @returns no members, if it is no JWT
 */
export function unverifiedClaims(jwt: string | null): UnknownMembers {
  return decodePart(jwt, 1);
}

/** Returns the header of a JWT without verification. */
export function unverifiedHeader(jwt: string): UnknownMembers {
  return decodePart(jwt, 0);
}

function decodePart(jwt: string | null, index: number): UnknownMembers {
  try {
    const binary = atob(jwt?.split('.')[index]?.replaceAll('-', '+').replaceAll('_', '/') ?? '');
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const members: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return hasMembers(members) ? members : {};
  } catch {
    return {};
  }
}
