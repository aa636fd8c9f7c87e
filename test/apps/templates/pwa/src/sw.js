import { createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';
// tokenward:begin
import { NetworkFirst } from 'workbox-strategies';
import { startTokenward } from 'tokenward/sw';
import { forWorkbox } from 'tokenward/workbox';

const tokenward = startTokenward({
  issuer: 'https://login.example',
  clientId: 'spa-demo',
  protectedResources: [{ url: 'https://api.example/v1' }],
  scopes: ['openid', 'profile', 'offline_access', 'notes:read'],
});
const workbox = forWorkbox(tokenward);

registerRoute(
  ({ url }) => url.href.startsWith('https://api.example/v1/notes'),
  new NetworkFirst({ cacheName: 'tokenward-notes', plugins: [workbox.plugin] }),
);
// tokenward:end

self.addEventListener('install', () => self.skipWaiting());
precacheAndRoute(self.__WB_MANIFEST);
registerRoute(new NavigationRoute(createHandlerBoundToURL('/index.html')));
