import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Path of Vitest's program, for a process of its own that can be ended. */
export const VITEST: string = join(
  dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
  'vitest.mjs',
);
