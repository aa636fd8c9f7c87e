import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, openBarePage, sessionOf } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';

declare global {
  interface Window {
    /** Outcome of the call that was to leave the page. */
    outcome: Promise<string>;
  }
}

const POLL = { timeout: 20_000 };

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());
/** Calls what leaves the page. */
async function leave(page: Page, method: 'login' | 'logout'): Promise<void> {
  await page.evaluate((name) => {
    window.outcome = window.tokenward[name]().then(
      () => 'stayed',
      (error: unknown) => String(error),
    );
  }, method);
}

async function expectToGoOn(page: Page, status: 'signed-in' | 'signed-out'): Promise<void> {
  expect(await page.evaluate(() => window.outcome)).toBe('stayed');
  await expect.poll(() => sessionOf(page), POLL).toMatchObject({ status });
  expect(await callApi(page, stack)).toMatchObject({ status: status === 'signed-in' ? 200 : 401 });
}

describe('a call that leaves the page', () => {
  test('resolves if the user stays when the app asks', async ({ page }) => {
    await openBarePage(page, stack);
    page.on('dialog', (dialog) => void dialog.dismiss());
    // A browser asks only in a page that was used.
    await page.mouse.click(10, 10);
    await page.evaluate(() => window.addEventListener('beforeunload', (event) => event.preventDefault()));

    await leave(page, 'login');

    await expectToGoOn(page, 'signed-out');
  });
});
