import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../support/build.ts';
import { listSourceFiles } from './imports.ts';

/** A wait of Playwright for a promise, which it takes for a yes. The pages of `test/engines` have a `waitForFunction` that waits. */
const WAIT_FOR_PROMISE = /\.waitForFunction\(\s*async\b/;

test.for([
  'page.waitForFunction(async () => (await caches.keys()).length === 0)',
  'await page.waitForFunction(\n  async (path) => isActive(path),\n  script,\n)',
  'tab.waitForFunction(async function isGone() {})',
])('a wait for a promise is found in %s', (text) => {
  expect(text).toMatch(WAIT_FOR_PROMISE);
});

test('no test asks Playwright to wait for a promise', () => {
  const files = listSourceFiles(ROOT, ['test', 'demo']).filter(
    (file) => !file.startsWith('test/engines/') && !file.endsWith('/browser-waits.test.ts'),
  );
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((file) => WAIT_FOR_PROMISE.test(readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
});
