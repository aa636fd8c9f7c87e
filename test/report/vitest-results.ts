import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { traceOf } from '../support/evidence.ts';
import type { Failure } from './failure.ts';

/** A test, as Vitest's JSON reporter has written it. */
export interface TestResult {
  readonly name: string;
  /** The file, from the root. */
  readonly file: string;
  /** The engine whose run it was in, if the test runs in several. */
  readonly engine: string | undefined;
  readonly durationMs: number;
  readonly hasFailed: boolean;
  readonly messages: readonly string[];
  readonly pictures: readonly string[];
  readonly trace: string | undefined;
}

/** Contents of a file of Vitest's JSON reporter. */
export interface VitestResults {
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly Failure[];
  readonly tests: readonly TestResult[];
}

/** The part of the format that is read. */
interface Report {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly testResults: readonly FileReport[];
}

interface FileReport {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly duration?: number;
    readonly failureMessages?: readonly string[];
    /** Evidence that `test/support/evidence.ts` has left. */
    readonly meta?: { readonly pictures?: readonly string[] };
  }[];
}

/**
 * Reads what Vitest's JSON reporter has written. A file that does not load, or fails outside of its tests, counts as a failure.
 *
 * @throws TypeError if it is no such report
 */
export function readVitest(content: unknown, root: string, engine?: string): VitestResults {
  if (!isReport(content)) throw new TypeError('it is no report of Vitest');
  const { success, numPassedTests, testResults } = content;
  const tests = testResults.flatMap((file) => readFile(file, root, engine));
  const failures: Failure[] = [
    ...testResults.filter(hasFailedOutsideOfTests).map(({ name, message }) => ({
      title: 'a file that does not load, or a hook',
      message: stripVTControlCharacters(message) || 'it says nothing',
      file: relative(root, name),
      pictures: [],
    })),
    ...tests
      .filter(({ hasFailed }) => hasFailed)
      .map(({ name, file, messages, pictures, trace }) => ({
        title: name,
        message: messages.join('\n\n') || 'it says nothing',
        file,
        pictures,
        trace,
      })),
  ];
  if (!success && failures.length === 0)
    failures.push({ title: 'an error outside of the tests', message: 'see the output of the run', pictures: [] });
  return { passed: numPassedTests, failed: failures.length, failures, tests };
}

function readFile({ name, assertionResults }: FileReport, root: string, engine?: string): readonly TestResult[] {
  return assertionResults.map(({ fullName, status, duration = 0, failureMessages = [], meta = {} }) => ({
    name: fullName,
    file: relative(root, name),
    engine,
    durationMs: duration,
    hasFailed: status === 'failed',
    // Each try has a message, and most say the same.
    messages: [...new Set(failureMessages.map((message) => stripVTControlCharacters(message)))],
    pictures: meta.pictures ?? [],
    trace: status === 'failed' && existsSync(join(root, traceOf(fullName))) ? traceOf(fullName) : undefined,
  }));
}

function hasFailedOutsideOfTests({ status, assertionResults }: FileReport): boolean {
  return status === 'failed' && !assertionResults.some((test) => test.status === 'failed');
}

function isReport(content: unknown): content is Report {
  if (typeof content !== 'object' || content === null) return false;
  return (
    'success' in content &&
    'numPassedTests' in content &&
    'testResults' in content &&
    Array.isArray(content.testResults)
  );
}
