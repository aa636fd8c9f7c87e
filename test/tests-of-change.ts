import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { changedFiles } from './changed-files.ts';
import { coveringTests } from './covering-tests.ts';
import { secondsOf } from './durations.ts';
import { ROOT } from './support/build.ts';

/** Where Vitest lists the tests that import what has changed. */
const LIST = 'test-results/changed-tests.json';

/** Seconds of end-to-end tests for a change: two files run at a time, so that they take half of it. */
const MAX_SECONDS = 90;

/** Tests for a change. */
export interface TestsOfChange {
  /** Files and folders, from the root. */
  readonly chosen: readonly string[];
  /** End-to-end tests that cover the change too, and would take too long. */
  readonly left: readonly string[];
}

/**
 * Finds the tests that a change affects: those that import what has changed, as Vitest finds them, and those that cover its room.
 *
 * @param since a revision
 */
export async function testsOfChange(since: string): Promise<TestsOfChange> {
  mkdirSync(join(ROOT, 'test-results'), { recursive: true });
  const commandLine = ['vitest', 'list', '--filesOnly', `--json=${LIST}`, '--project=!engine:*', `--changed=${since}`];
  await promisify(execFile)('npx', commandLine, { cwd: ROOT, shell: process.platform === 'win32' });
  const listed: unknown = JSON.parse(readFileSync(join(ROOT, LIST), 'utf8'));
  const importing = Array.isArray(listed) ? listed.flatMap(fileOf) : [];
  const changed = (await changedFiles(since)) ?? [];
  return withinTime([...new Set([...coveringTests(changed), ...importing])], changed);
}

/**
 * Leaves out end-to-end tests that would take too long. Those that have changed stay, then come the others in their order.
 *
 * @param tests files and folders, the most important first
 * @param changed files that have changed
 */
export function withinTime(tests: readonly string[], changed: readonly string[]): TestsOfChange {
  const isCertain = (file: string): boolean => secondsOf(file) === 0 || changed.includes(file);
  const chosen = tests.filter(isCertain);
  const left: string[] = [];
  let seconds = chosen.reduce((sum, file) => sum + secondsOf(file), 0);
  for (const file of tests.filter((one) => !isCertain(one))) {
    const fits = seconds + secondsOf(file) <= MAX_SECONDS;
    if (fits) seconds += secondsOf(file);
    (fits ? chosen : left).push(file);
  }
  return { chosen, left };
}

function fileOf(entry: unknown): readonly string[] {
  if (typeof entry !== 'object' || entry === null || !('file' in entry) || typeof entry.file !== 'string') return [];
  return [relative(ROOT, entry.file)];
}
