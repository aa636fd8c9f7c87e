import type { Page } from 'playwright';
import { toCall } from './engines/page-script.ts';
import { untilTrue } from './until.ts';

/**
 * Waits until an async function that runs in the page resolves to something truthy; the page may be loaded again meanwhile. Playwright's
 * own `waitForFunction` takes the promise itself for a yes.
 *
 * @param argument what the function is called with
 */
export async function waitInPage<A>(
  page: Page,
  script: (argument: A) => Promise<unknown>,
  argument?: A,
): Promise<void> {
  const call = toCall(script, argument);
  await untilTrue(
    () => page.evaluate(call),
    () => `a page to say yes to ${call}`,
  );
}
