import { cacheStorage, registrationScope } from './platform.ts';

/**
 * Returns the prefix of the names of the caches that end with the session. Caches are the origin's, and each worker deletes its own:
 * no scope has a space in it, so that no prefix of one begins that of another.
 */
export function cachePrefix(): string {
  const { pathname } = new URL(registrationScope());
  return pathname === '/' ? 'tokenward-' : `tokenward ${pathname} `;
}

/** Deletes the caches that end with the session. What fails is left: there is nothing else to be done about it. */
export async function deleteSessionCaches(): Promise<void> {
  const names = await cacheStorage.keys().catch(() => []);
  const authorised = names.filter((name) => name.startsWith(cachePrefix()));
  await Promise.allSettled(authorised.map((name) => cacheStorage.delete(name)));
}
