import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright';
import { inject, test as base } from 'vitest';
import { ROOT } from './build.ts';

/**
 * Vitest's `test` with a real browser: `test('signs in', async ({ page }) => …)`. A test gets `page`, a blank page in a
 * `context` of its own: no cookies, no storage, no service worker; and `browser`, the run's one Chromium, for tests that
 * need further contexts, which end with the file. When a test fails, pictures of the context's pages are left in
 * `test-results/pictures`.
 */
export const test = base
  .extend('browser', { scope: 'file' }, async ({}, { onCleanup }): Promise<Browser> => {
    const browser = await chromium.connect(inject('chromiumEndpoint'));
    onCleanup(() => browser.close());
    return browser;
  })
  .extend('context', async ({ browser, task }, { onCleanup }): Promise<BrowserContext> => {
    const context = await browser.newContext();
    onCleanup(async () => {
      if (task.result?.state === 'fail') await takePictures(context, task.fullTestName);
      await context.close();
    });
    return context;
  })
  .extend('page', async ({ context }): Promise<Page> => context.newPage());

async function takePictures(context: BrowserContext, testName: string): Promise<void> {
  const name = testName.replaceAll(/[^\w-]+/g, '-').slice(0, 120);
  for (const [index, page] of context.pages().entries()) {
    const path = join(ROOT, 'test-results/pictures', `${name}-${index + 1}.png`);
    // A page that crashed or hangs cannot be taken, and must not hide why the test failed.
    await page.screenshot({ path, timeout: 5000 }).catch(() => undefined);
  }
}
