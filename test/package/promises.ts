import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../support/build.ts';
import type { Link } from './markdown.ts';

/** Test that holds a promise of the documentation. */
export interface PromisedTest {
  /** Stable id, such as `P-017`. An id is never given to another promise. */
  readonly id: string;
  /** Path of the test file from the root. */
  readonly file: string;
  /** Title of the test, or of a group of tests, with the groups around it: as `vitest list` prints it. */
  readonly title: string;
  /** Name of one row, if the test runs over a table and this row alone holds the promise. */
  readonly row?: string | undefined;
}

/** Test files with the titles and the source that the check looks into. */
export type TestFiles = ReadonlyMap<string, { readonly titles: readonly string[]; readonly source: string }>;

/** Path of the list, for messages. */
const LIST = 'test/promises.json';

/** Reads the titles of all tests from their source, without running a test. */
export async function listTests(): Promise<TestFiles> {
  const folder = mkdtempSync(join(tmpdir(), 'tokenward-tests-'));
  const output = join(folder, 'tests.json');
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  try {
    await promisify(execFile)(process.execPath, [vitest, 'list', '--static-parse', `--json=${output}`], { cwd: ROOT });
    const tests: readonly { name: string; file: string }[] = JSON.parse(readFileSync(output, 'utf8'));
    const paths = [...new Set(tests.map(({ file }) => file))];
    return new Map(
      paths.map((path) => {
        const titles = tests.filter(({ file }) => file === path).map(({ name }) => name);
        return [relative(ROOT, path).split(sep).join('/'), { titles, source: readFileSync(path, 'utf8') }];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Finds the links to test files. */
export function findTestLinks(links: readonly Link[]): readonly Link[] {
  return links.filter(({ target }) => /\.test\.ts(?:#|$)/.test(target));
}

/**
 * Compares the list of promises with the tests.
 *
 * @returns a sentence for each entry that is wrong
 */
export function findBrokenEntries(promises: readonly PromisedTest[], tests: TestFiles): readonly string[] {
  return promises.flatMap((promise, index) => {
    const { id, title, row } = promise;
    const test = tests.get(promise.file);
    if (!/^P-\d{3}$/.test(id)) return [`${id}: an id is P- and three digits`];
    if (promises.findIndex((other) => other.id === id) !== index) return [`${id} stands twice in ${LIST}`];
    if (promises.findIndex((other) => holdSame(promise, other)) !== index) return [`${id}: another id has this test`];
    if (test === undefined) return [`${id}: there is no test file ${promise.file}`];
    if (!test.titles.some((name) => name === title || name.startsWith(`${title} > `)))
      return [`${id}: ${promise.file} has no test "${title}"; if it was renamed, change ${LIST} too`];
    if (row !== undefined && !["'", '"', '`'].some((quote) => test.source.includes(`${quote}${row}${quote}`)))
      return [`${id}: ${promise.file} has no row "${row}"`];
    return [];
  });
}

/**
 * Compares the links to tests with the list of promises.
 *
 * @returns a sentence for each link that names no promise of its file, and for each promise that no link names
 */
export function findBrokenLinks(promises: readonly PromisedTest[], links: readonly Link[]): readonly string[] {
  const named = new Set<string>();
  const mistakes = findTestLinks(links).flatMap(({ path, target }) => {
    const [relativePath = '', id] = target.split('#');
    const file = posix.join(posix.dirname(path), relativePath);
    if (id === undefined) return [`${path}: the link to ${file} has no id of a promise`];
    named.add(id);
    const promise = promises.find((candidate) => candidate.id === id);
    if (promise === undefined) return [`${path}: ${id} does not stand in ${LIST}`];
    return promise.file === file ? [] : [`${path}: the test of ${id} is in ${promise.file}, not in ${file}`];
  });
  const unnamed = promises.filter(({ id }) => !named.has(id)).map(({ id }) => `${id}: no document names it`);
  return [...mistakes, ...unnamed];
}

function holdSame(one: PromisedTest, other: PromisedTest): boolean {
  return one.file === other.file && one.title === other.title && one.row === other.row;
}
