import { encodeBase64Url } from './base64url.ts';

/**
 * Creates the entity tag of a release. It is weak, since each response with the same tag has its own secret (RFC 9110, section
 * 8.8.1); update checks use the weak comparison anyway.
 *
 * @param parts all parts of a release: script and headers, and never the secret
 */
export async function createReleaseTag(parts: readonly string[]): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(parts)));
  return `W/"${encodeBase64Url(new Uint8Array(digest))}"`;
}

/**
 * Whether an `If-None-Match` field names an entity tag, by weak comparison (RFC 9110, sections 8.8.3.2 and 13.1.2).
 *
 * @param field the field's value, or `null` where there is none
 * @param entityTag the present entity tag
 */
export function matchesEntityTag(field: string | null, entityTag: string): boolean {
  if (field === null) return false;
  if (field.trim() === '*') return true;
  const present = opaqueTags(entityTag)[0];
  return opaqueTags(field).some((candidate) => candidate === present);
}

/** Returns the quoted parts of a list of entity tags. They may contain commas, and never a quote. */
function opaqueTags(field: string): readonly string[] {
  return field.match(/"[^"]*"/g) ?? [];
}
