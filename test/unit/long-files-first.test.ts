import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LONG_FILES, longFilesFirst } from '../support/long-files-first.ts';

describe('the order of test files', () => {
  test('begins with those that take long for their size, and is left as it is otherwise', () => {
    const files = ['/b.test.ts', ...LONG_FILES, '/a.test.ts'].map((moduleId) => ({ moduleId }));

    expect(longFilesFirst(files).map(({ moduleId }) => moduleId)).toEqual([...LONG_FILES, '/b.test.ts', '/a.test.ts']);
  });

  test('names files that exist', () => {
    expect(LONG_FILES.filter((file) => !existsSync(file))).toEqual([]);
    expect(LONG_FILES).not.toEqual([]);
  });
});
