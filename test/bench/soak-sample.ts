import type { Browser, Page } from 'playwright';
import { Realm } from './realm.ts';
import { median } from './statistics.ts';

/** Figures that must not grow, each with the limit of what it may have grown by. */
export const LIMITS = {
  pageHeapKib: 256,
  pagePorts: 0,
  pageListeners: 0,
  workerHeapKib: 256,
  workerPorts: 0,
  workerListeners: 0,
  records: 0,
  recordBytes: 512,
  cacheEntries: 0,
} as const;

/** A figure that must not grow. */
export type Figure = keyof typeof LIMITS;

/** Figures at one moment. */
export type Sample = Readonly<Record<Figure, number>>;

/** Objects of a page whose listeners are counted. */
const LISTENED_TO = ['window', 'document', 'document.documentElement', 'navigator.serviceWorker'];

/** Measures a page, its worker and what is stored. */
export async function takeSample(browser: Browser, page: Page): Promise<Sample> {
  const [pageRealm, workerRealm] = [await Realm.ofPage(page), await Realm.ofWorker(browser)];
  try {
    const pageHeap = await pageRealm.heapSize();
    const workerHeap = await workerRealm.heapSize();
    return {
      pageHeapKib: Math.round(pageHeap / 1024),
      pagePorts: await pageRealm.countObjects('MessagePort'),
      pageListeners: await pageRealm.countListeners(LISTENED_TO),
      workerHeapKib: Math.round(workerHeap / 1024),
      workerPorts: await workerRealm.countObjects('MessagePort'),
      workerListeners: await workerRealm.countListeners(['self']),
      ...(await measureStorage(page)),
    };
  } finally {
    await Promise.all([pageRealm.detach(), workerRealm.detach()]);
  }
}

/** Growth of a figure from the earlier half of samples to the later one, by their medians. */
export function growthOf(samples: readonly Sample[], figure: Figure): number {
  const values = samples.map((sample) => sample[figure]);
  const half = Math.floor(values.length / 2);
  return median(values.slice(-half)) - median(values.slice(0, half));
}

/** Counts what is in the databases and caches of a page's origin. The browser's own estimate counts what it has yet to tidy up. */
function measureStorage(page: Page): Promise<Pick<Sample, 'records' | 'recordBytes' | 'cacheEntries'>> {
  return page.evaluate(async () => {
    const settled = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error('The database cannot be read.'));
      });
    const sizeOf = (value: unknown): number => {
      if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return value.byteLength;
      if (typeof value !== 'object' || value === null) return String(value).length;
      return Object.entries(value).reduce((size, [name, member]) => size + name.length + sizeOf(member), 0);
    };
    const values: unknown[] = [];
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await settled(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        values.push(...(await settled(database.transaction(store).objectStore(store).getAll())));
      }
      database.close();
    }
    let cacheEntries = 0;
    for (const name of await caches.keys()) cacheEntries += (await (await caches.open(name)).keys()).length;
    return { records: values.length, recordBytes: sizeOf(values), cacheEntries };
  });
}
