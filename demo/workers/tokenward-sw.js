import { enable } from 'workbox-navigation-preload';
import { addPlugins, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';
import { NetworkFirst } from 'workbox-strategies';
import { startTokenward } from 'tokenward/sw'; // Tokenward
import { forWorkbox } from 'tokenward/workbox'; // Tokenward

enable();
// oxlint-disable-next-line no-underscore-dangle -- Workbox looks for this name
const manifest = self.__WB_MANIFEST;
const workbox = forWorkbox(startTokenward(CONFIGURATION)); // Tokenward
addPlugins([
  workbox.precache(manifest), // Tokenward
]);
precacheAndRoute(manifest);
registerRoute(new NavigationRoute(createHandlerBoundToURL('/index.html'), { denylist: [/^\/live/] }));
registerRoute(({ url }) => url.pathname === '/live', new NetworkFirst({ cacheName: 'live' }));

registerRoute(
  ({ url }) => url.pathname === '/api/notes',
  new NetworkFirst({
    cacheName: 'tokenward-notes',
    plugins: [workbox.plugin], // Tokenward
  }),
);

self.addEventListener('message', ({ data }) => {
  if (data?.type === 'SKIP_WAITING') self.skipWaiting();
});
