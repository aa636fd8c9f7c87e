// Does what injected script would do first: look everywhere that page script can reach. Each search gives what it read,
// as text, so that whoever knows the real secrets can look for them in it.

import { apiUrl } from '/settings.js';

/** What looks like a token wherever it stands: a JSON Web Token, or a name and value of a token response. */
const TOKEN_SHAPES = [
  /eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/,
  /Bearer [\w.~+/-]{16,}/,
  /"?(?:access|refresh|id)_token"?\s*[:=]\s*"?[\w.~+/-]{16,}/,
  /code_verifier"?\s*[:=]\s*"?[\w.~-]{43,}/,
  /__tokenwardSecret\s*=\s*"[\w-]+"/,
];

const WORKER_URL = '/tokenward-sw.js';
const TIMEOUT_MS = 700;

/** All the places, with what is looked at there. */
export const SEARCHES = [
  ['Local and session storage', searchWebStorage],
  ['Cookies', searchCookies],
  ['IndexedDB', searchIndexedDb],
  ['Cache storage', searchCaches],
  ['OPFS files', searchFiles],
  ['Globals', searchGlobals],
  ['Address, history and timing entries', searchAddresses],
  ['The worker’s file', searchWorkerFile],
  ['Messages to the worker', searchMessages],
  ['An API that echoes', searchEcho],
];

/** Runs every search, one after the other. */
export async function* searchEverywhere() {
  for (const [place, search] of SEARCHES) {
    yield { place, ...(await search().catch((error) => finding(`stopped: ${error.message}`, ''))) };
  }
}

/** All that page script can read, as one text. */
export async function collectEverything() {
  const texts = [];
  for await (const { place, text } of searchEverywhere()) texts.push(`## ${place}\n${text}`);
  return texts.join('\n');
}

function finding(summary, text) {
  const shape = TOKEN_SHAPES.map((pattern) => pattern.exec(text)?.[0]).find((match) => match !== undefined);
  return { summary, text, token: shape };
}

async function searchWebStorage() {
  const entries = [localStorage, sessionStorage].flatMap((storage) => Object.entries(storage));
  return finding(plural(entries.length, 'entry', 'entries'), JSON.stringify(entries));
}

async function searchCookies() {
  const cookies = document.cookie === '' ? [] : document.cookie.split('; ');
  return finding(`${plural(cookies.length, 'cookie')} that script may read`, document.cookie);
}

async function searchIndexedDb() {
  const names = (await indexedDB.databases()).map(({ name }) => name);
  const texts = [];
  let records = 0;
  let sealedBytes = 0;
  let sample = '';
  for (const name of names) {
    const database = await promised(indexedDB.open(name));
    for (const storeName of database.objectStoreNames) {
      const store = database.transaction(storeName).objectStore(storeName);
      const [keys, values] = await Promise.all([promised(store.getAllKeys()), promised(store.getAll())]);
      records += values.length;
      for (const [index, value] of values.entries()) {
        texts.push(`${name}/${storeName}/${String(keys[index])}: ${describe(value)}`);
        for (const bytes of bytesIn(value)) {
          sealedBytes += bytes.byteLength;
          if (bytes.byteLength > 64) sample = hex(bytes.slice(0, 20));
        }
      }
    }
    database.close();
  }
  const ciphertext =
    sealedBytes === 0 ? '' : `; ${sealedBytes.toLocaleString('en-GB')} bytes of ciphertext, ${sample}…`;
  return finding(`${plural(names.length, 'database')}, ${plural(records, 'record')}${ciphertext}`, texts.join('\n'));
}

async function searchCaches() {
  const names = await caches.keys();
  const texts = [];
  for (const name of names) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const response = await cache.match(request);
      texts.push(request.url, JSON.stringify([...request.headers]), await response.clone().text());
    }
  }
  return finding(plural(names.length, 'cache'), texts.join('\n'));
}

async function searchFiles() {
  const root = await navigator.storage.getDirectory();
  const names = [];
  for await (const name of root.keys()) names.push(name);
  return finding(plural(names.length, 'file'), names.join('\n'));
}

