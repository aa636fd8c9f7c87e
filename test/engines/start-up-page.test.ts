import { afterAll, beforeAll, describe, expect } from 'vitest';
import { startStack, type Stack } from '../../demo/stack.ts';
import { markParts } from '../bench/start-up-marks.ts';
import { PARTS } from '../bench/start-up-parts.ts';
import { addStartUpPage, START_UP_PAGE } from '../bench/start-up-site.ts';
import { signInToApp } from '../support/engines/engine-app.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ app: { workerScript: (script) => markParts(script), embedderPolicy: 'require-corp' } });
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
  await addStartUpPage(stack.app, stack);
});
afterAll(() => stack.close());

async function openSignedIn(page: EnginePage): Promise<void> {
  await signInToApp(page, stack);
  await page.goto(`${stack.app.origin}${START_UP_PAGE}`);
  await stateToBe(page, 'The worker is running.');
}

/** Waits for what the page says below its buttons. */
function stateToBe(page: EnginePage, text: string): Promise<void> {
  return page.waitFor((awaited) => document.getElementById('state')?.textContent?.includes(awaited), text);
}

/** The names of parts beside which there is a time. */
function measured(page: EnginePage): Promise<readonly (string | undefined)[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('.part')]
      .filter((row) => row.querySelector('.took')?.textContent?.endsWith(' ms'))
      .map(({ dataset }) => dataset['part']),
  );
}

describe('the page that profiles a start of the worker', () => {
  test('measures the start of a new version', async ({ page }) => {
    await openSignedIn(page);

    await page.click('#version');
    await stateToBe(page, 'Start 1 of a new version is measured.');

    const inCommon = PARTS.filter(({ kinds }) => kinds.includes('version')).map(({ name }) => name);
    expect(await measured(page)).toEqual(inCommon);
  });

  test('measures the start of a worker that the browser has stopped', async ({ page, profile, lacks }) => {
    await openSignedIn(page);
    await profile.stopWorkers();
    const isMissing = await lacks({
      engine: 'webkit',
      reason: 'stops no worker while a page of it is open: the page says so, and measures the start of a new version',
      isShownBy: async () => {
        await stateToBe(page, 'The worker is running.');
        await page.click('#now');
        await stateToBe(page, 'The worker was still running');
      },
    });
    if (isMissing) return;

    await page.click('#now');
    await stateToBe(page, 'Start 1 after a stop is measured.');

    expect(await measured(page)).toEqual(
      expect.arrayContaining(PARTS.filter(({ isOptional }) => !isOptional).map(({ name }) => name)),
    );
  });
});
