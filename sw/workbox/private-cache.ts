/** The caches of the app. */
export interface AppCaches {
  /** The caches of this origin. */
  readonly storage: CacheStorage;
  /** Prefix of the names of the caches that are deleted at sign-out. */
  readonly prefix: string;
}

/** Begins the first segment of the paths under which the entries of a user stand. */
const USER = '/tokenward-user=';

/** Returns the cache key of a user's response: unique to the user, and without credentials of any kind. */
export function keyFor({ url, headers }: Request, user: string | undefined): Request {
  const { origin, pathname, search } = new URL(url);
  const key = new Request(`${origin}${folderOf(user)}${pathname}${search}`, { headers });
  for (const name of ['authorization', 'dpop']) key.headers.delete(name);
  return key;
}

/** Whether an answer may be kept for the user who got it. */
export function isKeepable({ status, headers }: Response): boolean {
  // An opaque response has status 0, and a cache accepts none with `Vary: *`.
  const isOutOfBounds = headers.get('vary')?.includes('*') || /\bno-store\b/i.test(headers.get('cache-control') ?? '');
  return status === 200 && !isOutOfBounds;
}

/**
 * Checks the name of a cache.
 *
 * @throws TypeError if the worker would not delete that cache at sign-out
 */
export function checkCacheName(name: string, prefix: string): void {
  if (name.startsWith(prefix)) return;
  throw new TypeError(`The cache "${name}" would outlive the session. Give the strategy a cacheName with "${prefix}".`);
}

/**
 * Deletes what other users have left.
 *
 * @param caches the caches of the app
 * @param user whose entries stay
 */
export async function deleteEntriesOfOthers({ storage, prefix }: AppCaches, user: string | undefined): Promise<void> {
  const names = await storage.keys();
  const deleting = names.map(async (name) => {
    if (!name.startsWith(prefix)) return;
    const cache = await storage.open(name);
    const others = (await cache.keys()).filter(({ url }) => !new URL(url).pathname.startsWith(`${folderOf(user)}/`));
    await Promise.all(others.map((key) => cache.delete(key, { ignoreVary: true })));
  });
  await Promise.all(deleting);
}

function folderOf(user: string = ''): string {
  return USER + encodeURIComponent(user);
}
