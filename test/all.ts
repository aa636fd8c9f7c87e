import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { changedFiles } from './changed-files.ts';
import { type Check, listChecks } from './checks.ts';
import { readVitest } from './report/vitest-results.ts';
import { ROOT } from './support/build.ts';
import { type TestsOfChange, testsOfChange } from './tests-of-change.ts';

/** Longest part of a check's output that the report keeps: its end. */
const MAX_OUTPUT = 20_000;

/** Greatest number of files that run again for their traces. */
const MAX_TRACED_FILES = 5;

const startedAtMs = performance.now();
const failed: string[] = [];
/** Failures for the report: each begins with a line of its own. */
const failures: string[] = [];

const options = process.argv.slice(2);
/** Leaves out what a change does not touch: since the last commit, or since a revision. */
const changedOption = options.find((option) => /^--changed(=|$)/.test(option));
const since = changedOption && (changedOption.split('=')[1] ?? 'HEAD');

const checks = listChecks(since === undefined ? undefined : await changedFiles(since));
say(`${checks.map(({ name }) => name).join(', ')}, side by side`);
let ofChange: TestsOfChange | undefined;
await Promise.all(
  checks.map(async (one) => {
    await check(one);
    // What a test imports may be a bundle.
    if (one.name === 'bundle' && since !== undefined) ofChange = await testsOfChange(since);
  }),
);
if (failed.includes('bundle')) {
  say('no tests: there is no bundle to test');
} else {
  await runTests();
}

mkdirSync(join(ROOT, 'test-results'), { recursive: true });
const counts = { passed: checks.filter(({ name }) => !failed.includes(name)).length };
const result = { ...counts, failed: failures.length, failures };
writeFileSync(join(ROOT, 'test-results/checks.json'), `${JSON.stringify(result)}\n`);
say(failed.length === 0 ? 'all is well' : `FAILED: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** Runs all tests, or those that the change touches. */
async function runTests(): Promise<void> {
  const { chosen, left } = ofChange ?? { chosen: [], left: [] };
  if (ofChange === undefined) say('tests in node, in the browser and end to end');
  else say(`tests that the change touches: ${chosen.join(' ') || 'none'}`);
  if (left.length > 0) say(`left for "npm test", since they take longer: ${left.join(' ')}`);
  if (ofChange && chosen.length === 0) return;
  const others = options.filter((option) => option !== changedOption);
  const tests = await run('npx', ['vitest', 'run', '--project=!engine:*', ...others, ...chosen], 'inherit');
  if (tests.hasSucceeded) return;
  failed.push('tests');
  if (process.env['CI'] !== undefined) await traceFailures();
}

/** Runs the browser tests that have failed again, for their traces: how they end now changes nothing. */
async function traceFailures(): Promise<void> {
  const results = readVitest(JSON.parse(readFileSync(join(ROOT, 'test-results/vitest.json'), 'utf8')), ROOT);
  const ofBrowser = results.failures.flatMap(({ file = '' }) => (file.startsWith('test/e2e/') ? [file] : []));
  const files = [...new Set(ofBrowser)].slice(0, MAX_TRACED_FILES);
  if (files.length === 0) return;
  say(`traces of ${files.join(' ')}`);
  process.env['TRACE'] = '1';
  await run('npx', ['vitest', 'run', '--outputFile.json=test-results/vitest-traced.json', ...files], 'pipe');
}

/** Runs one check, and shows what it said if it is not content. */
async function check({ name, commandLine: [command, ...rest] }: Check): Promise<void> {
  const { hasSucceeded, output } = await run(command, rest, 'pipe');
  say(`${hasSucceeded ? 'ok    ' : 'FAILED'} ${name}`);
  if (hasSucceeded) return;
  process.stdout.write(output);
  failed.push(name);
  failures.push(`${name}\n${stripVTControlCharacters(output).slice(-MAX_OUTPUT)}`);
}

interface Outcome {
  readonly hasSucceeded: boolean;
  readonly output: string;
}

function run(command: string, commandLine: readonly string[], stdout: 'inherit' | 'pipe'): Promise<Outcome> {
  return new Promise((resolve) => {
    const shell = process.platform === 'win32';
    const child = spawn(command, commandLine, { cwd: ROOT, shell, stdio: ['ignore', stdout, stdout] });
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => resolve({ hasSucceeded: false, output: `${error.message}\n` }));
    child.on('close', (code) => resolve({ hasSucceeded: code === 0, output: Buffer.concat(chunks).toString() }));
  });
}

function say(line: string): void {
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1).padStart(6);
  process.stdout.write(`[${seconds} s] ${line}\n`);
}
