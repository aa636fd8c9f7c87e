import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readVitest } from './report/vitest-results.ts';

/** How long a file of tests is taken to last of which nothing is known, in milliseconds. */
const UNKNOWN_MS = 15_000;

/**
 * Draws lots for files of tests until a time is full. One is always drawn.
 *
 * @param durations how long each file took, in milliseconds
 * @param budgetMs the time that all of them may take together
 * @param random a number between 0 and 1
 */
export function draw(
  files: readonly string[],
  durations: ReadonlyMap<string, number>,
  budgetMs: number,
  random: () => number = Math.random,
): readonly string[] {
  const lots = files.map((file) => ({ file, lot: random() })).toSorted((one, other) => one.lot - other.lot);
  const drawn: string[] = [];
  let leftMs = budgetMs;
  for (const { file } of lots) {
    const durationMs = durations.get(file) ?? UNKNOWN_MS;
    if (drawn.length > 0 && durationMs > leftMs) continue;
    drawn.push(file);
    leftMs -= durationMs;
  }
  return drawn;
}

/**
 * Reads how long each file of tests took the last time, in all engines together, from the results that are there.
 *
 * @param root the folder of package.json, with `test-results` in it
 */
export function durationsOf(root: string): ReadonlyMap<string, number> {
  const folder = join(root, 'test-results');
  const durations = new Map<string, number>();
  for (const name of listResults(folder)) {
    for (const { file, durationMs } of readTests(join(folder, name), root))
      durations.set(file, (durations.get(file) ?? 0) + durationMs);
  }
  return durations;
}

function listResults(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => /^vitest(-engine-\w+)?\.json$/.test(name));
  } catch {
    return [];
  }
}

function readTests(path: string, root: string): ReturnType<typeof readVitest>['tests'] {
  try {
    return readVitest(JSON.parse(readFileSync(path, 'utf8')), root).tests;
  } catch {
    return [];
  }
}
