import { type OwnedRequest, setOwner, takeOwner, withOwner } from './owned-request.ts';

/**
 * Distinguishes a request that the worker has assigned to a user from a forged one: page script can set header fields, and can
 * write into every queue of its origin.
 */
export interface Provenance {
  /** Assigns a request to its user on its way to `fetch()`. */
  readonly own: (request: Request, user: string | undefined) => Request;
  /** Returns whether a request is on that way, once: code that finds the request in a storage cannot use it again. */
  readonly arrives: (owned: OwnedRequest) => boolean;
  /**
   * Authenticates a request that is about to be stored, so that none of it can be changed. It changes the request itself, which
   * later plugins get too.
   */
  readonly keep: (request: Request, user: string | undefined) => Promise<void>;
  /** Returns whether a stored request is unchanged. */
  readonly isGenuine: (owned: OwnedRequest) => Promise<boolean>;
}

/** Function that computes the authentication tag of a text; only the worker has its key. */
type Tag = (text: string) => Promise<string>;

/**
 * Creates the provenance of requests.
 *
 * @param tag computes the authentication tag of a text
 */
export function createProvenance(tag: Tag): Provenance {
  const passes = new Set<string>();

  const tagOf = async (user: string, request: Request): Promise<string> =>
    tag(JSON.stringify([user, ...(await contentOf(request))]));

  return {
    own: (request, user) => {
      const pass = crypto.randomUUID();
      passes.add(pass);
      return withOwner(request, user, pass);
    },
    arrives: ({ proof }) => passes.delete(proof),
    keep: async (request, user) => {
      const owned = takeOwner(request.clone());
      if (owned && user !== undefined) setOwner(request, user, await tagOf(user, owned.request));
    },
    isGenuine: async ({ request, user, proof }) =>
      user !== undefined && (await isSame(tag, proof, await tagOf(user, request))),
  };
}

/** Returns the parts of a request that must not change while it is stored. */
async function contentOf(request: Request): Promise<readonly unknown[]> {
  const { url, method, credentials, redirect } = request;
  // Header fields that a browser adds by itself are not stored.
  const { headers } = new Request(url, { method, headers: request.headers });
  const digest = await crypto.subtle.digest('SHA-256', await request.clone().arrayBuffer());
  return [url, method, credentials, redirect, Array.from(headers), new Uint8Array(digest).join()];
}

/** Compares two tags by their own tags, so that the duration reveals nothing about the expected one. */
async function isSame(tag: Tag, one: string, other: string): Promise<boolean> {
  return (await tag(one)) === (await tag(other));
}

/** Returns the error of a stored request that the worker has not authenticated. */
export function forgery(): TypeError {
  return new TypeError(
    'A request that was stored in the name of a user has no mark of this worker. It is not sent. ' +
      'If script in the page has not put it there, name the plugin of forWorkbox() before the one that stores requests.',
  );
}
