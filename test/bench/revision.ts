import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, runScript } from '../support/build.ts';
import { LIBRARY_PATH } from './worker-scripts.ts';

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

async function git(...commandLine: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', commandLine, { cwd: ROOT });
  return stdout.trim();
}
