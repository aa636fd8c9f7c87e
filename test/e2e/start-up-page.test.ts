import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../../demo/stack.ts';
import { markParts } from '../bench/start-up-marks.ts';
import { PARTS } from '../bench/start-up-parts.ts';
import { addStartUpPage, START_UP_PAGE } from '../bench/start-up-site.ts';
import { fillLoginPage, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { stopWorker } from '../support/worker-life.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ app: { workerScript: (script) => markParts(script), embedderPolicy: 'require-corp' } });
  await addStartUpPage(stack.app, stack);
});
afterAll(() => stack.close());
beforeEach(() => stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 }));

async function openSignedIn(page: Page): Promise<void> {
  await signIn(page, stack);
  await page.goto(`${stack.app.origin}${START_UP_PAGE}`);
  await page.getByText('The worker is running.').waitFor();
}

/** The names of parts beside which there is a time. */
async function measured(page: Page): Promise<readonly (string | null)[]> {
  const rows = await page
    .locator('.part')
    .filter({ hasText: /\d+\.\d\d ms$/ })
    .all();
  return Promise.all(rows.map((row) => row.getAttribute('data-part')));
}

describe('the page that profiles a start of the worker', () => {
  test('shows every part once the worker was stopped, and each start', async ({ page }) => {
    await openSignedIn(page);
    expect(await measured(page)).toEqual([]);

    for (const count of [1, 2]) {
      await stopWorker(page);
      await page.getByRole('button', { name: 'measure now' }).click();
      await page.getByText(`Start ${count} after a stop is measured.`).waitFor();
    }

    expect(await measured(page)).toEqual(PARTS.map(({ name }) => name));
    const figures = await page.locator('.figure .value').allTextContents();
    expect(figures).toHaveLength(4);
    expect(figures.filter((figure) => Number.parseFloat(figure) > 0)).toEqual(figures);
    expect(await page.locator('.one').count()).toBe(2);
    expect(await page.locator('#note').textContent()).toMatch(/goes by steps of \d+ µs/);
  });

  test('does not take a worker that was running for one that has started', async ({ page }) => {
    await openSignedIn(page);

    await page.getByRole('button', { name: 'measure now' }).click();

    await page.getByText('The worker was still running').waitFor();
    expect(await measured(page)).toEqual([]);
  });

  test('shows what the start of a new version has in common with it', async ({ page }) => {
    await openSignedIn(page);

    await page.getByRole('button', { name: 'Start a new version' }).click();
    await page.getByText('Start 1 of a new version is measured.').waitFor();

    const inCommon = PARTS.filter(({ kinds }) => kinds.includes('version')).map(({ name }) => name);
    expect(await measured(page)).toEqual(inCommon);
    expect(inCommon).toContain('match');
  });

  test('asks for a sign-in first, since there is nothing to unseal without', async ({ page }) => {
    await page.goto(`${stack.app.origin}${START_UP_PAGE}`);

    await page.getByRole('button', { name: 'Sign in' }).click();
    await fillLoginPage(page);

    await page.waitForURL((url) => url.pathname === START_UP_PAGE);
    await page.getByText('The worker is running.').waitFor();
  });
});
