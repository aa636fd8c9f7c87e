import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright';
import { inject, test as base } from 'vitest';
import { ROOT } from './build.ts';

const CLOSING_TIMEOUT_MS = 15_000;

/**
 * Vitest's `test` with a real browser: `test('signs in', async ({ page }) => …)`. A test gets `page`, a blank page in a
 * `context` of its own: no cookies, no storage, no service worker; and `browser`, the run's one Chromium, for tests that
 * need further contexts, which end with the file. When a test fails, pictures of the context's pages are left in
 * `test-results/pictures`.
 */
export const test = base
  .extend('browser', { scope: 'file' }, async ({}, { onCleanup }): Promise<Browser> => {
    const browser = await chromium.connect(inject('chromiumEndpoint'));
    onCleanup(() => closeInTime(browser.close(), 'The connection to the browser'));
    return browser;
  })
  .extend('context', async ({ browser, task }, { onCleanup }): Promise<BrowserContext> => {
    const context = await browser.newContext();
    onCleanup(async () => {
      if (task.result?.state === 'fail') await takePictures(context, task.fullTestName);
      await closeInTime(context.close(), `The context of "${task.name}"`);
    });
    return context;
  })
  .extend('page', async ({ context }): Promise<Page> => context.newPage());

/**
 * Waits for an end, but not for ever: now and then Chromium never says that a page is closed which was navigating, and a
 * run would hang there. What is left ends with the browser.
 */
async function closeInTime(closing: Promise<void>, what: string): Promise<void> {
  const late = delay(CLOSING_TIMEOUT_MS, 'late' as const, { ref: false });
  if ((await Promise.race([closing, late])) === 'late')
    console.warn(`${what} did not close; the run goes on without it.`);
}

async function takePictures(context: BrowserContext, testName: string): Promise<void> {
  const name = testName.replaceAll(/[^\w-]+/g, '-').slice(0, 120);
  for (const [index, page] of context.pages().entries()) {
    const path = join(ROOT, 'test-results/pictures', `${name}-${index + 1}.png`);
    // A page that crashed or hangs cannot be taken, and must not hide why the test failed.
    await page.screenshot({ path, timeout: 5000 }).catch(() => undefined);
  }
}
