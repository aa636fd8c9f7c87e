import { afterAll, beforeAll, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { openBarePage, signIn } from '../support/app-page.ts';
import { bundleWorker, startStackWithWorker } from '../support/app-worker.ts';
import type { EngineName, EnginePage } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';
import { type ForeignServer, startForeignServer } from '../support/foreign-server.ts';
import { type Mirror, startMirror } from '../support/mirror.ts';

const POLL = { timeout: 20_000 };

/** How often a page goes away. */
const TIMES = 12;

/** Kinds of requests that outlive their page; each is sent to a path of its name. */
const KINDS = ['beacon-text', 'beacon-blob', 'beacon-form', 'fetch-get', 'fetch-post', 'fetch-no-cors'] as const;

/** Kinds of mode `no-cors`, which carry no token unless a resource names `beacon`. */
const NO_CORS: readonly string[] = ['beacon-text', 'beacon-form', 'fetch-no-cors'];

/** Counts the requests that come to the worker: what Chromium drops before, no worker can save. */
const COUNTS = `
const seen = [];
self.addEventListener('fetch', ({ request }) => void seen.push(request.url));
self.addEventListener('message', ({ data, source }) => {
  if (data === 'seen') source.postMessage({ seen });
});
`;

/** The app's own worker, as a module that has no other listeners. */
const MODULE = `
import { startTokenward } from 'tokenward/sw';
self.addEventListener('install', () => self.skipWaiting());
startTokenward(self.configuration);
`;

let api: Mirror;
let elsewhere: Mirror;
let foreign: ForeignServer;
let stacks: Readonly<Record<'classic' | 'module', Stack>>;
beforeAll(async () => {
  [api, elsewhere, foreign] = await Promise.all([startMirror(), startMirror(), startForeignServer()]);
  const app = { securityHeaders: 'off', worker: { protectedResources: [{ url: `${api.origin}/api` }] } } as const;
  const classic = { ...app, workerScript: (script: string) => `${COUNTS}\n${script}` };
  const module = `${COUNTS}\n${await bundleWorker(MODULE)}`;
  stacks = {
    classic: await startStack({ app: classic }),
    // Its policy lets the worker connect to the API alone.
    module: await startStackWithWorker(module, { app: { ...app, workerConnections: [] } }),
  };
  for (const { authorizationServer } of Object.values(stacks)) {
    authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
  }
});
afterAll(() =>
  Promise.all([stacks.classic.close(), stacks.module.close(), api.close(), elsewhere.close(), foreign.close()]),
);

/** Opens a page again and again that sends one request of each kind to two servers while it goes away. */
async function leaveOften(page: EnginePage, stack: Stack, run: string): Promise<void> {
  for (let left = TIMES; left > 0; left -= 1) {
    await openBarePage(page, stack);
    await page.evaluate(
      ([...urls]) => {
        addEventListener('pagehide', () => {
          const form = new FormData();
          form.set('field', 'value');
          const json = new Blob(['{}'], { type: 'application/json' });
          for (const url of urls) {
            navigator.sendBeacon(`${url}/echo?beacon-text`, 'text');
            navigator.sendBeacon(`${url}/echo?beacon-blob`, json);
            navigator.sendBeacon(`${url}/echo?beacon-form`, form);
            void fetch(`${url}/echo?fetch-get`, { keepalive: true });
            void fetch(`${url}/echo?fetch-post`, { keepalive: true, method: 'POST', body: 'text' });
            void fetch(`${url}/echo?fetch-no-cors`, { keepalive: true, method: 'POST', body: 'x', mode: 'no-cors' });
          }
        });
      },
      [api.urlOf(run), elsewhere.urlOf(run)] as const,
    );
    await page.goto(foreign.origin);
  }
}

/** The URLs of the requests that have come to the worker. */
async function seenByWorker(page: EnginePage, stack: Stack): Promise<readonly string[]> {
  await openBarePage(page, stack);
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        const { serviceWorker } = navigator;
        serviceWorker.addEventListener('message', ({ data }) => data.seen && resolve(data.seen));
        serviceWorker.startMessages();
        serviceWorker.controller?.postMessage('seen');
      }),
  );
}

/** Returns how many of some URLs are of each kind. */
function count(urls: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(KINDS.map((kind) => [kind, urls.filter((url) => url.endsWith(`/echo?${kind}`)).length]));
}

/** How many requests of each kind have come to a server. */
function countAt(server: Mirror, run: string): Readonly<Record<string, number>> {
  return count(server.received(run).map(({ path }) => path));
}

/** Kinds that came with a token. */
function authorizedAt(server: Mirror, run: string): readonly string[] {
  const withToken = server.received(run).filter(({ headers }) => headers['authorization'] !== undefined);
  return KINDS.filter((kind) => withToken.some(({ path }) => path === `/echo?${kind}`));
}

function all(kinds: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(kinds.map((kind) => [kind, TIMES]));
}

/** Kinds that get the token: Firefox shows `fetch()` with `keepalive` to no worker. */
const AUTHORIZED: Readonly<Record<EngineName, readonly string[]>> = {
  chromium: ['beacon-blob', 'fetch-get', 'fetch-post'],
  firefox: ['beacon-blob'],
  webkit: ['beacon-blob', 'fetch-get', 'fetch-post'],
};

describe.for(['classic', 'module'] as const)('what a page sends while it goes away, with a %s worker', (kind) => {
  test.for(['signed out', 'signed in'] as const)('arrives as it comes to the worker, %s', async (state, { page }) => {
    const stack = stacks[kind];
    const run = `${page.engine}-${kind}-${state.replace(' ', '-')}`;
    const isChromium = page.engine === 'chromium';
    if (state === 'signed in') await signIn(page, stack);

    await leaveOften(page, stack, run);

    await expect.poll(() => countAt(api, run), POLL).toMatchObject(all(isChromium ? NO_CORS : KINDS));
    // Chromium drops others before they come to any worker that listens, unless a rule sends them past it.
    const isRouted = kind === 'classic' || !isChromium;
    await expect.poll(() => countAt(elsewhere, run), POLL).toMatchObject(all(isRouted ? KINDS : NO_CORS));
    const seen = count((await seenByWorker(page, stack)).filter((url) => url.startsWith(api.urlOf(run))));
    if (isChromium) await expect.poll(() => countAt(api, run), POLL).toEqual({ ...seen, ...all(NO_CORS) });
    expect(authorizedAt(api, run)).toEqual(state === 'signed in' ? AUTHORIZED[page.engine] : []);
    expect(authorizedAt(elsewhere, run)).toEqual([]);
  });
});
