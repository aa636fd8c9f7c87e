/**
 * The worker that takes the place of Tokenward's where that is to go. A worker file that is merely deleted goes on in the
 * browsers that have it: an update check that finds nothing leaves the worker as it is.
 *
 * @see https://w3c.github.io/ServiceWorker/#update-algorithm
 */
export const REMOVAL_WORKER = `// This worker removes Tokenward from the browsers that have it: it takes the place of the one before, deletes what that has
// stored, and unregisters itself. Leave it here until your users have come by, and take connect() out of the page.
self.addEventListener('install', (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener('activate', (event) => event.waitUntil(remove()));

async function remove() {
  for (const { name = '' } of await indexedDB.databases()) {
    if (name.startsWith('tokenward /')) indexedDB.deleteDatabase(name);
  }
  for (const name of await caches.keys()) {
    if (name.startsWith('tokenward-')) await caches.delete(name);
  }
  await self.registration.unregister();
}
`;
