import type { Page } from 'playwright';
import type { Stack } from '../servers/stack.ts';
import { signIn } from './app-page.ts';
import { test as base } from './browser-test.ts';

/**
 * Vitest's `test` with, besides `page` and `context`, a page `held` that has signed in once for the whole file: a test of
 * something that must not end a session takes it, and finds out whether it does. It has to leave it signed in. The worker's
 * configuration must stay as it is in the whole file: the browser would update to another one behind the tests' back.
 *
 * @param stack the running servers
 */
export function testWithHeldPage(stack: () => Stack) {
  return base.extend('held', { scope: 'file' }, async ({ browser }, { onCleanup }): Promise<Page> => {
    const context = await browser.newContext();
    onCleanup(() => context.close());
    const page = await context.newPage();
    await signIn(page, stack());
    return page;
  });
}
