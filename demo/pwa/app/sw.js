import { Queue } from 'workbox-background-sync';
import { addPlugins, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';
import { CacheFirst, NetworkFirst, NetworkOnly } from 'workbox-strategies';
import { startTokenward } from 'tokenward/sw';
import { forWorkbox } from 'tokenward/workbox';

const { plugin, precache, replay, outbox } = forWorkbox(startTokenward(CONFIGURATION));

addPlugins([precache(PRECACHE)]);
precacheAndRoute(PRECACHE);
registerRoute(new NavigationRoute(createHandlerBoundToURL('/')));

const isOf =
  (path) =>
  ({ url }) =>
    url.origin === API_ORIGIN && url.pathname.startsWith(path);
const queue = new Queue('notes', { onSync: sendNotes });
registerRoute(
  isOf('/api/notes'),
  new NetworkFirst({ cacheName: 'tokenward-notes', networkTimeoutSeconds: 5, plugins: [plugin] }),
);
registerRoute(isOf('/api/notes'), new NetworkOnly({ plugins: [plugin, outbox(queue)] }), 'POST');
registerRoute(isOf('/api/pictures/'), new CacheFirst({ cacheName: 'tokenward-pictures', plugins: [plugin] }));

async function sendNotes() {
  await replay({ queue });
  for (const page of await self.clients.matchAll()) page.postMessage({ type: 'notes:sent' });
}

self.addEventListener('message', (event) => {
  if (event.data?.type === 'notes:send') event.waitUntil(sendNotes().catch(() => {}));
});
