import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, openBarePage, sessionOf, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { startForeignServer, type ForeignServer } from '../support/foreign-server.ts';
import { isWorkerRunning, stopWorker } from '../support/worker-life.ts';

let stack: Stack;
let foreign: ForeignServer;
beforeAll(async () => {
  [stack, foreign] = await Promise.all([startStack(), startForeignServer()]);
  stack.app.configure({ connections: [foreign.origin] });
});
afterAll(() => Promise.all([stack.close(), foreign.close()]));

function load(page: Page, url: string): Promise<void> {
  return page.evaluate(async (address) => {
    await fetch(address, { cache: 'no-store' }).catch(() => {});
  }, url);
}

describe('a worker that does nothing else', () => {
  test('is not started by requests that are not ours', async ({ page }) => {
    await signIn(page, stack);
    await stopWorker(page);

    await load(page, `${stack.app.origin}/tokenward.js`);
    await load(page, `${stack.app.origin}/auth/other`);
    await load(page, `${stack.api.origin}/other`);
    await load(page, foreign.origin);

    // A worker that was started would run for half a minute; one that is being stopped counts as running.
    await expect.poll(() => isWorkerRunning(page)).toBe(false);
  });

  test('is started by requests to an API and to its own endpoints', async ({ page }) => {
    await signIn(page, stack);

    await stopWorker(page);
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    expect(await isWorkerRunning(page)).toBe(true);
    await stopWorker(page);
    await load(page, `${stack.app.origin}/auth/session?x=1`);
    expect(await isWorkerRunning(page)).toBe(true);
  });

  test('still takes the code of a foreign flow, with any query', async ({ page }) => {
    await signIn(page, stack);

    await page.goto(`${stack.app.origin}/auth/callback?x=1&code=foreign&state=foreign`);
    expect(page.url()).not.toContain('foreign');

    await openBarePage(page, stack);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  });
});
