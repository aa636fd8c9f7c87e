/** An entry of a precache manifest (workbox-precaching, "PrecacheEntry"). */
export interface ManifestEntry {
  readonly url: string;
  /** Hashes of the file (Subresource Integrity), such as `sha256-…`. */
  readonly integrity?: string;
}

/** A plugin for Workbox's strategies (workbox-core, "WorkboxPlugin"). */
export interface PrecachePlugin {
  readonly cachedResponseWillBeUsed: (parameter: {
    readonly request: Request;
    readonly cachedResponse?: Response;
  }) => Promise<Response | undefined>;
}

/** Search parameter that Workbox adds to the key of an entry. */
const REVISION = '__WB_REVISION__';

/**
 * Creates a plugin that compares what stands in the precache with the hashes of the manifest, which is a part of the worker's script:
 * page script can write to the cache, and not to the script.
 *
 * @param manifest the entries; those without a hash are given as they are
 * @param base URL that the URLs of the entries are relative to
 */
export function createPrecachePlugin(manifest: readonly (ManifestEntry | string)[], base: string): PrecachePlugin {
  const hashes = new Map(
    manifest.flatMap((entry) =>
      typeof entry === 'string' || !entry.integrity ? [] : [[new URL(entry.url, base).href, entry.integrity]],
    ),
  );
  return {
    cachedResponseWillBeUsed: async ({ request, cachedResponse }) => {
      const url = new URL(request.url);
      url.searchParams.delete(REVISION);
      const expected = hashes.get(url.href);
      if (!cachedResponse || expected === undefined) return cachedResponse;
      // Workbox then gets the file from the network, and replaces the other.
      return (await matches(cachedResponse, expected)) ? cachedResponse : undefined;
    },
  };
}

/**
 * Whether a response has the integrity of the manifest.
 *
 * @see https://www.w3.org/TR/SRI/#does-response-match-metadatalist
 */
async function matches(response: Response, integrity: string): Promise<boolean> {
  const body = await response.clone().arrayBuffer();
  for (const hash of integrity.split(/\s+/)) {
    const [, bits = '', digest] = /^sha(256|384|512)-([\w+/=-]+)/.exec(hash) ?? [];
    if (digest === undefined) continue;
    const bytes = new Uint8Array(await crypto.subtle.digest(`SHA-${bits}`, body));
    if (btoa(String.fromCharCode(...bytes)) === digest) return true;
  }
  return false;
}