async function searchGlobals() {
  const seen = new Set();
  const strings = [];
  const queue = [window];
  while (queue.length > 0 && seen.size < 60_000) {
    const value = queue.shift();
    if (typeof value === 'string') {
      if (value.length > 15) strings.push(value);
      continue;
    }
    if (value === null || !['object', 'function'].includes(typeof value) || seen.has(value)) continue;
    seen.add(value);
    if (value instanceof Map || value instanceof Set) queue.push(...value.keys(), ...value.values());
    for (const key of Reflect.ownKeys(value)) {
      try {
        const member = value[key];
        // The getters of prototypes throw, or give promises that are rejected: nothing to be had there.
        if (member instanceof Promise) member.catch(() => {});
        queue.push(member);
      } catch {
        continue;
      }
    }
  }
  return finding(`${seen.size.toLocaleString('en-GB')} objects from window down`, strings.join('\n'));
}

async function searchAddresses() {
  const entries = performance.getEntries().map(({ name }) => name);
  const text = [location.href, document.referrer, JSON.stringify(history.state), ...entries].join('\n');
  const codes = /[?&#](?:code|state|code_challenge)=[^&\s]+/.exec(text);
  return {
    ...finding(plural(entries.length, 'timing entry', 'timing entries'), text),
    ...(codes && { token: codes[0] }),
  };
}

async function searchWorkerFile() {
  const attempts = await Promise.all([
    readText(fetch(WORKER_URL)),
    readText(fetch(WORKER_URL, { cache: 'force-cache' })),
    readText(fetch(WORKER_URL, { cache: 'only-if-cached', mode: 'same-origin' })),
    readText(fetch(WORKER_URL, { headers: { 'service-worker': 'script' } })),
    readText(fetch(navigator.serviceWorker.controller?.scriptURL ?? WORKER_URL)),
  ]);
  const statuses = [...new Set(attempts.map(({ status }) => status))].join(', ');
  return finding(`${attempts.length} attempts to fetch it: ${statuses}`, attempts.map(({ text }) => text).join('\n'));
}

async function searchMessages() {
  const verbs = [
    'getToken',
    'getAccessToken',
    'get_access_token',
    'getState',
    'getSession',
    'debug',
    'dump',
    'refresh',
  ];
  const messages = [
    ...verbs,
    ...verbs.map((type) => ({ type })),
    ...verbs.map((verb) => ({ type: `tokenward:${verb}` })),
    ...verbs.map((method) => ({ type: 'tokenward:call', protocolVersion: 1, method })),
    // Comlink's own wire format, as a guess.
    ...verbs.map((verb) => ({ id: verb, type: 'GET', path: [verb] })),
    {
      id: 'c',
      type: 'CONSTRUCT',
      path: ['handshake', 'constructor'],
      argumentList: [{ type: 'RAW', value: 'return self' }],
    },
  ];
  const worker = navigator.serviceWorker.controller;
  if (worker === null) return finding('no worker to ask', '');
  const answers = [];
  const listen = ({ data }) => answers.push(data);
  navigator.serviceWorker.addEventListener('message', listen);
  for (const message of messages) {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = listen;
    worker.postMessage(message, [port2]);
    port1.postMessage({ id: 'x', type: 'GET', path: ['tokens'] });
    port1.postMessage({ id: 'y', type: 'CONSTRUCT', path: ['handshake', 'constructor'], argumentList: [] });
  }
  await new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS));
  navigator.serviceWorker.removeEventListener('message', listen);
  return finding(
    `${plural(messages.length, 'guess', 'guesses')}, ${plural(answers.length, 'answer')}`,
    answers.map(describe).join('\n'),
  );
}

async function searchEcho() {
  const { status, text } = await readText(fetch(`${apiUrl}/echo`));
  return finding(status === 200 ? 'the API names the headers it got, and no more' : `the API answers ${status}`, text);
}

async function readText(responsePromise) {
  try {
    const response = await responsePromise;
    return { status: response.status, text: await response.text() };
  } catch {
    return { status: 'failed', text: '' };
  }
}

function promised(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function* bytesIn(value, depth = 0) {
  if (value instanceof ArrayBuffer) yield new Uint8Array(value);
  else if (ArrayBuffer.isView(value)) yield new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  else if (typeof value === 'object' && value !== null && depth < 4) {
    for (const item of Object.values(value)) yield* bytesIn(item, depth + 1);
  }
}

/** Any stored or received value as text; bytes as the characters that they would be. */
function describe(value) {
  const bytes = [...bytesIn(value)].map((part) => [...part].map((byte) => String.fromCharCode(byte)).join(''));
  const shallow = JSON.stringify(value, (_key, item) => (item instanceof CryptoKey ? '[CryptoKey]' : item));
  return [shallow, ...bytes].join('\n');
}

function hex(bytes) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function plural(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}
