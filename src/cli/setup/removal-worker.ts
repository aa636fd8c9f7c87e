/**
 * The worker that takes the place of Tokenward's where that is to go. A worker file that is merely deleted goes on in the
 * browsers that have it: an update check that finds nothing leaves the worker as it is.
 *
 * @see https://w3c.github.io/ServiceWorker/#update-algorithm
 */
export const REMOVAL_WORKER = `// This worker removes Tokenward from the browsers that have it: it replaces the previous one, deletes what that has
// stored, and unregisters itself. Leave it here until your users have visited the app, and remove connect() from the page.
self.addEventListener('install', (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener('activate', (event) => event.waitUntil(remove()));

async function remove() {
  // Another app of the origin keeps what is its own.
  const path = new URL(self.registration.scope).pathname;
  indexedDB.deleteDatabase('tokenward ' + path);
  const prefix = path === '/' ? 'tokenward-' : 'tokenward ' + path + ' ';
  for (const name of await caches.keys()) {
    if (name.startsWith(prefix)) await caches.delete(name);
  }
  await self.registration.unregister();
}
`;
