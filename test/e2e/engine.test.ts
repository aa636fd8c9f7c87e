import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { test } from '../support/browser-test.ts';
import { gateRequest } from '../support/gate.ts';
import { stopWorker, takenOver } from '../support/worker-life.ts';

/** A worker that does nothing but pass requests on. */
const EMPTY_WORKER = `
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => event.respondWith(fetch(event.request)));
`;

/** A worker that answers all that a page asks for, and that can be kept busy. */
const MARKING_WORKER = `
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('message', (event) => {
  event.waitUntil(new Promise(() => {}));
  event.ports[0].postMessage('busy');
  for (const endMs = Date.now() + event.data; Date.now() < endMs;);
});
self.addEventListener('fetch', (event) => {
  if (event.request.mode !== 'navigate') event.respondWith(new Response(null, { headers: { marked: 'yes' } }));
});
`;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
  stack.app.pages.set('/empty', { body: '<!doctype html><title>Empty</title>' });
});
afterAll(() => stack.close());
beforeEach(() => stack.api.faults.clear());

/** Opens a page and registers a worker in the place of the library's. */
async function openPage(page: Page, worker: string): Promise<void> {
  stack.app.configure({ workerScript: () => worker });
  await page.goto(`${stack.app.origin}/empty`);
  await page.evaluate(async (path) => {
    await navigator.serviceWorker.register(path);
    if (navigator.serviceWorker.controller) return;
    await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve));
  }, stack.app.workerPath);
}

/** Gives a version of the worker something to do that does not end, and for so many milliseconds nothing else gets a turn. */
function keepBusy(page: Page, version: 'active' | 'waiting', busyMs: number): Promise<void> {
  return page.evaluate(
    async (busy) => {
      const registration = await navigator.serviceWorker.ready;
      const worker = registration[busy.version] ?? registration.installing;
      const { port1, port2 } = new MessageChannel();
      await new Promise((resolve) => {
        port1.addEventListener('message', resolve);
        port1.start();
        worker?.postMessage(busy.busyMs, [port2]);
      });
    },
    { version, busyMs },
  );
}

/** Does all that comes before a stop of every worker: the stop itself then takes no time in which a busy worker ends. */
async function prepareStop(page: Page): Promise<() => Promise<void>> {
  const bystander = await page.context().newPage();
  const cdp = await page.context().newCDPSession(bystander);
  await cdp.send('ServiceWorker.enable');
  return async () => {
    await cdp.send('ServiceWorker.stopAllWorkers');
    await bystander.close();
  };
}

/** Whether the worker has seen a request of the page's. */
function isIntercepted(page: Page): Promise<boolean> {
  return page.evaluate(async (url) => (await fetch(url)).headers.get('marked') === 'yes', `${stack.api.url}/me`);
}

test('Chromium sends a POST again when any worker is stopped while it passes it on', async ({ page }) => {
  await openPage(page, EMPTY_WORKER);
  const gate = gateRequest(stack.api.faults, ({ method }) => method === 'POST');
  const answer = page.evaluate(
    async (url) => (await fetch(url, { method: 'POST', body: 'once' })).status,
    `${stack.api.url}/echo`,
  );
  await gate.arrived;

  await stopWorker(page);
  gate.open();

  expect(await answer).toBe(401);
  await expect.poll(() => stack.api.requests.count('/api/echo', 'POST')).toBe(2);
});

test('Chromium bypasses any worker that takes over while it is being stopped, until the page is loaded again', async ({
  page,
}) => {
  await openPage(page, MARKING_WORKER);
  expect(await isIntercepted(page)).toBe(true);
  stack.app.configure({ workerScript: () => `${MARKING_WORKER}// The next version.` });
  // The first version has something to do, for which the next one waits; and that one does not stop at once.
  await keepBusy(page, 'active', 0);
  await page.evaluate(async () => (await navigator.serviceWorker.ready).update().then(() => undefined));
  const stopNow = await prepareStop(page);
  await keepBusy(page, 'waiting', 3000);

  await stopNow();

  await takenOver(page);
  await page.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready;
    if (active?.state === 'activated') return;
    await new Promise<void>((resolve) => {
      active?.addEventListener('statechange', () => resolve());
    });
  });
  expect(
    await page.evaluate(async () => {
      const { active, waiting } = await navigator.serviceWorker.ready;
      return { isController: navigator.serviceWorker.controller === active, state: active?.state, waiting };
    }),
  ).toEqual({ isController: true, state: 'activated', waiting: null });
  expect(await isIntercepted(page)).toBe(false);
  await page.reload();
  expect(await isIntercepted(page)).toBe(true);
});

test('Chromium gives a frame of another site a process of its own', async ({ page, context }) => {
  const outer = 'https://app.example/';
  const body = `<iframe src="${outer}inner"></iframe><iframe src="https://other.example/"></iframe>`;
  await context.route('**', (route) =>
    route.fulfill({ contentType: 'text/html', body: route.request().url() === outer ? body : '' }),
  );
  await page.goto(outer);
  const [sameSite, otherSite] = page.mainFrame().childFrames();
  if (!sameSite || !otherSite) throw new Error('A frame is missing.');

  // Only a frame with a process of its own has a session of its own.
  await expect(context.newCDPSession(sameSite)).rejects.toThrow('does not have a separate CDP session');
  await expect(context.newCDPSession(otherSite)).resolves.toBeDefined();
});
