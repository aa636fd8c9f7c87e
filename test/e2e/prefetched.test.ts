import type { CDPSession, Page } from 'playwright';
import { afterAll, beforeAll, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { openBarePage } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ app: { securityHeaders: 'policy' } });
});
afterAll(() => stack.close());

/** Has the browser fetch an address of the app ahead of a navigation, and says what came of it. */
async function prefetch(page: Page, devTools: CDPSession, address: string): Promise<string> {
  const ended = new Promise<string>((resolve) => {
    devTools.on('Preload.prefetchStatusUpdated', ({ key, status }) => {
      if (key.url === stack.app.origin + address && /^(Ready|Success|Failure)$/.test(status)) resolve(status);
    });
  });
  await page.evaluate((url) => {
    const rules = document.createElement('script');
    rules.type = 'speculationrules';
    rules.textContent = JSON.stringify({ prefetch: [{ urls: [url], eagerness: 'immediate' }] });
    document.head.append(rules);
  }, address);
  return ended;
}

test('a browser that looks ahead of a link to the sign-in begins none', async ({ page, context }) => {
  await openBarePage(page, stack);
  const devTools = await context.newCDPSession(page);
  await devTools.send('Preload.enable');
  const { requests, origin } = stack.authorizationServer;

  expect(await prefetch(page, devTools, '/bare?ahead')).toBe('Ready');
  expect(await prefetch(page, devTools, '/auth/login')).toBe('Failure');
  expect(requests.count('pushed_authorization_request')).toBe(0);

  await page.goto(`${stack.app.origin}/auth/login`);
  expect(new URL(page.url()).origin).toBe(origin);
});
