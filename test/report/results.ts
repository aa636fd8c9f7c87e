import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Table } from '../support/table.ts';
import { type Failure, failureOf } from './failure.ts';
import { readVitest, type TestResult } from './vitest-results.ts';

/** The runs of CI, by the names of the files that they write into `test-results`. */
export const RUNS = [
  'checks',
  'vitest',
  'engines',
  'under-load',
  'apps',
  'demo',
  'size',
  'attacks',
  'attacks-no-headers',
  'attacks-engines',
] as const;

/** Name of the run that {@link readVitest} reads; the others write what `runFigures` has counted. */
const VITEST_RUN = 'vitest';

/** Results of one run. */
export interface RunResult {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly Failure[];
  readonly tables: readonly Table[];
}

/** Results of all runs. */
export interface Results {
  readonly runs: readonly RunResult[];
  /** Tests with their durations. */
  readonly tests: readonly TestResult[];
}

/** Contents of a file that `runFigures`, or `npm test` for its checks, has written. */
interface Figures {
  readonly passed: number;
  readonly failed: number;
  readonly failures?: readonly string[];
  readonly tables?: readonly Table[];
}

/**
 * Reads the results of all runs.
 *
 * @param root the folder of package.json, with `test-results` in it
 * @param missing what a run without a result is: one that failed, or one that was left out
 */
export function readResults(root: string, missing: 'failed' | 'left out'): Results {
  const folder = join(root, 'test-results');
  const engines = ['chromium', 'firefox', 'webkit'].flatMap((engine) => readTests(root, engine));
  const tests = [...readTests(root), ...engines];
  const names = RUNS.filter((name) => missing === 'failed' || existsSync(join(folder, `${name}.json`)));
  return { runs: names.map((name) => readRun(root, name, engines)), tests };
}

function readRun(root: string, name: string, engines: readonly TestResult[]): RunResult {
  const path = join(root, 'test-results', `${name}.json`);
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return name === VITEST_RUN
      ? { name, tables: [], ...readVitest(content, root) }
      : readFigures(name, content, engines);
  } catch (error) {
    const reason = existsSync(path) ? `its result cannot be read: ${String(error)}` : 'it has written no result';
    return { name, passed: 0, failed: 1, failures: [failureOf(name, reason)], tables: [] };
  }
}

function readFigures(name: string, content: unknown, engines: readonly TestResult[]): RunResult {
  if (!isFigures(content)) throw new TypeError('it has no counts');
  const { passed, failed, failures = [], tables = [] } = content;
  return { name, passed, failed, failures: failures.map((line) => describeLine(line, engines)), tables };
}

/** Adds to a line of `npm run test:engines` what Vitest has written of the test. */
function describeLine(line: string, engines: readonly TestResult[]): Failure {
  const test = engines.find(({ hasFailed, engine, name }) => hasFailed && line.startsWith(`${engine}: ${name}`));
  if (test === undefined) return failureOf(line.split('\n', 1)[0] ?? '', line.split('\n').slice(1).join('\n').trim());
  const { file, engine, name, messages, pictures, trace } = test;
  return { title: `${engine}: ${name}`, message: messages.join('\n\n'), file, pictures, trace };
}

function readTests(root: string, engine?: string): readonly TestResult[] {
  const name = engine === undefined ? VITEST_RUN : `vitest-engine-${engine}`;
  try {
    const content: unknown = JSON.parse(readFileSync(join(root, 'test-results', `${name}.json`), 'utf8'));
    return readVitest(content, root, engine).tests;
  } catch {
    // The run that should have written it says so.
    return [];
  }
}

function isFigures(content: unknown): content is Figures {
  if (typeof content !== 'object' || content === null || !('passed' in content) || !('failed' in content)) return false;
  const lists = ['failures', 'tables'].map((key) => Reflect.get(content, key) ?? []);
  return Number.isInteger(content.passed) && Number.isInteger(content.failed) && lists.every(Array.isArray);
}
