import { afterAll, beforeAll, expect } from 'vitest';
import { startStack, type Stack } from '../../demo/stack.ts';
import { sessionOf, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());

test('a worker that was unregistered revokes its tokens and forgets them at the next call', async ({ page }) => {
  await signIn(page, stack);
  const { requests } = stack.authorizationServer;
  requests.clear();

  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration?.unregister();
    // Any call will do; this one is refused.
    await window.tokenward.login({ scopes: ['not-configured'] }).catch(() => {});
  });

  await expect.poll(() => requests.count('revocation')).toBe(2);
  await expect
    .poll(() => sessionOf(page))
    .toMatchObject({ status: 'signed-out', reason: 'lost', lastError: { code: 'worker_unregistered' } });
});

test('a worker that is registered stays as it is, and asks for nothing to know it', async ({ page }) => {
  await signIn(page, stack);
  const scriptRequests = stack.app.requests.count(stack.app.workerPath);
  stack.authorizationServer.requests.clear();

  await page.evaluate(() => window.tokenward.login({ scopes: ['not-configured'] }).catch(() => {}));

  expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  expect(stack.authorizationServer.requests.count('revocation')).toBe(0);
  expect(stack.app.requests.count(stack.app.workerPath)).toBe(scriptRequests);
});
