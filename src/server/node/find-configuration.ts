import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** Extensions of the app's one configuration, in the order of preference. */
const EXTENSIONS = ['js', 'mjs', 'ts', 'mts', 'cjs', 'cts'];

/** Finds the file of the app's one configuration. */
export function findAppConfiguration(root: string): string | undefined {
  return EXTENSIONS.map((extension) => resolve(root, `tokenward.config.${extension}`)).find((path) => existsSync(path));
}
