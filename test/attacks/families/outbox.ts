import { ADA } from '../../servers/users.ts';
import type { Attack } from '../attack.ts';
import type { Scene } from '../scene.ts';
import { until } from '../until.ts';
import { signIn } from '../visit.ts';

/** The queue of the app's worker. */
export const QUEUE = 'outbox';

/** A request that somebody has written down to be sent later. */
interface Planted {
  readonly url: string;
  /** In whose name; nobody's by default. */
  readonly user?: string;
}

/** Runs in the page: puts requests into the queue of the worker, as Workbox does, and into that of the naive app. */
async function plant({ queue, requests }: { queue: string; requests: readonly Planted[] }): Promise<void> {
  localStorage.setItem('naive outbox', JSON.stringify(requests));
  await new Promise((resolve, reject) => {
    const opening = indexedDB.open('workbox-background-sync', 3);
    opening.onerror = reject;
    opening.onupgradeneeded = () => {
      const store = opening.result.createObjectStore('requests', { autoIncrement: true, keyPath: 'id' });
      store.createIndex('queueName', 'queueName', { unique: false });
    };
    opening.onsuccess = () => {
      const transaction = opening.result.transaction('requests', 'readwrite');
      for (const { url, user } of requests) {
        transaction.objectStore('requests').add({
          queueName: queue,
          timestamp: Date.now(),
          requestData: {
            url,
            method: 'POST',
            mode: 'cors',
            credentials: 'same-origin',
            body: new TextEncoder().encode('planted').buffer,
            headers: { 'content-type': 'text/plain', ...(user && { 'tokenward-user': `${user}:planted` }) },
          },
        });
      }
      transaction.onabort = reject;
      transaction.oncomplete = () => {
        opening.result.close();
        resolve(undefined);
      };
    };
  });
}

export const OUTBOX_ATTACKS: readonly Attack[] = [
  {
    id: 'F19',
    title: 'stores requests in the user’s name in the app’s outbox, before the user signs in',
    scenario: '5.1.4',
    naive: 'page',
    tokenward: 'outbox',
    begins: 'signed-out',
    ruins: 'profiles',
    act: async (scene) => {
      const { tab, site, servers } = scene;
      const url = `${servers.resource.origin}/v1/F19`;
      const requests = [{ url, user: ADA.sub }, { url: `${url}-last` }];
      await tab.evaluate(plant, { queue: QUEUE, requests });
      await signIn(tab, site);
      const received = (): ReturnType<Scene['received']> => scene.received().filter(({ method }) => method === 'POST');
      // What is nobody's goes out last, without a token: then the queue was gone through.
      await until('the queue was gone through', async () => received().some(({ path }) => path === '/v1/F19-last'));
      return { reached: received().some(({ headers }) => headers.authorization !== undefined) };
    },
  },
];
