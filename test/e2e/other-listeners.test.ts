import type { Page, Response as PageResponse } from 'playwright';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, openBarePage, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { addInspectedPage, openInspectedPage } from '../support/inspected-page.ts';

const ANSWERS_ALL = `self.addEventListener('fetch', (event) => event.respondWith(fetch(event.request)));`;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    app: {
      securityHeaders: 'off',
      workerConnections: ["'self'"],
      worker: { precedence: 'last' },
      workerScript: (script) => `${script}\n${ANSWERS_ALL}`,
    },
  });
  addInspectedPage(stack.app);
});
afterAll(() => stack.close());

test('the inspector shows that other code in the worker has answered a request without a token', async ({ page }) => {
  await signIn(page, stack);
  await openInspectedPage(page, stack.app);

  await callApi(page, stack);

  const row = page.locator('tokenward-inspector tbody tr[data-reason="other_listener"]');
  const seen = row.filter({ hasText: '/api/me' }).first();
  await seen.waitFor();
  expect(await seen.textContent()).toContain('other code in the worker answers first');
});

describe('a listener of the app’s own that answers navigations out of a cache', () => {
  const ANSWERS_FROM_CACHE = `self.addEventListener('fetch', (event) => {
  if (event.request.mode === 'navigate') event.respondWith(caches.match(event.request).then((page) => page ?? fetch(event.request)));
});`;
  /** Plants a document in the cache, as script in a page can, and opens it. */
  const openPlanted = async (page: Page): Promise<PageResponse | null> => {
    await openBarePage(page, stack);
    await page.evaluate(async () => {
      const cache = await caches.open('pages');
      await cache.put('/planted', new Response('<title>Planted</title>', { headers: { 'content-type': 'text/html' } }));
    });
    const document = await page.goto(`${stack.app.origin}/planted`);
    expect(await page.title()).toBe('Planted');
    return document;
  };

  test('gives it under the policy that the server has put before the worker’s script', async ({ page }) => {
    stack.app.configure({
      securityHeaders: 'policy',
      workerScript: (script) => `${script}\n${ANSWERS_FROM_CACHE}`,
    });

    const document = await openPlanted(page);

    expect(document?.fromServiceWorker()).toBe(true);
    expect(document?.headers()['content-security-policy']).toContain("frame-src 'none'; object-src 'none'");
    expect(document?.headers()['cross-origin-opener-policy']).toBe('same-origin');
  });

  test('gives it unchanged if the server has no policy', async ({ page }) => {
    stack.app.configure({ securityHeaders: 'off', workerScript: (script) => `${script}\n${ANSWERS_FROM_CACHE}` });

    const document = await openPlanted(page);

    expect(document?.fromServiceWorker()).toBe(true);
    expect(document?.headers()).not.toHaveProperty('content-security-policy');
  });
});
