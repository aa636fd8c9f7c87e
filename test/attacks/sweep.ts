/**
 * Runs in a page: reads all that page script can reach without asking anybody.
 *
 * @returns one text, binary values as Latin-1
 */
export async function sweepPage(): Promise<string> {
  const seen: string[] = [];
  const visited = new Set<object>();
  const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  /** Whatever is in a value; `depth` keeps it from walking the whole DOM. */
  const walk = (value: unknown, depth: number): void => {
    if (typeof value === 'string') seen.push(value);
    if (typeof value !== 'object' || value === null || depth < 0 || visited.has(value)) return;
    visited.add(value);
    if (value instanceof ArrayBuffer) seen.push(latin1(new Uint8Array(value)));
    else if (ArrayBuffer.isView(value))
      seen.push(latin1(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)));
    else {
      const members = value instanceof Map || value instanceof Set ? [...value.entries()].flat() : [];
      for (const member of members) walk(member, depth - 1);
      for (const key of Reflect.ownKeys(value)) {
        const own = Object.getOwnPropertyDescriptor(value, key);
        if (own && 'value' in own) walk(own.value, depth - 1);
      }
    }
  };
  const settle = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error ?? new Error('It cannot be read.'));
    });
  const places: readonly (() => unknown)[] = [
    () => walk(Object.entries(localStorage).flat(), 1),
    () => walk(Object.entries(sessionStorage).flat(), 1),
    () => seen.push(document.cookie, window.name),
    () => seen.push(location.href, document.referrer, document.documentElement.outerHTML),
    () => walk(history.state, 4),
    () => {
      const entries: unknown = Reflect.get(window, 'navigation');
      if (typeof entries !== 'object' || entries === null || !('entries' in entries)) return;
      const list: unknown = typeof entries.entries === 'function' ? entries.entries() : [];
      if (Array.isArray(list)) for (const entry of list) seen.push(String(Reflect.get(Object(entry), 'url')));
    },
    () => seen.push(JSON.stringify(performance.getEntries())),
    () => walk(window, 5),
    () => walk(Reflect.get(window, 'heard'), 6),
    async () => {
      for (const { name = '' } of await indexedDB.databases()) {
        const database = await settle(indexedDB.open(name));
        for (const store of database.objectStoreNames) {
          const objects = database.transaction(store).objectStore(store);
          const [keys, values] = await Promise.all([settle(objects.getAllKeys()), settle(objects.getAll())]);
          walk(keys, 4);
          walk(values, 6);
        }
        database.close();
      }
    },
    async () => {
      for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
          const response = await cache.match(request);
          seen.push(name, request.url, [...request.headers].join(), [...(response?.headers ?? [])].join());
          seen.push((await response?.text()) ?? '');
        }
      }
    },
    async () => {
      const root = await navigator.storage.getDirectory();
      for await (const handle of root.values()) {
        if (handle instanceof FileSystemFileHandle) seen.push(handle.name, await (await handle.getFile()).text());
      }
    },
    async () => {
      const { held = [], pending = [] } = await navigator.locks.query();
      for (const { name = '' } of [...held, ...pending]) seen.push(name);
    },
    async () => {
      for (const registration of await navigator.serviceWorker.getRegistrations()) {
        seen.push(registration.scope, JSON.stringify(await registration.navigationPreload.getState()));
        for (const { title, tag, body, data } of await registration.getNotifications())
          walk([title, tag, body, data], 4);
      }
    },
  ];
  // Not every engine has every place.
  for (const look of places)
    await Promise.resolve(look)
      .then((act) => act())
      .catch(() => {});
  return seen.join('\n');
}
