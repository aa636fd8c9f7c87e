import type { Page } from 'playwright';
import { afterAll, beforeAll, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, connected, fillLoginPage, openBarePage, sessionOf } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { searchHeap } from '../support/heap-search.ts';
import { refuseAccessToken } from '../support/refused-token.ts';
import { updateWorker } from '../support/worker-life.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ authorizationServer: { accessTokenTtlSeconds: 600 } });
});
afterAll(() => stack.close());

/** A secret that the page is given, to be found: were it not, the search would say nothing. */
const PLANTED = 'planted-in-the-page-where-a-token-could-have-stood';

/** What a snapshot of the heap shows of the secrets of the run; the one that is planted meanwhile has to be among them. */
async function expectNothing(page: Page, step: string): Promise<void> {
  await page.evaluate((secret) => Object.assign(window, { planted: { header: `Bearer ${secret}` } }), PLANTED);
  const { found, stringCount } = await searchHeap(page, [...stack.authorizationServer.issued.all(), PLANTED]);
  await page.evaluate(() => Reflect.deleteProperty(window, 'planted'));

  expect(stringCount, step).toBeGreaterThan(1000);
  expect(found, step).toEqual([PLANTED]);
}

/** Ten snapshots of a heap. */
const TIMEOUT_MS = 180_000;

test(
  'the heap of the page holds no secret at any step of the life of a session',
  async ({ page, context }) => {
    const { issued } = stack.authorizationServer;

    await openBarePage(page, stack);
    await expectNothing(page, 'before sign-in');

    await page.evaluate(() => void window.tokenward.login());
    await page.waitForURL((url) => url.origin === stack.authorizationServer.origin);
    await fillLoginPage(page);
    await page.waitForURL((url) => url.origin === stack.app.origin);
    await connected(page);
    await expectNothing(page, 'after sign-in');

    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    await expectNothing(page, 'after a call');

    refuseAccessToken(stack.api);
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    expect(issued.refreshTokens.size).toBe(2);
    await expectNothing(page, 'after a refresh and the call once more');

    const other = await context.newPage();
    await openBarePage(other, stack);
    expect(await callApi(other, stack)).toMatchObject({ status: 200 });
    await expectNothing(other, 'in a second tab');
    await expectNothing(page, 'in the first, beside the second');

    await page.reload();
    await connected(page);
    await expectNothing(page, 'after a reload');

    stack.app.setWorkerRelease(`release ${performance.now()}`);
    await updateWorker(page);
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    await expectNothing(page, 'after an update of the worker');

    await page.evaluate(() => void window.tokenward.logout());
    await page.waitForURL((url) => url.origin === stack.app.origin && url.pathname === '/');
    await openBarePage(page, stack);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-out' });
    await expectNothing(page, 'after sign-out');
    await expectNothing(other, 'after sign-out, in the other tab');
  },
  TIMEOUT_MS,
);
