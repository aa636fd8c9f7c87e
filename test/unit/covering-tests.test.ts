import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COVERING_TESTS, coveringTests, pathOf, roomOf } from '../covering-tests.ts';
import { ROOT } from '../support/build.ts';

describe('the tests that cover a room', () => {
  test('are there, and so is the room', () => {
    const paths = [...Object.keys(COVERING_TESTS), ...Object.values(COVERING_TESTS).flat().map(pathOf)];

    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test('are named for each folder of the sources', () => {
    const folders = ['src', 'sw'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => `${folder}/${name}`),
    );

    expect(folders.filter((folder) => roomOf(`${folder}/index.ts`) !== folder)).toEqual([]);
  });

  test('are all end-to-end tests together', () => {
    const covering = new Set(Object.values(COVERING_TESTS).flat().map(pathOf));

    const endToEnd = readdirSync(join(ROOT, 'test/e2e')).map((name) => `test/e2e/${name}`);
    expect(endToEnd.filter((path) => !covering.has(path))).toEqual([]);
  });

  test('are those of the innermost room, and those of every source', () => {
    const tests = coveringTests(['src/vite/index.ts', 'src/vite/plugin.ts', 'README.md']);

    expect(tests).toEqual([
      'test/package/rooms.test.ts',
      'test/package/docs.test.ts',
      'test/package/language.test.ts',
      'test/e2e/quick-start.test.ts',
      'test/e2e/vite-configuration.test.ts',
      'test/e2e/vite-plugin.test.ts',
    ]);
  });

  test('are none where no source has changed', () => {
    expect(coveringTests(['README.md', 'test/e2e/life.test.ts'])).toEqual([]);
  });
});
