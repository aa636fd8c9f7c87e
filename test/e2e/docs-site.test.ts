import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { afterAll, beforeAll, expect, inject } from 'vitest';
import { ENTRIES } from '../../pack/entries.ts';
import { placeOf } from '../../site/links.ts';
import { readDocumentation } from '../package/markdown.ts';
import { test } from '../support/browser-test.ts';
import { ROOT } from '../support/build.ts';
import { type DocsSite, startDocsSite, type VisitedPage, visitPage } from '../support/docs-site.ts';

/** Place of the pictures, which are taken where somebody wants to look at them: they took a fifth of the time. */
const PICTURES = process.env['PICTURES'] === '1' ? join(ROOT, 'test-results/docs-site') : undefined;

/** A page for each core: pages of their own see no console of another. */
const LANES = 2;

let site: DocsSite;
let visited: readonly VisitedPage[] = [];

beforeAll(async () => {
  if (PICTURES !== undefined) {
    rmSync(PICTURES, { recursive: true, force: true });
    mkdirSync(PICTURES, { recursive: true });
  }
  site = await startDocsSite();
  const browser = await chromium.connect(inject('chromiumEndpoint'));
  // What the pages share is loaded once.
  const context = await browser.newContext();
  const left = [...site.paths];
  const runLane = async (): Promise<readonly VisitedPage[]> => {
    const results: VisitedPage[] = [];
    const page = await context.newPage();
    for (let path = left.shift(); path !== undefined; path = left.shift()) {
      results.push(await visitPage(page, site, path, PICTURES));
    }
    return results;
  };
  visited = (await Promise.all(Array.from({ length: LANES }, runLane))).flat();
  await browser.close();
}, 600_000);
afterAll(() => site.close());

test('every document is a page of the site, and so is every entry of the package', () => {
  const documents = readDocumentation().map(({ path }) => `/${placeOf(path).replace(/md$/, 'html')}`);
  const entries = ENTRIES.map(({ path }) => `/reference/api-${path.replaceAll('/', '-') || 'index'}.html`);

  expect(site.paths).toEqual(expect.arrayContaining([...documents, ...entries]));
});

test('no page reports an error, or asks another origin for anything', () => {
  expect(visited.flatMap(({ path, errors }) => errors.map((error) => `${path}: ${error}`))).toEqual([]);
  expect(visited.flatMap(({ foreignRequests }) => foreignRequests)).toEqual([]);
});

test('every link of a page leads to a page and a heading that are there', () => {
  const pages = new Map(visited.map((page) => [page.path, page]));
  const broken = visited.flatMap(({ path, links }) =>
    links
      .filter((link) => {
        const [target = '', id] = link.split('#');
        const page = pages.get(target.replace(/\/$/, '/index.html'));
        return page === undefined || (id !== undefined && id !== '' && !page.ids.includes(id));
      })
      .map((link) => `${path} → ${link}`),
  );

  expect(broken).toEqual([]);
  expect(visited.flatMap(({ links }) => links).length).toBeGreaterThan(1000);
});

test('no page is wider than a phone', () => {
  expect(visited.filter(({ overflowPx }) => overflowPx > 0).map(({ path }) => path)).toEqual([]);
});

test('the search finds an option, and leads to it', async ({ page }) => {
  await page.goto(site.origin);
  await page.getByRole('button', { name: 'Search' }).first().click();
  await page.getByRole('searchbox').fill('replayLimitBytes');
  await page.locator('.results').getByRole('option').first().click();

  await expect.poll(() => page.url()).toContain('/configuration.html#replaylimitbytes');
});
