import { afterAll, beforeAll, expect } from 'vitest';
import { startStack, type Stack } from '../../demo/stack.ts';
import { callApi, signIn } from '../support/app-page.ts';
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
