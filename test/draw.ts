import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readVitest } from './report/vitest-results.ts';

/** How long a file of tests is taken to last of which nothing is known, in milliseconds. */
const UNKNOWN_MS = 15_000;

/**
 * Draws lots for files of tests until a time is full. If each of them takes longer, the shortest is drawn.
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
  const durationOf = (file: string): number => durations.get(file) ?? UNKNOWN_MS;
  const lots = files.map((file) => ({ file, lot: random() })).toSorted((one, other) => one.lot - other.lot);
  const drawn: string[] = [];
  let leftMs = budgetMs;
  for (const { file } of lots) {
    if (durationOf(file) > leftMs) continue;
    drawn.push(file);
    leftMs -= durationOf(file);
  }
  if (drawn.length > 0) return drawn;
  return files.toSorted((one, other) => durationOf(one) - durationOf(other)).slice(0, 1);
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
