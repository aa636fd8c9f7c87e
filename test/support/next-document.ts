import type { Page } from 'playwright';
import { connected } from './app-page.ts';
import type { EngineTab, Evaluator } from './engines/engine.ts';

/** Marks the document that a page shows, so that `connectedAnew` waits for the one after it. */
export async function markDocument(page: Evaluator): Promise<void> {
  await page.evaluate(() => {
    document.documentElement.dataset['left'] = 'yes';
  });
}

/**
 * Waits until the page has left the document that was marked, and the next one has connected. The one before may know the new session
 * already, while the browser is still on its way: what a test asks it then is lost.
 */
export async function connectedAnew(page: EngineTab): Promise<void> {
  await page.waitForSelector('html:not([data-left])', { state: 'attached' });
  await connected(page);
}

/** Numbers the documents of the app that each tab of the page's context shows from now on, from 1. */
export async function numberDocuments(page: Page): Promise<void> {
  await page.context().addInitScript(() => {
    if (window !== window.top || !window.location.protocol.startsWith('http')) return;
    const number = Number(sessionStorage.getItem('documents') ?? 0) + 1;
    sessionStorage.setItem('documents', String(number));
    window.documentNumber = number;
  });
}

/** Waits until the tab shows a document of the app with such a number, or a later one. */
export async function documentShown(page: Page, number: number): Promise<void> {
  await page.waitForFunction((least) => (window.documentNumber ?? 0) >= least, number);
}

declare global {
  interface Window {
    /** Number of the document in its tab, among those of its origin. */
    documentNumber?: number;
  }
}
