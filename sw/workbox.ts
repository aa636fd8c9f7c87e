import type { Queue } from 'workbox-background-sync/Queue.js';
import { cacheStorage, interceptFetch, send } from './platform.ts';
import { cachePrefix } from './session-caches.ts';
import type { Tokenward } from './tokenward.ts';
import { type OwnedRequest, takeOwner } from './workbox/owned-request.ts';
import { createPlugin, type TokenwardPlugin } from './workbox/plugin.ts';
import { createProvenance, forgery } from './workbox/provenance.ts';
import { createReplay, type Replay } from './workbox/replay.ts';

export type { Replay, TokenwardPlugin };

/** What Workbox needs to act as the user who is signed in. */
export interface TokenwardForWorkbox {
  /** A plugin with which a strategy fetches with a token, and keeps the answers for their user alone. */
  readonly plugin: TokenwardPlugin;
  /** Sends what is in a queue of Workbox's Background Sync, each request for its user and with a fresh token. */
  readonly replay: Replay;
  /**
   * A plugin that puts what could not be sent into a queue, which is also replayed when its user signs in again. It stands after
   * {@link TokenwardForWorkbox.plugin}, which marks what is stored.
   *
   * @param queue made with `onSync: replay`
   */
  readonly outbox: (queue: Queue) => OutboxPlugin;
}

/** A plugin for Workbox's strategies (workbox-core, "WorkboxPlugin"). */
export interface OutboxPlugin {
  readonly fetchDidFail: (parameter: { readonly request: Request }) => Promise<void>;
}

/**
 * Lets Workbox's strategies and queues act as the user who is signed in. Call it once, while the worker's script is evaluated.
 *
 * Workbox shows what a plugin does to a request to every other plugin, and stores it. So the plugin puts no token into it,
 * only whose it is; the token comes when Workbox calls `fetch()`.
 *
 * @param tokenward what `startTokenward()` has given
 */
export function forWorkbox(tokenward: Tokenward): TokenwardForWorkbox {
  const provenance = createProvenance((text) => tokenward.mark('outbox', text));
  const sendOwned = async (owned: OwnedRequest): Promise<Response> => {
    if (provenance.arrives(owned) || (await provenance.isGenuine(owned))) return tokenward.fetch(owned.request, owned);
    // Out of a storage, by another way than `replay`.
    if (owned.user === undefined) return send(owned.request);
    throw forgery();
  };
  interceptFetch((input, init) => {
    const owned = input instanceof Request ? takeOwner(input, init) : undefined;
    return owned && sendOwned(owned);
  });
  const replay = createReplay(tokenward, provenance, send);
  return {
    plugin: createPlugin(tokenward, provenance, { storage: cacheStorage, prefix: cachePrefix() }),
    replay,
    outbox: (queue) => {
      tokenward.subscribe((session) => {
        if (session.status === 'signed-out') return;
        // The browser's own replay goes on where this one is cut off.
        void queue.registerSync();
        if (session.network === 'online') replay({ queue }).catch(() => {});
      });
      return { fetchDidFail: async ({ request }) => queue.pushRequest({ request }) };
    },
  };
}
