import type { BrowserContext, Page } from 'playwright';
import { startApp, type App } from '../../demo/app-server.ts';
import { startStack, type Stack } from '../../demo/stack.ts';
import { addBarePage, BARE_PAGE, signIn } from '../support/app-page.ts';
import { launchChromium } from '../support/browser.ts';
import { runFigures } from '../support/figures.ts';
import { stopWorker } from '../support/worker-life.ts';
import { median, quantile, round } from './statistics.ts';

/**
 * How much longer the first answer may take than with a worker that only sets a header; or than with the least that a worker
 * takes which has these libraries in it and opens a vault, where that alone takes longer.
 */
const TARGET_RATIO = 1.15;

/** A worker under measurement: its page, and what it took in each round, in milliseconds. */
interface Contestant {
  readonly name: string;
  readonly page: Page;
  readonly timesMs: number[];
}

/** A worker that sets a constant header, and nothing else. */
function constantWorker(apiUrl: string, token: string): string {
  return `self.addEventListener('fetch', (event) => {
  if (!event.request.url.startsWith(${JSON.stringify(apiUrl)})) return;
  const headers = new Headers(event.request.headers);
  headers.set('authorization', ${JSON.stringify(`Bearer ${token}`)});
  event.respondWith(fetch(new Request(event.request, { headers })));
});
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
`;
}

/** What a vault on disk costs in this engine by itself: one record read and opened by hand, before a constant header is set. */
function vaultWorker(apiUrl: string, token: string): string {
  return `const done = (request) => new Promise((resolve, reject) => {
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
  const way = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: new Uint8Array() };
  return crypto.subtle.deriveKey(way, root, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
};
const algorithm = { name: 'AES-GCM', iv: new Uint8Array(12) };
self.addEventListener('install', (event) => event.waitUntil((async () => {
  const sealed = await crypto.subtle.encrypt(algorithm, await deriveKey(), text.encode(${JSON.stringify(token)}));
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
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
`;
}

/** The library's text, evaluated and not started, and another worker's behind it. */
function insteadOfStart(script: string, other: string): string {
  return script.replace(/\ntokenward\.start\([^]*/, () => `\n${other}`);
}

/** Opens a page that a worker controls. */
async function openControlledPage(context: BrowserContext, app: App): Promise<Page> {
  app.pages.set('/controlled', { body: '<!doctype html><title>Controlled</title>' });
  const page = await context.newPage();
  await page.goto(`${app.origin}/controlled`);
  await page.evaluate(async (path) => {
    await navigator.serviceWorker.register(path);
    await navigator.serviceWorker.ready;
  }, app.workerPath);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  return page;
}

/** From the page's fetch, with the worker stopped, to the whole answer. */
async function measure(page: Page, url: string): Promise<number> {
  await page.bringToFront();
  await stopWorker(page);
  const { status, timeMs } = await page.evaluate(async (resource) => {
    const startedAtMs = performance.now();
    const response = await fetch(resource);
    await response.arrayBuffer();
    return { status: response.status, timeMs: performance.now() - startedAtMs };
  }, url);
  if (status !== 200) throw new Error(`The API has answered ${status}.`);
  return timeMs;
}

await runFigures({
  name: 'bench:cold-start',
  description:
    'Measures the time from a stopped worker to the first authorised response, beside a worker that sets a constant header.',
  options: { rounds: 40 },
  run: async ({ options, progress, check }) => {
    const stack: Stack = await startStack({ authorizationServer: { accessTokenTtlSeconds: 3600 } });
    const apps: App[] = [];
    const browser = await launchChromium();
    try {
      const context = await browser.newContext();
      const page = await context.newPage();
      await signIn(page, stack);
      const [token = ''] = stack.authorizationServer.issued.accessTokens;
      const constant = constantWorker(stack.api.url, token);
      const startOther = async (workerScript: (script: string) => string): Promise<Page> => {
        const app = await startApp({ issuer: stack.authorizationServer.issuer, apiUrl: stack.api.url, workerScript });
        apps.push(app);
        stack.api.addOrigin(app.origin);
        return openControlledPage(context, app);
      };
      addBarePage(stack.app);
      await page.goto(`${stack.app.origin}${BARE_PAGE}`);
      const contestants: readonly Contestant[] = [
        { name: 'tokenward', page, timesMs: [] },
        { name: 'constant', page: await startOther(() => constant), timesMs: [] },
        { name: 'vault by hand', page: await startOther(() => vaultWorker(stack.api.url, token)), timesMs: [] },
        // The library's text without what it does: tells loading from the work at the first request.
        { name: 'loaded', page: await startOther((script) => insteadOfStart(script, constant)), timesMs: [] },
        // Both at once: what no worker can go below that has the libraries in it, and a session that outlives it.
        {
          name: 'floor',
          page: await startOther((script) => insteadOfStart(script, vaultWorker(stack.api.url, token))),
          timesMs: [],
        },
      ];

      // The browser keeps compiled code only after some starts, and connections after the first requests.
      for (let warmUp = 0; warmUp < 5; warmUp += 1) {
        for (const contestant of contestants) await measure(contestant.page, `${stack.api.url}/me`);
      }
      for (let count = 0; count < options.rounds; count += 1) {
        // Another one is first each time, so that no order favours one.
        const order = contestants.map((_, index) => contestants[(index + count) % contestants.length]);
        for (const contestant of order) contestant?.timesMs.push(await measure(contestant.page, `${stack.api.url}/me`));
        if ((count + 1) % 10 === 0) {
          progress(
            `${count + 1} rounds: ${contestants.map(({ name, timesMs }) => `${name} ${round(median(timesMs))} ms`).join(', ')}`,
          );
        }
      }

      const [tokenward = [], constantMs = [], vaultByHand = [], loaded = [], floor = []] = contestants.map(
        ({ timesMs }) => timesMs,
      );
      const ratio = median(tokenward) / median(constantMs);
      const floorRatio = median(floor) / median(constantMs);
      const limit = floorRatio > TARGET_RATIO ? TARGET_RATIO * floorRatio : TARGET_RATIO;
      check(
        `the first authorised response takes at most ${TARGET_RATIO} times as long, or as the floor, which takes ${round(floorRatio)} times`,
        ratio <= limit,
        `${round(ratio)}`,
      );
      return {
        rounds: options.rounds,
        ratio: round(ratio),
        targetRatio: TARGET_RATIO,
        tokenwardMedianMs: round(median(tokenward)),
        constantMedianMs: round(median(constantMs)),
        vaultByHandMedianMs: round(median(vaultByHand)),
        loadedMedianMs: round(median(loaded)),
        floorMedianMs: round(median(floor)),
        /** The least that a worker costs whose session outlives it: with none of the libraries, and with all of them. */
        vaultByHandRatio: round(median(vaultByHand) / median(constantMs)),
        floorRatio: round(floorRatio),
        ofFloor: round(ratio / floorRatio),
        /** What the library's size costs, and what its work at the first request costs. */
        loadingMs: round(median(loaded) - median(constantMs)),
        workMs: round(median(tokenward) - median(loaded)),
        tokenwardQuartilesMs: `${round(quantile(tokenward, 0.25))} to ${round(quantile(tokenward, 0.75))}`,
        constantQuartilesMs: `${round(quantile(constantMs, 0.25))} to ${round(quantile(constantMs, 0.75))}`,
      };
    } finally {
      await browser.close();
      for (const app of apps) await app.close();
      await stack.close();
    }
  },
});
