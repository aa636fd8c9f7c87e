import { afterAll, beforeAll, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { REMOVAL_WORKER } from '../../src/cli/setup/removal-worker.ts';
import { BARE_PAGE, signIn } from '../support/app-page.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';
import { VAULT_DATABASE } from '../support/sealed-records.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());

/** What of the library is in the browser. */
function left(page: EnginePage): Promise<{ readonly registrations: number; readonly databases: readonly unknown[] }> {
  return page.evaluate(async () => ({
    registrations: (await navigator.serviceWorker.getRegistrations()).length,
    databases: (await indexedDB.databases()).map(({ name }) => name),
  }));
}

test('the worker that uninstall leaves removes itself and the stored data, and the app still loads', async ({
  page,
}) => {
  await signIn(page, stack);
  const before = await left(page);
  stack.app.configure({ workerScript: () => REMOVAL_WORKER, workerServing: 'static' });
  stack.app.pages.set(BARE_PAGE, { body: '<!doctype html><title>Without</title>' });

  await page.goto(`${stack.app.origin}${BARE_PAGE}`);

  await expect.poll(() => left(page), { timeout: 20_000 }).toEqual({ registrations: 0, databases: [] });
  expect(before).toEqual({ registrations: 1, databases: [VAULT_DATABASE] });
  await page.reload();
  expect(await page.evaluate(() => [document.title, navigator.serviceWorker.controller])).toEqual(['Without', null]);
});
