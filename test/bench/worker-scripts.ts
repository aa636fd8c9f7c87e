import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TokenwardOptions } from 'tokenward/sw';
import { APP_SCOPES } from '../servers/app-server.ts';
import { CLIENT_ID } from '../servers/authorization-server-configuration.ts';
import { createSecret, prependSecret } from '../../src/server/script-secret.ts';
import { ROOT } from '../support/build.ts';

/** Script of a worker for the folder of the site that has its name. */
export type WorkerScript = (environment: WorkerEnvironment) => string;

/** Addresses that a worker's script names. */
export interface WorkerEnvironment {
  readonly issuer: string;
  readonly apiUrl: string;
  readonly folder: `/${string}/`;
}

/** As long as the access tokens of many servers. */
export const TOKEN: string = 'x'.repeat(600);

/** Path at which `npm run bundle` writes the standalone worker. */
export const LIBRARY_PATH = 'dist/standalone/tokenward-sw.js';

const builtLibrary = (): string => readFileSync(join(ROOT, LIBRARY_PATH), 'utf8');

/** Answers a request with its own copy. */
export const passThroughWorker: WorkerScript = ({ apiUrl }) => `self.addEventListener('fetch', (event) => {
  if (event.request.url.startsWith(${JSON.stringify(apiUrl)})) event.respondWith(fetch(event.request));
});
`;

/** Sets a constant header and does nothing else: the limit for this design. */
export const constantWorker: WorkerScript = ({ apiUrl }) => `self.addEventListener('fetch', (event) => {
  if (!event.request.url.startsWith(${JSON.stringify(apiUrl)})) return;
  const headers = new Headers(event.request.headers);
  headers.set('authorization', ${JSON.stringify(`Bearer ${TOKEN}`)});
  event.respondWith(fetch(new Request(event.request, { headers })));
});
`;

/** Routes every request past itself, by the browser's own rules: the least that a worker costs requests that are not its. */
export const routedPastWorker: WorkerScript = () => `self.addEventListener('install', (event) => {
  if (!('addRoutes' in event)) return;
  const condition = { not: { urlPattern: { pathname: '/nothing' } } };
  event.waitUntil(event.addRoutes({ condition, source: 'network' }));
});
self.addEventListener('fetch', () => {});
`;

/** Has no handler for requests: the least that any worker costs. */
export const noHandlerWorker: WorkerScript = () => `self.addEventListener('install', () => {});
`;

/** Reads and opens one record of IndexedDB by hand before it sets the header: the cost of a session that outlives its worker. */
export const vaultWorker: WorkerScript = ({ apiUrl }) => `const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = request.oncomplete = () => resolve(request.result);
  request.onerror = reject;
});
const open = () => {
  const request = indexedDB.open('by hand');
  request.onupgradeneeded = () => request.result.createObjectStore('records');
  return done(request);
};
const text = new TextEncoder();
const deriveKey = async () => {
  const root = await crypto.subtle.importKey('raw', text.encode('secret'), 'HKDF', false, ['deriveKey']);
  const algorithm = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: new Uint8Array() };
  return crypto.subtle.deriveKey(algorithm, root, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
};
const algorithm = { name: 'AES-GCM', iv: new Uint8Array(12) };
self.addEventListener('install', (event) => event.waitUntil((async () => {
  const sealed = await crypto.subtle.encrypt(algorithm, await deriveKey(), text.encode(${JSON.stringify(TOKEN)}));
  const transaction = (await open()).transaction('records', 'readwrite');
  transaction.objectStore('records').put(sealed, 'session');
  await done(transaction);
})()));
const read = async () => {
  const reading = open().then((database) => done(database.transaction('records').objectStore('records').get('session')));
  const [sealed, key] = await Promise.all([reading, deriveKey()]);
  return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, key, sealed));
};
const token = self.registration.active ? read() : undefined;
self.addEventListener('fetch', (event) => {
  if (!event.request.url.startsWith(${JSON.stringify(apiUrl)})) return;
  event.respondWith((async () => {
    const headers = new Headers(event.request.headers);
    headers.set('authorization', 'Bearer ' + await (token ?? read()));
    return fetch(new Request(event.request, { headers }));
  })());
});
`;

/** Has the library's text, which is evaluated and not started, and a vault by hand: the least for a worker with these libraries. */
export const floorWorker: WorkerScript = (environment) => `${builtLibrary()}\n${vaultWorker(environment)}`;

/**
 * Makes the script of the library's worker, with a secret for its sealed vault.
 *
 * @param options options besides those that each worker of the benchmark has
 * @param library text of the standalone worker; the present build by default
 */
export function tokenwardWorker(options: Partial<TokenwardOptions> = {}, library?: string): WorkerScript {
  return ({ issuer, apiUrl, folder }) => {
    const configuration: TokenwardOptions = {
      issuer,
      clientId: CLIENT_ID,
      protectedResources: [{ url: apiUrl }],
      scopes: APP_SCOPES,
      registrationScope: folder,
      endpointPath: `${folder}auth`,
      redirectUri: `${folder}auth/callback`,
      ...options,
    };
    const script = `${library ?? builtLibrary()}\ntokenward.start(${JSON.stringify(configuration)});\n`;
    return prependSecret(script, createSecret());
  };
}
