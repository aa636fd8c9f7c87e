import { afterAll, beforeAll, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { openBarePage } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ app: {} });
});
afterAll(() => stack.close());

describe('where script has planted cookies that are too long for the callback', () => {
  test('no address of the tab keeps a code, and the cookies are gone', async ({ page, context }) => {
    await openBarePage(page, stack);
    await page.evaluate(async () => {
      for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
      for (let index = 0; index < 6; index++)
        document.cookie = `c${index}=${'x'.repeat(4000)}; path=/auth/callback; max-age=600`;
    });
    // A cookie that script sets arrives at the browser's store a little later.
    await expect.poll(() => context.cookies(`${stack.app.origin}/auth/callback`)).toHaveLength(6);

    await page.goto(`${stack.app.origin}/auth/callback?code=SECRET&state=x`);

    expect(page.url()).toBe(`${stack.app.origin}/auth/callback?_#_`);
    expect(await page.getByRole('heading').textContent()).toBe('Sign-in could not be completed here');
    await expect.poll(() => context.cookies(`${stack.app.origin}/auth/callback`)).toEqual([]);
    await openBarePage(page, stack);
    const urls = await page.evaluate(() => navigation.entries().map(({ url }) => url));
    expect(urls.filter((url) => url?.includes('SECRET'))).toEqual([]);
  });
});
