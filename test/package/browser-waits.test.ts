import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../support/build.ts';
import { listSourceFiles } from './imports.ts';

/**
 * Finds waits of Playwright for an async function, written in place or by its name: it takes the promise for a yes. The pages of
 * `test/engines` have a `waitForFunction` that waits.
 */
function findWaits(text: string): readonly string[] {
  const waits = [...text.matchAll(/\.waitForFunction\(\s*([\w$]+)/g)].map(([, begin = '']) => begin);
  const isAsync = (name: string): boolean =>
    name === 'async' || text.includes(`async function ${name}(`) || text.includes(`const ${name} = async`);
  return waits.filter(isAsync);
}

test.for([
  'page.waitForFunction(async () => (await caches.keys()).length === 0)',
  'await page.waitForFunction(\n  async (path) => isActive(path),\n  script,\n)',
  'page.waitForFunction(isGone, script); async function isGone(script: string): Promise<boolean> {}',
  'const isGone = async (): Promise<boolean> => true; tab.waitForFunction(isGone)',
])('a wait for a promise is found in %s', (text) => {
  expect(findWaits(text)).toHaveLength(1);
});

test('a wait for a value is none', () => {
  expect(findWaits('const isThere = () => true; page.waitForFunction(isThere); page.waitForFunction(() => 1)')).toEqual(
    [],
  );
});

test('no test asks Playwright to wait for a promise', () => {
  const files = listSourceFiles(ROOT, ['test', 'demo']).filter(
    (file) => !file.startsWith('test/engines/') && !file.endsWith('/browser-waits.test.ts'),
  );
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((file) => findWaits(readFileSync(join(ROOT, file), 'utf8')).length > 0)).toEqual([]);
});
