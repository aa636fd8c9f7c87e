import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './support/build.ts';

const DAY_SECONDS = 24 * 60 * 60;

/**
 * Lists the files that are not as they were, committed or not, without those that are gone.
 *
 * @param since a revision or a date
 * @param root the folder of the repository
 * @returns paths from the root; nothing where there is no repository
 */
export async function changedFiles(since: string, root: string = ROOT): Promise<readonly string[] | undefined> {
  const git = gitIn(root);
  const base =
    (await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${since}^{commit}`)) ||
    (await git('rev-list', '-1', `--before=${since}`, 'HEAD')) ||
    (await git('rev-list', '--max-parents=0', 'HEAD'));
  if (!base) return undefined;
  const changed = await git('diff', '--name-only', base);
  const added = await git('ls-files', '--others', '--exclude-standard');
  return `${changed ?? ''}\n${added ?? ''}`.split('\n').filter((file) => file !== '' && existsSync(join(root, file)));
}

/**
 * Finds the revision that the latest change begins at. On a branch, that is where it left the default branch of the origin. On the default
 * branch, it is what was there a day before the last commit, whenever that was.
 *
 * @returns nothing where no such revision is known: there is no repository, or a clone of one commit
 */
export async function baseOfChange(root: string = ROOT): Promise<string | undefined> {
  const git = gitIn(root);
  const head = await git('rev-parse', '--verify', '--quiet', 'HEAD');
  if (!head) return undefined;
  const fork = (await git('merge-base', 'origin/HEAD', 'HEAD')) || (await git('merge-base', 'origin/main', 'HEAD'));
  if (fork && fork !== head) return fork;
  const committedAt = Number(await git('show', '--no-patch', '--format=%ct', 'HEAD'));
  const dayBefore =
    (await git('rev-list', '-1', `--before=${committedAt - DAY_SECONDS}`, 'HEAD')) ||
    (await git('rev-list', '--max-parents=0', 'HEAD'))?.split('\n')[0];
  return dayBefore === head ? undefined : dayBefore;
}

/** Sorts files by when they were changed: first those that are not committed, then those of the newest commit. */
export async function newestFirst(
  files: readonly string[],
  base: string,
  root: string = ROOT,
): Promise<readonly string[]> {
  const committed = (await gitIn(root)('log', '--format=', '--name-only', `${base}..HEAD`, '--')) ?? '';
  const dirty = (await gitIn(root)('diff', '--name-only', 'HEAD')) ?? '';
  const order = [...new Set([...dirty.split('\n'), ...committed.split('\n')])];
  return files.toSorted((one, other) => order.indexOf(one) - order.indexOf(other));
}

/** Returns what git says in a folder, or nothing where it fails. */
function gitIn(root: string): (...commandLine: readonly string[]) => Promise<string | undefined> {
  return async (...commandLine) => {
    const said = await promisify(execFile)('git', commandLine, { cwd: root }).catch(() => undefined);
    return said?.stdout.trim();
  };
}
