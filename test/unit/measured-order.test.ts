import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import durations from '../durations.json' with { type: 'json' };
import { ROOT } from '../support/build.ts';
import { longestFirst } from '../support/measured-order.ts';

describe('the order of test files', () => {
  test('begins with those that took longest, and is left as it is otherwise', () => {
    const files = [
      'test/unit/one.test.ts',
      'test/e2e/prefetched.test.ts',
      'test/e2e/not-measured-yet.test.ts',
      'test/unit/another.test.ts',
      'test/e2e/providers.test.ts',
    ].map((file) => ({ moduleId: join(ROOT, file) }));

    expect(longestFirst(files).map(({ moduleId }) => moduleId)).toEqual(
      [
        'test/e2e/providers.test.ts',
        'test/e2e/not-measured-yet.test.ts',
        'test/e2e/prefetched.test.ts',
        'test/unit/one.test.ts',
        'test/unit/another.test.ts',
      ].map((file) => join(ROOT, file)),
    );
  });

  test('is measured for files that exist', () => {
    const files = Object.keys(durations);

    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
    expect(files).not.toEqual([]);
  });
});
