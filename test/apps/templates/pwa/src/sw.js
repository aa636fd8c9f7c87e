import { addPlugins, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';
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
const manifest = self.__WB_MANIFEST;
// tokenward:begin
addPlugins([workbox.precache(manifest)]);
// tokenward:end
precacheAndRoute(manifest);
registerRoute(new NavigationRoute(createHandlerBoundToURL('/index.html')));
