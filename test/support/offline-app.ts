import { BARE_PAGE } from './app-page.ts';

/** A worker that keeps the app's shell, and answers every navigation with it. */
export const OFFLINE_WORKER = `
import { createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';
import { NetworkFirst } from 'workbox-strategies';
import { startTokenward } from 'tokenward/sw';
import { forWorkbox } from 'tokenward/workbox';

self.addEventListener('install', () => self.skipWaiting());

const release = (url) => ({ url, revision: '1' });
precacheAndRoute(['${BARE_PAGE}', '/bare.js', '/tokenward.js'].map(release));
registerRoute(new NavigationRoute(createHandlerBoundToURL('${BARE_PAGE}')));

const { plugin } = forWorkbox(startTokenward(self.configuration));
const isNotes = ({ url }) => url.pathname === '/api/notes';
registerRoute(isNotes, new NetworkFirst({ cacheName: 'tokenward-notes', plugins: [plugin] }));
`;
