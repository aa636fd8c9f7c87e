import { refuseAccessToken } from '../../support/refused-token.ts';
import type { Attack } from '../attack.ts';
import type { Scene } from '../scene.ts';
import { PLAIN_PAGE } from '../site.ts';
import { openApp } from '../visit.ts';
import { call, signOut } from './life.ts';
import { withDevTools } from './with-dev-tools.ts';

/** Runs in the page: copies what stands in the storage. */
async function keepStorage(): Promise<void> {
  const settle = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve) => {
      request.onsuccess = () => resolve(request.result);
    });
  const records: unknown[] = [];
  for (const { name = '' } of await indexedDB.databases()) {
    const database = await settle(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const objects = database.transaction(store).objectStore(store);
      const [keys, values] = await Promise.all([settle(objects.getAllKeys()), settle(objects.getAll())]);
      records.push({ name, store, keys, values });
    }
    database.close();
  }
  Object.assign(window, { kept: { records, local: Object.entries(localStorage) } });
}

/** Runs in the same page: puts it back. */
async function restoreStorage(): Promise<void> {
  const kept: unknown = Reflect.get(window, 'kept');
  const records: unknown = Reflect.get(Object(kept), 'records');
  const local: unknown = Reflect.get(Object(kept), 'local');
  if (!Array.isArray(records) || !Array.isArray(local)) return;
  for (const [name, value] of local) localStorage.setItem(String(name), String(value));
  for (const { name, store, keys, values } of records) {
    await new Promise<void>((resolve) => {
      const opening = indexedDB.open(String(name));
      opening.onsuccess = () => {
        const transaction = opening.result.transaction(String(store), 'readwrite');
        if (Array.isArray(keys) && Array.isArray(values))
          for (const [index, key] of keys.entries()) transaction.objectStore(String(store)).put(values[index], key);
        transaction.oncomplete = () => {
          opening.result.close();
          resolve();
        };
      };
    });
  }
}

/** Signs out, and puts back what stood in the storage before. */
async function rollBack(scene: Scene): Promise<void> {
  const keeper = await scene.openTab();
  await keeper.goto(scene.site.origin + PLAIN_PAGE);
  await keeper.evaluate(keepStorage);
  await signOut(scene);
  await keeper.evaluate(restoreStorage);
}

export const ROLLED_BACK_ATTACKS: readonly Attack[] = [
  {
    id: 'S15',
    title: 'puts back, right after sign-out, the records that were stored before',
    scenario: '5.1.2',
    naive: 'page',
    ruins: 'profiles',
    act: async (scene) => {
      await rollBack(scene);
      await openApp(scene.tab, scene.site);
      return { reached: (await call(scene.tab)) === 200 };
    },
  },
  {
    id: 'S21',
    title:
      'puts back after sign-out the records that were stored before, has the worker stopped, and renews the session with them',
    scenario: '5.1.2',
    naive: 'page',
    ruins: 'profiles',
    ...withDevTools(async (devTools, scene) => {
      await rollBack(scene);
      // As long as it runs, the worker knows of the sign-out.
      await devTools.send('ServiceWorker.enable');
      await devTools.send('ServiceWorker.stopAllWorkers');
      await openApp(scene.tab, scene.site);
      // As when it has expired.
      refuseAccessToken(scene.servers.api);
      return { reached: (await call(scene.tab)) === 200 };
    }),
  },
];
