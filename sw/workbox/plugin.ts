import { hasEnded, type Session } from '../../src/protocol/session.ts';
import type { Tokenward } from '../tokenward.ts';
import { type AppCaches, checkCacheName, deleteEntriesOfOthers, isKeepable, keyFor } from './private-cache.ts';
import type { Provenance } from './provenance.ts';

/** State of Workbox for one plugin while one request is handled. */
interface Handling {
  readonly state?: object;
}

/** Plugin for Workbox's strategies (workbox-core, "WorkboxPlugin"). */
export interface TokenwardPlugin {
  readonly requestWillFetch: (parameter: Handling & { readonly request: Request }) => Promise<Request>;
  /** Marks requests that a later plugin stores, to send them again. */
  readonly fetchDidFail: (parameter: Handling & { readonly request: Request }) => Promise<void>;
  readonly cacheKeyWillBeUsed: (parameter: Handling & { readonly request: Request }) => Promise<Request>;
  readonly cacheWillUpdate: (
    parameter: Handling & { readonly request: Request; readonly response: Response },
  ) => Promise<Response | null>;
  readonly cacheDidUpdate: (
    parameter: Handling & { readonly cacheName: string; readonly request: Request },
  ) => Promise<void>;
  readonly cachedResponseWillBeUsed: (parameter: {
    readonly cacheName: string;
    readonly request: Request;
    readonly cachedResponse?: Response;
  }) => Promise<Response | undefined>;
}

/**
 * Creates a plugin that makes a strategy fetch with a token, and store each response for its user: under another key for each
 * user, in a cache that is deleted at sign-out.
 *
 * @param tokenward access to the session
 * @param provenance marks requests with their user
 * @param caches the caches of the app
 */
export function createPlugin(tokenward: Tokenward, provenance: Provenance, caches: AppCaches): TokenwardPlugin {
  const { storage, prefix } = caches;
  const users = new WeakMap<object, Promise<string | undefined>>();
  let sweeping: Promise<void> | undefined;

  /** Deletes the entries of other users. While the session is unknown, the entries wait for their user. */
  const sweep = async (session: Session): Promise<void> => {
    const user = userOf(session);
    if (user !== undefined || hasEnded(session)) await deleteEntriesOfOthers(caches, user);
  };
  const sweepOnce = (): Promise<void> => (sweeping ??= tokenward.session().then(sweep));
  tokenward.subscribe((session) => {
    sweeping = sweep(session).catch(() => {});
  });

  const user = async (): Promise<string | undefined> => userOf(await tokenward.session());
  /** Returns the user of the session in which a request is handled. Another user may be signed in when its response arrives. */
  const userIn = (state: object = {}): Promise<string | undefined> => {
    const known = users.get(state) ?? user();
    users.set(state, known);
    return known;
  };

  return Object.freeze({
    requestWillFetch: async ({ request, state }) =>
      tokenward.covers(request) ? provenance.own(request, await userIn(state)) : request,
    fetchDidFail: async ({ request, state }) => {
      // A request that only reads is not sent later. A request that writes is stored even without a mark.
      if (/^(GET|HEAD)$/.test(request.method)) return;
      await provenance.keep(request, await userIn(state)).catch(() => {});
    },
    cacheKeyWillBeUsed: async ({ request, state }) => {
      // A response from the cache has no other sign of Tokenward.
      tokenward.covers(request);
      await sweepOnce();
      return keyFor(request, await userIn(state));
    },
    cacheWillUpdate: async ({ request, response, state }) => {
      const owner = await userIn(state);
      const isTheirs = tokenward.covers(request) && owner !== undefined && owner === (await user());
      return isTheirs && isKeepable(response) ? response : null;
    },
    cacheDidUpdate: async ({ cacheName, request, state }) => {
      const isNamed = cacheName.startsWith(prefix);
      // The session may have ended while the response was being stored.
      if (!isNamed || (await userIn(state)) !== (await user())) {
        const cache = await storage.open(cacheName);
        await cache.delete(request, { ignoreVary: true });
      }
      checkCacheName(cacheName, prefix);
    },
    cachedResponseWillBeUsed: async ({ cacheName, cachedResponse }) => {
      checkCacheName(cacheName, prefix);
      return cachedResponse;
    },
  } satisfies TokenwardPlugin);
}

function userOf(session: Session): string | undefined {
  return session.status === 'signed-in' ? session.claims.sub : undefined;
}
