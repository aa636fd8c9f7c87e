import type { Queue } from 'workbox-background-sync/Queue.js';
import { QueueStore } from 'workbox-background-sync/QueueStore.js';
import { StorableRequest } from 'workbox-background-sync/StorableRequest.js';
import type { Tokenward } from '../tokenward.ts';
import { takeOwner } from './owned-request.ts';
import { forgery, type Provenance } from './provenance.ts';

/** Sends what is in a queue; for the option `onSync` of Workbox's `Queue` and `BackgroundSyncPlugin`. */
export type Replay = (parameter: { readonly queue: Queue }) => Promise<void>;

/** Answers of a server that cannot answer now (RFC 9110, section 15.6; RFC 6585, section 4). */
const PASSING: readonly number[] = [429, 502, 503, 504];

/**
 * Creates the function that sends the stored requests of the signed-in user in their order, each with a fresh token. Requests
 * of other users stay in the queue. A request leaves the queue after its response: an interrupted one may arrive twice, none is
 * lost. Requests that other code than the worker has stored in the user's name stay, too.
 *
 * @param tokenward access to the session
 * @param provenance distinguishes requests that the worker has stored
 * @param send the network, for requests that were made without a session
 * @returns a function that rejects if the network or the server does not answer, so that the browser tries again later, and if
 *   a forged request stays in the queue
 */
export function createReplay(tokenward: Tokenward, provenance: Provenance, send: typeof fetch): Replay {
  const replaying = new Map<string, Promise<void>>();

  const replayOnce = async (queue: Queue): Promise<void> => {
    const store = new QueueStore(queue.name);
    // Workbox removes requests that are too old.
    await queue.getAll();
    await tokenward.recover();
    const session = await tokenward.session();
    const user = session.status === 'signed-in' ? session.claims.sub : undefined;
    let isForged = false;
    for (const { id, requestData } of await store.getAll()) {
      const stored = new StorableRequest(requestData).toRequest();
      const owned = takeOwner(stored);
      if (owned?.user !== undefined && owned.user !== user) continue;
      if (owned?.user !== undefined && !(await provenance.isGenuine(owned))) {
        isForged = true;
        continue;
      }
      const response = owned?.user ? await tokenward.fetch(owned.request, owned) : await send(owned?.request ?? stored);
      if (PASSING.includes(response.status)) throw new Error(`The server answered ${response.status}. It waits.`);
      await store.deleteEntry(id);
    }
    if (isForged) throw forgery();
  };

  return ({ queue }) => {
    // The browser and a sign-in may both start it.
    const last = replaying.get(queue.name) ?? Promise.resolve();
    const next = last.catch(() => {}).then(() => replayOnce(queue));
    replaying.set(queue.name, next);
    return next;
  };
}
