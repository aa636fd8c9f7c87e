import type { Page } from 'playwright';
import type { App } from '../servers/app-server.ts';
import { addBarePage, connected } from './app-page.ts';

/** Where a page stands that has the inspector in it. */
export const INSPECTED_PAGE = '/inspected';

/** Adds a page that connects, and shows the inspector. */
export function addInspectedPage(app: App): void {
  addBarePage(app);
  app.pages.set(INSPECTED_PAGE, {
    body: `<!doctype html><html lang="en"><meta name="color-scheme" content="light dark"><title>Inspected</title>
      <script type="module" src="/inspector.js"></script><script type="module" src="/bare.js"></script>
      <main><h1>Inspected</h1><tokenward-inspector></tokenward-inspector></main>`,
  });
}

/** Opens that page and waits until the inspector has heard of the worker. */
export async function openInspectedPage(page: Page, app: App): Promise<void> {
  await page.goto(app.origin + INSPECTED_PAGE);
  await connected(page);
  await factOf(page, 'Version').waitFor();
}

/** A value of the inspector's, by its name. */
export function factOf(page: Page, name: string): ReturnType<Page['locator']> {
  return page.locator('tokenward-inspector dl > div:not([hidden])').filter({ hasText: name }).locator('dd').first();
}
