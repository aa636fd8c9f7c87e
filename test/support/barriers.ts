import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright';

declare global {
  interface Window {
    readonly axe?: { run(context: string): Promise<AxeResults> };
  }
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/**
 * Finds what axe-core holds against a page, or against a part of it.
 *
 * @param part a CSS selector
 * @returns a line for each fault, with its element
 */
export async function findBarriers(page: Page, part = 'html'): Promise<readonly string[]> {
  // Evaluated and not added as an element, which the page's policy blocks.
  await page.evaluate(await readFile(AXE, 'utf8'));
  const results = await page.evaluate((context) => window.axe?.run(context), part);
  if (results === undefined) throw new Error('axe-core is not in the page.');
  return results.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
