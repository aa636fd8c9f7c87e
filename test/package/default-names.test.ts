import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CALLBACK_PATH, LIBRARY_FILE, WORKER_FILE } from '../../src/protocol/default-names.ts';
import { ROOT } from '../support/build.ts';
import { withoutComments } from './docstrings.ts';
import { listSourceFiles } from './imports.ts';

const DEFAULT_NAMES = 'src/protocol/default-names.ts';

/** File of the package itself, which has the same name and is copied under another. */
const PACKAGED = /standalone\/tokenward-sw\.js/g;

describe('a default name', () => {
  test.for([WORKER_FILE, LIBRARY_FILE, CALLBACK_PATH, 'auth/login', 'auth/logout', 'auth/session'])(
    'is spelled in one file of the code alone: %s',
    (name) => {
      const files = listSourceFiles(ROOT, ['src', 'sw']).filter((file) => {
        const code = withoutComments(file, readFileSync(join(ROOT, file), 'utf8')).replaceAll(PACKAGED, '');
        return file !== DEFAULT_NAMES && code.includes(name);
      });

      expect(files).toEqual([]);
    },
  );
});

test('the default names are those that the documentation gives', () => {
  expect([WORKER_FILE, LIBRARY_FILE, CALLBACK_PATH]).toEqual(['tokenward-sw.js', 'tokenward-lib.js', 'auth/callback']);
});
