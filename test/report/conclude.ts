import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failureOf } from './failure.ts';
import { readResults, type Results, type RunResult } from './results.ts';

/** Path of the page from the root. */
const PAGE = 'test-results/report.html';

/** Longest part of a message that the command prints. */
const MAX_MESSAGE_LINES = 3;

/** Conclusion of all runs, for a command to print. */
export interface Conclusion {
  /** Lines to print: what failed, the address of the page, and last the counts. */
  readonly lines: readonly string[];
  readonly hasSucceeded: boolean;
}

/**
 * Makes `test-results/report.html`, and says what has failed.
 *
 * @param root the folder of package.json, with `test-results` in it
 * @param failedSteps how many steps of CI have failed; without it, a run that wrote no result was left out, and did not fail
 */
export async function conclude(root: string, failedSteps?: number): Promise<Conclusion> {
  const results = readResults(root, failedSteps === undefined ? 'left out' : 'failed');
  const pageFailures = await writePage(root, results);
  const runs = [...results.runs, ...pageFailures];
  const sum = (count: 'passed' | 'failed'): number => runs.reduce((total, run) => total + run[count], 0);
  const passed = sum('passed');
  // A step may fail though each of its counts is fine.
  const failed = Math.max(sum('failed'), failedSteps ?? 0);
  return {
    lines: [
      ...runs.flatMap(listFailures),
      ...(pageFailures.length === 0 ? [`report: ${join(root, PAGE)}`] : []),
      `${passed} passed, ${failed} failed`,
    ],
    hasSucceeded: failed === 0 && passed > 0,
  };
}

/** Writes the page. One that cannot be written is a failure of its own, and hides no other. */
async function writePage(root: string, { runs, tests }: Results): Promise<readonly RunResult[]> {
  try {
    // Loaded here, so that a mistake in it is counted.
    const { renderPage } = await import('./page.ts');
    const failures = [...runs.flatMap((run) => run.failures), ...tests];
    const pictures = new Map(
      failures.flatMap((failure) => failure.pictures).flatMap((path) => readPicture(root, path)),
    );
    const page = await renderPage({ runs, tests, pictures, madeAt: new Date() });
    mkdirSync(join(root, 'test-results'), { recursive: true });
    writeFileSync(join(root, PAGE), page);
    return [];
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return [
      { name: 'report', passed: 0, failed: 1, failures: [failureOf('the page of results', message)], tables: [] },
    ];
  }
}

function readPicture(root: string, path: string): readonly (readonly [path: string, url: string])[] {
  const file = join(root, path);
  return existsSync(file) ? [[path, `data:image/png;base64,${readFileSync(file, 'base64')}`]] : [];
}

function listFailures({ name, failures }: RunResult): readonly string[] {
  return failures.flatMap(({ title, file, message }) => [
    `FAILED ${name}: ${title}${file === undefined ? '' : ` (${file})`}`,
    ...message
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(0, MAX_MESSAGE_LINES)
      .map((line) => `    ${line}`),
  ]);
}
