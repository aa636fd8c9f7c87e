import type { Browser, BrowserContext, Page } from 'playwright';
import { startApp, type App } from '../../demo/app-server.ts';
import type { Stack } from '../../demo/stack.ts';
import { fillLoginPage } from '../support/app-page.ts';
import type { BenchApi } from './bench-api.ts';

/** One way to an API, in a page of its own. */
export interface Contestant {
  readonly name: string;
  readonly page: Page;
  /** What the page's own code adds to a request. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What the contestants share. */
export interface Arena {
  readonly browser: Browser;
  readonly stack: Stack;
  readonly api: BenchApi;
  readonly apps: App[];
}

const TOKEN = 'x'.repeat(600);

/** Pages that are isolated have a clock of microseconds. */
const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** Does nothing at all with the API's requests. */
const passThroughWorker = ({ origin }: BenchApi): string => `self.addEventListener('fetch', (event) => {
  if (event.request.url.startsWith(${JSON.stringify(origin)})) event.respondWith(fetch(event.request));
});
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
`;

/** Does nothing but set a constant header: the limit for this design. */
const constantWorker = ({ url }: BenchApi): string => `self.addEventListener('fetch', (event) => {
  if (!event.request.url.startsWith(${JSON.stringify(url)})) return;
  const headers = new Headers(event.request.headers);
  headers.set('authorization', ${JSON.stringify(`Bearer ${TOKEN}`)});
  event.respondWith(fetch(new Request(event.request, { headers })));
});
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
`;

/** Does nothing but route past itself, by the browser's own rules: the limit for requests that are not ours. */
const ROUTED_PAST = `self.addEventListener('install', (event) => {
  if (!('addRoutes' in event)) return;
  const condition = { not: { urlPattern: { pathname: '/nothing' } } };
  event.waitUntil(event.addRoutes({ condition, source: 'network' }));
});
self.addEventListener('fetch', () => {});
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
`;

/** Opens every contestant's page: no worker, workers written by hand, and the library. */
export async function openContestants(arena: Arena): Promise<readonly Contestant[]> {
  const plain = await openPlain(arena);
  return [
    { name: 'direct', page: plain, headers: {} },
    { name: 'wrapper', page: plain, headers: { authorization: `Bearer ${TOKEN}` } },
    { name: 'passThrough', page: await openWorker(arena, passThroughWorker(arena.api)), headers: {} },
    { name: 'constant', page: await openWorker(arena, constantWorker(arena.api)), headers: {} },
    { name: 'bearer', page: await openTokenward(arena, 'off'), headers: {} },
    { name: 'dpop', page: await openTokenward(arena, 'required'), headers: {} },
    { name: 'routedPast', page: await openWorker(arena, ROUTED_PAST), headers: {} },
  ];
}

/** An app on an origin of its own, whose page runs no script of its own. */
async function openApp(
  { browser, stack, api, apps }: Arena,
  options: Partial<Parameters<typeof startApp>[0]>,
): Promise<{ readonly app: App; readonly page: Page; readonly context: BrowserContext }> {
  const { issuer } = stack.authorizationServer;
  const app = await startApp({ issuer, apiUrl: api.url, securityHeaders: 'off', ...options });
  apps.push(app);
  app.pages.set('/bench', { body: '<!doctype html><title>Bench</title>', headers: ISOLATED });
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${app.origin}/bench`);
  return { app, page, context };
}

async function openPlain(arena: Arena): Promise<Page> {
  const { page } = await openApp(arena, {});
  return page;
}

async function openWorker(arena: Arena, script: string): Promise<Page> {
  const { app, page } = await openApp(arena, { workerScript: () => script });
  await control(page, app.workerPath);
  return page;
}

async function openTokenward(arena: Arena, dpop: 'off' | 'required'): Promise<Page> {
  const { stack } = arena;
  const { app, page } = await openApp(arena, { worker: { dpop } });
  stack.authorizationServer.addApp(app.origin);
  await control(page, app.workerPath);
  await page.goto(`${app.origin}/auth/login?returnTo=/bench`);
  await fillLoginPage(page);
  await page.waitForURL((url) => url.pathname === '/bench');
  return page;
}

async function control(page: Page, workerPath: string): Promise<void> {
  await page.evaluate(async (path) => {
    await navigator.serviceWorker.register(path);
    await navigator.serviceWorker.ready;
  }, workerPath);
  // Where a worker does not claim its pages, the next load is under its control.
  await page.reload();
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
}
