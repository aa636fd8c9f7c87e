import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, runScript } from '../support/build.ts';
import { LIBRARY_PATH } from './worker-scripts.ts';

/** Folders and files that the standalone worker is made of. */
const WORKER_SOURCES = ['src/protocol', 'sw', 'rollup.config.ts', 'package-lock.json'];

/**
 * Builds another revision with the dependencies of this checkout, in a worktree that is removed afterwards.
 *
 * @returns the text of its standalone worker
 * @throws Error if git does not know the revision, or if it does not build
 */
export async function buildRevision(revision: string): Promise<string> {
  const commit = await git('rev-parse', '--verify', '--end-of-options', `${revision}^{commit}`);
  const folder = await mkdtemp(join(tmpdir(), 'tokenward-revision-'));
  try {
    await git('worktree', 'add', '--quiet', '--detach', folder, commit);
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    await runScript('bundle', folder);
    return await readFile(join(folder, LIBRARY_PATH), 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    await git('worktree', 'prune');
  }
}

/** A commit by what stays the same when it is amended or rebased. */
export interface Commit {
  /** Date of its author, ISO 8601. */
  readonly date: string;
  readonly subject: string;
}

/**
 * Reads the latest commit that has touched the worker.
 *
 * @throws Error if the sources of the worker have changes that are not committed
 */
export async function readWorkerCommit(): Promise<Commit> {
  const changes = await git('status', '--porcelain', '--', ...WORKER_SOURCES);
  if (changes)
    throw new Error(`Commit the worker's sources first, so that the figures are those of a commit:\n${changes}`);
  const read = (format: string): Promise<string> => git('log', '-1', `--format=${format}`, '--', ...WORKER_SOURCES);
  return { date: await read('%aI'), subject: await read('%s') };
}

async function git(...commandLine: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', commandLine, { cwd: ROOT });
  return stdout.trim();
}
