import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { BrowserContext, Page } from 'playwright';

import { launchChromium } from '../../test/support/browser.ts';
import { findSecrets } from '../../test/support/storage-theft.ts';
import { waitInPage } from '../../test/support/wait-in-page.ts';
import { expect } from '../check-steps.ts';
import type { Stack } from '../../test/servers/stack.ts';
import { ADA } from '../../test/servers/users.ts';
import { startNotesApp } from './notes-app.ts';

const PICTURES = fileURLToPath(new URL('../../test-results/demo-pwa/', import.meta.url));

/** Everything but the bodies. A string, since what is compiled for node does not run in a page as it is. */
const READ_OUTBOX = `new Promise((resolve) => {
  indexedDB.open('workbox-background-sync').onsuccess = ({ target: { result: database } }) => {
    database.transaction('requests').objectStore('requests').getAll().onsuccess = ({ target }) => {
      database.close();
      resolve(JSON.stringify(target.result));
    };
  };
})`;

interface Scene {
  readonly stack: Stack;
  readonly context: BrowserContext;
  readonly page: Page;
}

/** From signed out to signed out again; each step stands on those before. */
const STEPS: readonly (readonly [name: string, run: (scene: Scene) => Promise<void>])[] = [
  [
    'starts signed out, with its own worker in control',
    async ({ stack, page }) => {
      await page.goto(stack.app.origin);
      await page.locator('html[data-ready="yes"][data-session="signed-out"]').waitFor();
      await takePictures(page, 'welcome');
    },
  ],
  [
    'signs in, and shows notes with their pictures',
    async ({ stack, page }) => {
      await page.locator('#sign-in').click();
      await page.waitForURL((url) => url.origin === stack.authorizationServer.origin);
      await page.getByLabel('Email').fill(ADA.username);
      await page.getByLabel('Password').fill(ADA.password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.locator('html[data-session="signed-in"]').waitFor();
      for (const text of ['Return the spare key', 'Measure the garden door']) await write(page, text, 'kept');
      await picturesLoaded(page, 3);
      await takePictures(page, 'online');
    },
  ],
  [
    'starts again without a network: signed in, notes and pictures there',
    async ({ stack, context, page }) => {
      for (const server of [stack.app, stack.api, stack.authorizationServer]) server.goOffline();
      await context.setOffline(true);
      await page.goto(`${stack.app.origin}/from/a/bookmark`);
      await page.locator('html[data-ready="yes"][data-session="signed-in"]').waitFor();
      await page.locator('#network[data-network="offline"]').waitFor();
      await picturesLoaded(page, 3);
    },
  ],
  [
    'puts new notes into the outbox, which holds no token',
    async ({ stack, page }) => {
      for (const text of ['Oil the hinges', 'Ask Grace about the lock']) await write(page, text, 'waiting');
      await takePictures(page, 'offline');
      const issued = stack.authorizationServer.issued.all();
      const outbox = String(await page.evaluate(READ_OUTBOX));
      const leaked = findSecrets(outbox, issued);
      expect(outbox.split('tokenward-user').length === 3, `two requests of hers, not ${outbox}`);
      expect(issued.length > 2 && leaked.length === 0, `none of ${issued.length} secrets, not ${leaked.length}`);
    },
  ],
  [
    'sends the outbox in order when the network is back, with a current token',
    async ({ stack, context, page }) => {
      for (const server of [stack.app, stack.api, stack.authorizationServer]) server.goOnline();
      await context.setOffline(false);
      await page.locator('#network[data-network="online"]').waitFor();
      await page.locator('#notes > li').nth(4).waitFor();
      await page.locator('#notes > li[data-state="waiting"]').first().waitFor({ state: 'detached' });
      await picturesLoaded(page, 5);
      const texts = await page.locator('#notes > li p').allTextContents();
      expect(
        texts[0] === 'Ask Grace about the lock' && texts[1] === 'Oil the hinges',
        `the order, not ${texts.join()}`,
      );
      const posts = stack.api.requests.list('/api/notes', 'POST').filter(({ status }) => status === 201);
      expect(
        posts.length === 4 && posts.every(({ sub }) => sub === ADA.sub),
        `four notes of Ada’s, not ${posts.length}`,
      );
      await takePictures(page, 'sent');
    },
  ],
  [
    'leaves nothing of the user’s in the caches after sign-out',
    async ({ stack, page }) => {
      await page.locator('#sign-out').click();
      await page.waitForURL((url) => url.origin === stack.app.origin);
      await page.locator('html[data-ready="yes"][data-session="signed-out"]').waitFor();
      // The page is loaded anew meanwhile, by way of the authorization server.
      await waitInPage(page, async () => {
        const names = await caches.keys();
        return !names.some((name) => name.startsWith('tokenward-'));
      });
    },
  ],
];

/**
 * Drives the notes app in a headless Chromium, with a line per step, and takes pictures on the way.
 *
 * @returns the exit status
 */
export async function checkNotesApp(): Promise<number> {
  await rm(PICTURES, { recursive: true, force: true });
  await mkdir(PICTURES, { recursive: true });
  const stack = await startNotesApp({ authorizationServer: { accessTokenTtlSeconds: 5 } });
  const browser = await launchChromium();
  const context = await browser.newContext({ viewport: { width: 1000, height: 820 } });
  context.setDefaultTimeout(45_000);
  const page = await context.newPage();
  let passed = 0;
  try {
    for (const [name, run] of STEPS) {
      await run({ stack, context, page });
      passed += 1;
      process.stdout.write(`  ✓ ${name}\n`);
    }
  } catch (error) {
    process.stdout.write(`  ✗ ${STEPS[passed]?.[0]}\n${error instanceof Error ? error.message : String(error)}\n`);
    await page.screenshot({ path: join(PICTURES, 'failure.png') }).catch(() => {});
  } finally {
    await browser.close();
    await stack.close();
  }
  const failed = passed < STEPS.length ? 1 : 0;
  process.stdout.write(
    `  pictures in ${PICTURES}\n\nsummary: ${JSON.stringify({ steps: STEPS.length, passed, failed })}\n`,
  );
  return failed;
}

async function write(page: Page, text: string, state: 'kept' | 'waiting'): Promise<void> {
  await page.locator('#text').fill(text);
  await page.getByRole('button', { name: 'Keep it' }).click();
  await page.locator(`#notes > li[data-state="${state}"]`, { hasText: text }).waitFor();
}

/** Waits until the notes have pictures, and the browser has drawn them. */
async function picturesLoaded(page: Page, count: number): Promise<void> {
  await page.waitForFunction((expected) => {
    const images = [...document.querySelectorAll<HTMLImageElement>('#notes img')];
    return images.length === expected && images.every(({ complete, naturalWidth }) => complete && naturalWidth > 0);
  }, count);
}

/** Takes a picture by day and by night, and one as a telephone shows it. */
async function takePictures(page: Page, name: string): Promise<void> {
  const viewport = page.viewportSize();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(PICTURES, `${name}-${colorScheme}.png`), animations: 'disabled' });
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 390, height: 780 });
  await page.screenshot({ path: join(PICTURES, `${name}-mobile.png`), animations: 'disabled' });
  if (viewport) await page.setViewportSize(viewport);
}
