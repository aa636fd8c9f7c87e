import { afterAll, beforeAll, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { REMOVAL_WORKER } from '../../src/cli/setup/removal-worker.ts';
import { BARE_PAGE, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());

test('the worker that uninstall leaves removes itself and the stored data, and the app still loads', async ({
  page,
}) => {
  const left = (): Promise<unknown> =>
    page.evaluate(async () => ({
      registrations: (await navigator.serviceWorker.getRegistrations()).length,
      databases: (await indexedDB.databases()).map(({ name }) => name),
    }));
  await signIn(page, stack);
  const before = await left();
  stack.app.configure({ workerScript: () => REMOVAL_WORKER });
  stack.app.pages.set(BARE_PAGE, { body: '<!doctype html><title>Without</title>' });

  await page.goto(`${stack.app.origin}${BARE_PAGE}`);

  await expect.poll(left, { timeout: 30_000 }).toEqual({ registrations: 0, databases: [] });
  expect(before).toEqual({ registrations: 1, databases: ['tokenward /'] });
  await page.reload();
  expect(await page.title()).toBe('Without');
  expect(await page.evaluate(() => navigator.serviceWorker.controller)).toBeNull();
});
