import { chromium, type Browser, type BrowserContext, type Page } from 'playwright';
import { inject, test as base } from 'vitest';
import { closeInTime } from './time-limit.ts';
import { keepPictures, keepTrace } from './evidence.ts';

/**
 * Vitest's `test` with a real browser: `test('signs in', async ({ page }) => …)`. A test gets `page`, a blank page in a
 * `context` of its own: no cookies, no storage, no service worker; and `browser`, the run's one Chromium, for tests that
 * need further contexts, which end with the file. When a test fails, pictures of the context's pages are left in
 * `test-results/pictures`, and with `TRACE=1` in the environment a trace in `test-results/traces`.
 */
export const test = base
  .extend('browser', { scope: 'file' }, async ({}, { onCleanup }): Promise<Browser> => {
    const browser = await chromium.connect(inject('chromiumEndpoint'));
    onCleanup(async () => void (await closeInTime(browser.close(), 'The connection to the browser')));
    return browser;
  })
  .extend('context', async ({ browser, task }, { onCleanup }): Promise<BrowserContext> => {
    const context = await browser.newContext();
    // A trace would slow down each test that passes. It has no snapshots of the DOM, which put a script into each page under test.
    const isTraced = process.env['TRACE'] === '1';
    if (isTraced) await context.tracing.start({ screenshots: true });
    onCleanup(async () => {
      const hasFailed = task.result?.state === 'fail';
      const pages = context.pages();
      if (hasFailed)
        await keepPictures(
          task,
          pages.map((page) => (path) => page.screenshot({ path, timeout: 5000 })),
        );
      if (hasFailed && isTraced) await closeInTime(keepTrace(task, context), `The trace of "${task.name}"`);
      await closeInTime(context.close(), `The context of "${task.name}"`);
    });
    return context;
  })
  .extend('page', async ({ context }): Promise<Page> => context.newPage());
