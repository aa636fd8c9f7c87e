import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { TokenwardError } from 'tokenward';
import { startStack, type Stack } from '../servers/stack.ts';
import { APP_SCOPES } from '../servers/app-server.ts';
import { callApi, connected, openBarePage, sessionOf, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { WHAT_TO_DO } from '../support/error-message.ts';
import { buildOtherRelease, type OtherRelease } from '../support/other-release.ts';
import { stopWorker, updateWorker } from '../support/worker-life.ts';

const POLL = { timeout: 20_000 };
const LIBRARY = '/tokenward.js';
let stack: Stack;
let older: OtherRelease;
let newer: OtherRelease;
beforeAll(async () => {
  [stack, older, newer] = await Promise.all([startStack(), buildOtherRelease(0), buildOtherRelease(2)]);
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 600 });
  deployPage();
  deployWorker();
});

function deployPage(release?: OtherRelease): void {
  if (release) stack.app.pages.set(LIBRARY, { body: release.page, contentType: 'text/javascript' });
  else stack.app.pages.delete(LIBRARY);
}

function deployWorker(release?: OtherRelease): void {
  stack.app.configure({ workerScript: release?.worker ?? ((script) => script) });
}

/** Signs in with page and worker of one release. */
async function signInWith(page: Page, release?: OtherRelease): Promise<void> {
  deployPage(release);
  deployWorker(release);
  await signIn(page, stack);
  stack.authorizationServer.requests.clear();
  stack.app.requests.clear();
}

/** Reloads, and waits until the page has connected or failed to. */
async function reload(page: Page): Promise<void> {
  await page.reload();
  await connected(page);
}

/** How often the page and the worker's script were asked for. */
function countLoads(): { pages: number; workers: number } {
  const { requests, workerPath } = stack.app;
  return { pages: requests.count('/bare'), workers: requests.count(workerPath) };
}

async function expectSession(page: Page): Promise<void> {
  expect(await page.evaluate(() => window.connectError)).toBeUndefined();
  expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'sealed' });
  expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
}

describe('a page that is newer than the worker', () => {
  test('gets the worker that belongs to it, which has the session, without a reload', async ({ page }) => {
    await signInWith(page, older);
    deployPage();
    deployWorker();

    await reload(page);

    await expectSession(page);
    expect(countLoads().pages).toBe(1);
    await stopWorker(page);
    await expectSession(page);
  });

  test('gets it while an older page is open, also where the worker is an app’s own that waits for it to close', async ({
    page,
    context,
  }) => {
    const options = {
      issuer: stack.authorizationServer.issuer,
      clientId: stack.authorizationServer.clientId,
      protectedResources: [{ url: stack.api.url }],
      scopes: APP_SCOPES,
    };
    deployPage(older);
    stack.app.configure({ workerScript: () => older.ownWorker(options) });
    await signIn(page, stack);
    stack.authorizationServer.requests.clear();
    deployPage(newer);
    stack.app.configure({ workerScript: () => newer.ownWorker(options) });

    const next = await context.newPage();
    await openBarePage(next, stack);

    await expectSession(next);
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  });

  test.for<[what: string, serve: () => void]>([
    ['still gives the old worker', () => deployWorker(older)],
    ['gives one that cannot be installed', () => stack.app.configure({ workerScript: () => 'throw new Error("no")' })],
  ])('says so if the server %s, does not loop, and loses nothing', async ([, serve], { page }) => {
    await signInWith(page, older);
    deployPage();
    serve();

    await reload(page);

    const error = await page.evaluate(() => window.connectError);
    expect(error).toMatchObject({ code: 'worker_version_mismatch' });
    expect(error?.message).toContain('newer');
    expect(error?.message).toMatch(WHAT_TO_DO);
    // The browser looks by itself after each of the two navigations, and the page looks once.
    expect(countLoads().pages).toBe(1);
    expect(countLoads().workers).toBeLessThanOrEqual(3);
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });

    deployWorker();
    await reload(page);
    await expectSession(page);
  });
});

describe('a page that is older than the worker', () => {
  test('keeps sending its requests when it stays open during a deployment, says so, and is not reloaded', async ({
    page,
    context,
  }) => {
    await signInWith(page);
    await page.evaluate(() => Object.assign(window, { typed: 'half a letter' }));
    deployPage(newer);
    deployWorker(newer);

    await updateWorker(page);

    await expect
      .poll(() => sessionOf(page), POLL)
      .toMatchObject({
        status: 'signed-in',
        lastError: { code: 'worker_version_mismatch', message: expect.stringMatching(WHAT_TO_DO) },
      });
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    const refusal = await page.evaluate(() =>
      window.tokenward.login().catch(({ code, message }: TokenwardError) => ({ code, message })),
    );
    expect(refusal).toMatchObject({ code: 'worker_version_mismatch', message: expect.stringMatching(WHAT_TO_DO) });
    expect(await page.evaluate('window.typed')).toBe('half a letter');
    const next = await context.newPage();
    await openBarePage(next, stack);
    await expectSession(next);

    await reload(page);
    await expectSession(page);
  });

  test('says so where it comes from a cache, and the next one has the session', async ({ page }) => {
    await signInWith(page, newer);
    deployPage();

    await reload(page);

    const error = await page.evaluate(() => window.connectError);
    expect(error).toMatchObject({ code: 'worker_version_mismatch' });
    expect(error?.message).toContain('older');
    expect(error?.message).toMatch(WHAT_TO_DO);
    expect(countLoads().pages).toBe(1);
    expect(countLoads().workers).toBeLessThanOrEqual(3);
    deployPage(newer);
    await reload(page);
    await expectSession(page);
  });
});
