import durations from './durations.json' with { type: 'json' };

const SECONDS: Readonly<Record<string, number>> = durations;

/** Seconds that are assumed for a file that has not been measured. */
const UNMEASURED = 30;

/**
 * Returns the seconds that the tests of an end-to-end file took on two busy cores; `npm run durations` writes them.
 *
 * @param file path from the root
 */
export function secondsOf(file: string): number {
  return SECONDS[file] ?? (file.startsWith('test/e2e/') ? UNMEASURED : 0);
}
