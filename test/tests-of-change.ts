import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { changedFiles } from './changed-files.ts';
import { coveringTests } from './covering-tests.ts';
import { ROOT } from './support/build.ts';

/** Where Vitest lists the tests that import what has changed. */
const LIST = 'test-results/changed-tests.json';

/**
 * Lists the tests that a change touches: those that import what has changed, as Vitest finds them, and those that cover its room.
 *
 * @param since a revision
 * @returns files and folders of tests, from the root
 */
export async function testsOfChange(since: string): Promise<readonly string[]> {
  mkdirSync(join(ROOT, 'test-results'), { recursive: true });
  const commandLine = ['vitest', 'list', '--filesOnly', `--json=${LIST}`, '--project=!engine:*', `--changed=${since}`];
  await promisify(execFile)('npx', commandLine, { cwd: ROOT, shell: process.platform === 'win32' });
  const listed: unknown = JSON.parse(readFileSync(join(ROOT, LIST), 'utf8'));
  const importing = Array.isArray(listed) ? listed.flatMap(fileOf) : [];
  const covering = coveringTests((await changedFiles(since)) ?? []);
  return [...new Set([...importing, ...covering])];
}

function fileOf(entry: unknown): readonly string[] {
  if (typeof entry !== 'object' || entry === null || !('file' in entry) || typeof entry.file !== 'string') return [];
  return [relative(ROOT, entry.file)];
}
