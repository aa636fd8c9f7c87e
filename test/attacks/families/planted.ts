import { UnsecuredJWT } from 'jose';
import { GRACE } from '../../servers/users.ts';
import type { Attack } from '../attack.ts';
import { subject } from './flow.ts';
import { withDevTools } from './with-dev-tools.ts';

/** Runs in the page: puts a session wherever one is kept, in place of every record that there is. */
async function plant(session: object): Promise<void> {
  localStorage.setItem('naive tokens', JSON.stringify(session));
  for (const { name = '' } of await indexedDB.databases()) {
    await new Promise((resolve, reject) => {
      const opening = indexedDB.open(name);
      opening.onerror = reject;
      opening.onsuccess = () => {
        const database = opening.result;
        const transaction = database.transaction([...database.objectStoreNames], 'readwrite');
        for (const store of [...database.objectStoreNames].map((each) => transaction.objectStore(each))) {
          store.getAllKeys().onsuccess = ({ target }) => {
            const keys = target instanceof IDBRequest ? target.result : [];
            for (const key of keys) store.put(session, key);
          };
        }
        transaction.onabort = reject;
        transaction.oncomplete = () => {
          database.close();
          resolve(undefined);
        };
      };
    });
  }
}

export const PLANTED_ATTACKS: readonly Attack[] = [
  {
    id: 'F07',
    title: 'puts a session of its own account where the app keeps its session',
    scenario: '6.3.2.2',
    naive: 'page',
    ruins: 'profiles',
    ...withDevTools(async (devTools, scene) => {
      const token = new UnsecuredJWT({ sub: GRACE.sub }).encode();
      const claims = { sub: GRACE.sub };
      await scene.tab.evaluate(plant, {
        access_token: token,
        id_token: token,
        accessToken: token,
        idToken: token,
        refreshToken: token,
        session: { status: 'signed-in', claims },
        generation: 1000,
      });
      // The worker knows its session by heart as long as it runs.
      await devTools.send('ServiceWorker.enable');
      await devTools.send('ServiceWorker.stopAllWorkers');
      return { reached: (await subject(scene)) === GRACE.sub };
    }),
  },
];
