import type { Evaluator } from './engines/engine.ts';

/** An entry of a cache, as page script sees it. */
export interface CacheEntry {
  readonly cache: string;
  readonly url: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly body: string;
}

/** All caches of the page's origin. */
export function listCacheEntries(page: Evaluator): Promise<readonly CacheEntry[]> {
  return page.evaluate(async () => {
    const entries: CacheEntry[] = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        const response = await cache.match(request, { ignoreVary: true });
        entries.push({
          cache: name,
          url: request.url,
          requestHeaders: Object.fromEntries(request.headers),
          responseHeaders: Object.fromEntries(response?.headers ?? []),
          body: (await response?.text()) ?? '',
        });
      }
    }
    return entries;
  });
}
