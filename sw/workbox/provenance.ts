import { type OwnedRequest, setOwner, takeOwner, withOwner } from './owned-request.ts';

/**
 * Tells a request that the worker has made a user's from one that says so of itself: page script writes header fields, and into
 * every queue of its origin.
 */
export interface Provenance {
  /** Makes a request its user's on its way to `fetch()`. */
  readonly own: (request: Request, user: string | undefined) => Request;
  /** Whether it is on that way. Good for one answer: nobody who finds the request in a storage can use it again. */
  readonly arrives: (owned: OwnedRequest) => boolean;
  /**
   * Marks a request that is about to be stored, so that nothing of it can be changed: the request itself, which the plugins
   * after this one get too.
   */
  readonly keep: (request: Request, user: string | undefined) => Promise<void>;
  /** Whether it is as it was then. */
  readonly isGenuine: (owned: OwnedRequest) => Promise<boolean>;
}

/** What the worker knows a text by, and nobody else can make. */
type Mark = (text: string) => Promise<string>;

/** @param mark knows again what was written */
export function createProvenance(mark: Mark): Provenance {
  const passes = new Set<string>();

  const markOf = async (user: string, request: Request): Promise<string> =>
    mark(JSON.stringify([user, ...(await contentOf(request))]));

  return {
    own: (request, user) => {
      const pass = crypto.randomUUID();
      passes.add(pass);
      return withOwner(request, user, pass);
    },
    arrives: ({ proof }) => passes.delete(proof),
    keep: async (request, user) => {
      const owned = takeOwner(request.clone());
      if (owned && user !== undefined) setOwner(request, user, await markOf(user, owned.request));
    },
    isGenuine: async ({ request, user, proof }) =>
      user !== undefined && (await isSame(mark, proof, await markOf(user, request))),
  };
}

/** What of a request is not to be changed while it is stored. */
async function contentOf(request: Request): Promise<readonly unknown[]> {
  const { url, method, credentials, redirect } = request;
  // What a browser adds by itself is not stored.
  const { headers } = new Request(url, { method, headers: request.headers });
  const digest = await crypto.subtle.digest('SHA-256', await request.clone().arrayBuffer());
  return [url, method, credentials, redirect, Array.from(headers), new Uint8Array(digest).join()];
}

/** Compares marks of what is compared: how long that takes says nothing of the one that was to be found out. */
async function isSame(mark: Mark, one: string, other: string): Promise<boolean> {
  return (await mark(one)) === (await mark(other));
}

/** Why a request is not sent that is not what it says it is. */
export function forgery(): TypeError {
  return new TypeError(
    'A request that was stored in the name of a user has no mark of this worker. It is not sent. ' +
      'Unless script in the page has put it there: name the plugin of forWorkbox() before the one that stores requests.',
  );
}
