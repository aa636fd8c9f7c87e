import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { baseOfChange, changedFiles, newestFirst } from './changed-files.ts';
import { coveringTests } from './covering-tests.ts';
import { ROOT } from './support/build.ts';

/** Folders whose tests drive a browser: what they wait for takes longer on a busy machine. */
const IN_BROWSER = ['test/e2e', 'test/engines'];

/** Tests to run under load. */
export interface LoadChoice {
  /** Reason for the choice, in words. */
  readonly reason: string;
  /** Files or folders of tests, from the root; the most important come first, since time may not suffice for all. */
  readonly files: readonly string[];
}

/**
 * Chooses the tests to run under load: those that have changed, then those that cover sources that have changed. In a clone that does
 * not know its history, all tests in a browser are chosen, in random order: each run takes others, as far as its time goes.
 *
 * @param since a revision or a date; by default, the beginning of the latest change, as {@link baseOfChange} finds it
 * @param root the folder of the repository
 */
export async function chooseTests(since: string, root: string = ROOT): Promise<LoadChoice> {
  const base = since || (await baseOfChange(root));
  const changed = base === undefined ? undefined : await changedFiles(base, root);
  if (base === undefined || changed === undefined) {
    return { reason: 'any, since no history says what has changed', files: shuffled(testsInBrowser(root)) };
  }
  const files = testsOfFiles(await newestFirst(changed, base, root));
  return { reason: `what has changed since ${base}`, files };
}

/** The tests among changed files, and after them the tests in a browser that cover the sources among these. */
export function testsOfFiles(changed: readonly string[]): readonly string[] {
  const tests = changed.filter((file) => /^test\/.*\.test\.ts$/.test(file));
  const covering = changed
    .flatMap((file) => coveringTests([file]))
    .filter((test) => IN_BROWSER.some((folder) => test.startsWith(`${folder}/`)));
  return [...new Set([...tests, ...covering])];
}

function testsInBrowser(root: string): readonly string[] {
  return IN_BROWSER.flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`)).filter(
    (path) => path.endsWith('.test.ts'),
  );
}

function shuffled(files: readonly string[]): readonly string[] {
  return files
    .map((file) => ({ file, place: Math.random() }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ file }) => file);
}
