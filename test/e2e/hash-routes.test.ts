import { afterAll, beforeAll, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { connected, fillLoginPage, sessionOf } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { addHashApp, DEEP_LINK } from '../support/hash-app.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ app: { worker: { redirectUri: '/' }, callback: 'app' } });
  stack.authorizationServer.addApp(stack.app.origin, ['/']);
  addHashApp(stack.app);
});
afterAll(() => stack.close());

test('a page at the redirect URI that hands over the response is loaded again at a route of its own', async ({
  page,
}) => {
  await page.goto(stack.app.origin + DEEP_LINK);
  await connected(page);
  await page.evaluate(() => void window.tokenward.login());
  await page.waitForURL(({ origin }) => origin === stack.authorizationServer.origin);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  await cdp.send('Network.setBypassServiceWorker', { bypass: true });

  await fillLoginPage(page);
  await page.waitForURL(stack.app.origin + DEEP_LINK);
  await cdp.send('Network.setBypassServiceWorker', { bypass: false });
  await connected(page);

  expect(page.url()).toBe(stack.app.origin + DEEP_LINK);
  expect(await page.locator('body').textContent()).toBe('Order 7,Order 7,Order 7,Order 7');
  expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
});
