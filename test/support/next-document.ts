import type { Page } from 'playwright';

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
