import type { Queue } from 'workbox-background-sync/Queue.js';
import { secureDocuments } from '../navigation/secure-documents.ts';
import { addPolicy, type PageHeader, type PagePolicy, parsePagePolicy } from '../navigation/secure-response.ts';
import { cacheStorage, interceptFetch, scriptPolicy, scriptUrl, send } from '../platform.ts';
import { cachePrefix } from '../session-caches.ts';
import type { Tokenward } from '../tokenward.ts';
import { type OwnedRequest, takeOwner } from './owned-request.ts';
import { createPlugin, type TokenwardPlugin } from './plugin.ts';
import { createPrecachePlugin, type ManifestEntry, type PrecachePlugin } from './precache.ts';
import { createProvenance, forgery } from './provenance.ts';
import { createReplay, type Replay } from './replay.ts';

export type { ManifestEntry, PageHeader, PagePolicy, PrecachePlugin, Replay, TokenwardPlugin };

/** Plugins and functions with which Workbox acts as the user who is signed in. */
export interface TokenwardForWorkbox {
  /** Plugin for a strategy: it fetches with a token, and stores the responses for their user alone. */
  readonly plugin: TokenwardPlugin;
  /** Sends the requests in a queue of Workbox's Background Sync, each for its user and with a fresh token. */
  readonly replay: Replay;
  /**
   * Returns a plugin that puts requests which could not be sent into a queue. The queue is also replayed when its user signs in
   * again. The plugin must follow {@link TokenwardForWorkbox.plugin}, which marks stored requests.
   *
   * @param queue a queue with `onSync: replay`
   */
  readonly outbox: (queue: Queue) => OutboxPlugin;
  /**
   * Returns a plugin for a precache. It replaces a file that does not match the manifest by the network's response.
   *
   * @param manifest the entries of the precache; those without `integrity` are served unchecked
   */
  readonly precache: (manifest: readonly (ManifestEntry | string)[]) => PrecachePlugin;
}

/** Settings of {@link forWorkbox}. */
export interface WorkboxSettings {
  /** Policy of pages, if the server does not put one before the worker's script. */
  readonly policy?: PagePolicy;
}

/**
 * Adds the policy of the origin's pages to a response, as the server does. Tokenward does so for every response to a
 * navigation, if the server has put the policy before the worker's script.
 *
 * @param response the response; its body is passed on
 * @param policy the policy; by default, the one that the server has put before the worker's script
 * @returns the response with the headers of the policy, or the same one if there is no policy or it can carry none
 * @example
 * event.respondWith(caches.match('/offline.html').then((page) => secureResponse(page ?? Response.error())));
 */
export function secureResponse(response: Response, policy: PagePolicy | undefined = policyOfScript()): Response {
  return addPolicy(response, policy);
}

const policyOfScript = (): PagePolicy | undefined => parsePagePolicy(scriptPolicy());

/** Plugin for Workbox's strategies (workbox-core, "WorkboxPlugin"). */
export interface OutboxPlugin {
  readonly fetchDidFail: (parameter: { readonly request: Request }) => Promise<void>;
}

/**
 * Creates the plugins with which Workbox's strategies and queues act as the user who is signed in. Call it once, while the
 * worker's script is evaluated.
 *
 * Workbox shows a request that a plugin has changed to every other plugin, and stores it. So the plugin adds no token to it,
 * only its user. Tokenward adds the token when Workbox calls `fetch()`.
 *
 * @param tokenward the result of `startTokenward()`
 * @param settings the policy of pages, if the server does not put it before the script
 * @example
 * const { plugin, outbox, replay } = forWorkbox(tokenward);
 * const queue = new Queue('notes', { onSync: replay });
 * registerRoute(isApi, new NetworkFirst({ plugins: [plugin, outbox(queue)] }));
 */
export function forWorkbox(tokenward: Tokenward, settings: WorkboxSettings = {}): TokenwardForWorkbox {
  if (settings.policy) secureDocuments(settings.policy);
  const provenance = createProvenance((text) => tokenward.mark('outbox', text));
  const sendOwned = async (owned: OwnedRequest): Promise<Response> => {
    if (provenance.arrives(owned) || (await provenance.isGenuine(owned))) return tokenward.fetch(owned.request, owned);
    // Other code than `replay` sends it out of a storage.
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
    precache: (manifest) => createPrecachePlugin(manifest, scriptUrl),
    outbox: (queue) => {
      tokenward.subscribe((session) => {
        if (session.status === 'signed-out') return;
        // The browser's own replay continues if this one is cut off.
        void queue.registerSync();
        if (session.network === 'online') replay({ queue }).catch(() => {});
      });
      return { fetchDidFail: async ({ request }) => queue.pushRequest({ request }) };
    },
  };
}
