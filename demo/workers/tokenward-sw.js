import { enable } from 'workbox-navigation-preload';
import { createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';
import { NetworkFirst } from 'workbox-strategies';
import { startTokenward } from 'tokenward/sw'; // Tokenward
import { forWorkbox } from 'tokenward/workbox'; // Tokenward

enable();
// oxlint-disable-next-line no-underscore-dangle -- Workbox looks for this name
precacheAndRoute(self.__WB_MANIFEST);
registerRoute(new NavigationRoute(createHandlerBoundToURL('/index.html'), { denylist: [/^\/live/] }));
registerRoute(({ url }) => url.pathname === '/live', new NetworkFirst({ cacheName: 'live' }));

const { plugin } = forWorkbox(startTokenward(CONFIGURATION)); // Tokenward
registerRoute(
  ({ url }) => url.pathname === '/api/notes',
  new NetworkFirst({
    cacheName: 'tokenward-notes',
    plugins: [plugin], // Tokenward
  }),
);

self.addEventListener('message', ({ data }) => {
  if (data?.type === 'SKIP_WAITING') self.skipWaiting();
});
