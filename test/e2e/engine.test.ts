import { afterAll, beforeAll, expect } from 'vitest';
import { startStack, type Stack } from '../../demo/stack.ts';
import { test } from '../support/browser-test.ts';

/** A worker that does nothing but pass requests on. */
const EMPTY_WORKER = `
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => event.respondWith(fetch(event.request)));
`;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ app: { workerScript: () => EMPTY_WORKER } });
  stack.app.pages.set('/empty', { body: '<!doctype html><title>Empty</title>' });
});
afterAll(() => stack.close());

test('Chromium sends a POST again when any worker is stopped while it passes it on', async ({ page, context }) => {
  await page.goto(`${stack.app.origin}/empty`);
  await page.evaluate(async (path) => {
    await navigator.serviceWorker.register(path);
    if (navigator.serviceWorker.controller) return;
    await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve));
  }, stack.app.workerPath);
  let tellArrival = (): void => {};
  const arrival = new Promise<void>((resolve) => {
    tellArrival = resolve;
  });
  stack.api.faults.plan(
    ({ method, path }) => {
      if (method === 'POST' && path === '/api/echo') tellArrival();
      return method === 'POST';
    },
    { stage: 'before', delayMs: 300 },
  );

  const answer = page.evaluate(
    async (url) => (await fetch(url, { method: 'POST', body: 'once' })).status,
    `${stack.api.url}/echo`,
  );
  await arrival;
  const cdp = await context.newCDPSession(page);
  await cdp.send('ServiceWorker.enable');
  await cdp.send('ServiceWorker.stopAllWorkers');

  expect(await answer).toBe(401);
  await expect.poll(() => stack.api.requests.count('/api/echo', 'POST')).toBe(2);
});
