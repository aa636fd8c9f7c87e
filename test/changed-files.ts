import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './support/build.ts';

/**
 * Lists the files that are not as they were, committed or not, without those that are gone.
 *
 * @param since a revision or a date
 * @returns paths from the root; nothing where there is no repository
 */
export async function changedFiles(since: string): Promise<readonly string[] | undefined> {
  const base =
    (await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${since}^{commit}`)) ||
    (await git('rev-list', '-1', `--before=${since}`, 'HEAD')) ||
    (await git('rev-list', '--max-parents=0', 'HEAD'));
  if (!base) return undefined;
  const changed = await git('diff', '--name-only', base);
  const added = await git('ls-files', '--others', '--exclude-standard');
  return `${changed ?? ''}\n${added ?? ''}`.split('\n').filter((file) => file !== '' && existsSync(join(ROOT, file)));
}

/** Returns what git says, or nothing where it fails. */
async function git(...commandLine: readonly string[]): Promise<string | undefined> {
  const said = await promisify(execFile)('git', commandLine, { cwd: ROOT }).catch(() => undefined);
  return said?.stdout.trim();
}
