import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { addBarePage, BARE_PAGE, callApi, connected, fillLoginPage, sessionOf } from '../support/app-page.ts';
import { CHROMIUM } from '../support/browser-engine.ts';
import { launchPersistentBrowser } from '../support/browser.ts';

let stack: Stack;
let profile: string;
let context: BrowserContext;
let page: Page;
beforeAll(async () => {
  stack = await startStack();
  addBarePage(stack.app);
  profile = await mkdtemp(join(tmpdir(), 'tokenward-window-'));
  // The window that an installed app has: no tabs, no address bar, and a display mode of its own.
  context = await launchPersistentBrowser(CHROMIUM, profile, { args: [`--app=${stack.app.origin}${BARE_PAGE}`] });
  page = context.pages()[0] ?? (await context.waitForEvent('page'));
  await connected(page);
});
afterAll(async () => {
  await context.close();
  await stack.close();
  await rm(profile, { recursive: true, force: true });
});

const isStandalone = (): Promise<boolean> => page.evaluate(() => matchMedia('(display-mode: standalone)').matches);

describe('a sign-in in the window of an installed app', () => {
  test('stays in that window, and ends at the page in the app where it began', async () => {
    expect(await isStandalone()).toBe(true);

    await page.evaluate(() => void window.tokenward.login({ returnTo: '/bare?note=7#end' }));
    await page.waitForURL((url) => url.origin === stack.authorizationServer.origin);
    expect(await isStandalone()).toBe(true);
    await fillLoginPage(page);
    await page.waitForURL((url) => url.origin === stack.app.origin);
    await connected(page);

    expect(page.url()).toBe(`${stack.app.origin}/bare?note=7#end`);
    expect(await isStandalone()).toBe(true);
    expect(context.pages()).toHaveLength(1);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    expect((await callApi(page, stack)).status).toBe(200);
  });
});
