/** Answers every request, and takes over at once, as the workers that Workbox's and Vite's PWA tools write do. */
const PRECACHING = `
self.addEventListener('install', () => void self.skipWaiting());
self.addEventListener('message', ({ data }) => data === 'skip waiting' && self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => event.respondWith(fetch(event.request)));
`;

/** Answers for pages that have asked it to, by messages with ids, as the worker of a mocking library does. */
const MOCKING = `
const pages = new Set();
self.addEventListener('install', () => void self.skipWaiting());
self.addEventListener('message', ({ data }) => data === 'skip waiting' && self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('message', ({ source, data }) => {
  if (data === 'MOCK_ACTIVATE') pages.add(source.id);
  source.postMessage({ type: 'MOCKING_ENABLED', payload: { client: { id: source.id } } });
});
self.addEventListener('fetch', (event) => {
  if (event.request.mode === 'navigate' || pages.size === 0) return;
  event.respondWith(fetch(event.request.clone()));
});
`;

/** Removes itself, as a worker does that is deployed to get rid of an earlier one. */
const SELF_DESTROYING = `
self.addEventListener('install', () => void self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.registration.unregister()));
`;

/** Tells all pages of the origin that the session of the worker at `/` has ended, when it is asked to. */
const FORGING = `
self.addEventListener('message', (event) => event.waitUntil(tell()));
async function tell() {
  const session = { status: 'signed-out', reason: 'signed-out' };
  for (const page of await self.clients.matchAll({ includeUncontrolled: true })) {
    page.postMessage({ type: 'tokenward:session', scope: self.location.origin + '/', session });
  }
}
`;

/** Scripts of other libraries, by path; each behaves as the workers do that apps have at their scope. */
export const FOREIGN_WORKERS: Readonly<Record<string, string>> = {
  '/empty.js': '',
  '/precaching.js': PRECACHING,
  '/mocking.js': MOCKING,
  '/self-destroying.js': SELF_DESTROYING,
  '/forging.js': FORGING,
  '/throwing.js': 'throw new Error("no");',
  '/rejecting.js': "self.addEventListener('install', (event) => event.waitUntil(Promise.reject(new Error('no'))));",
  '/installing.js': "self.addEventListener('install', (event) => event.waitUntil(new Promise(() => {})));",
  '/activating.js': "self.addEventListener('activate', (event) => event.waitUntil(new Promise(() => {})));",
};
