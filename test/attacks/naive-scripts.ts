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

/** A worker of an attacker's: it asks for a handover, and tells every page the URL and the body of each request that it sees. */
export const ROGUE_WORKER = `
const rogue = new BroadcastChannel('rogue');
self.addEventListener('install', (event) => {
  self.skipWaiting();
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => rogue.postMessage(data);
  // As the next version of whatever worker there is.
  self.registration.active?.postMessage({ type: 'tokenward:handover', seals: true }, [port2]);
});
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', ({ request }) => {
  rogue.postMessage(request.url);
  request.clone().text().then((body) => body && rogue.postMessage(body));
});
`;

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
