import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { readVitest } from './report/vitest-results.ts';
import { ROOT } from './support/build.ts';
import { testsOfChange } from './tests-of-change.ts';

/** The checks that need neither a bundle nor each other. The type check writes the declarations of the package too. */
const CHECKS = ['typecheck', 'lint', 'format:check', 'knip', 'bundle'];

/** Longest part of a check's output that the report keeps: its end. */
const MAX_OUTPUT = 20_000;

/** Greatest number of files that run again for their traces. */
const MAX_TRACED_FILES = 5;

const startedAtMs = performance.now();
const failed: string[] = [];
/** Failures for the report: each begins with a line of its own. */
const failures: string[] = [];

say(`${CHECKS.join(', ')}, side by side`);
await Promise.all(CHECKS.map((script) => check(script)));
if (failed.includes('bundle')) {
  say('no tests: there is no bundle to test');
} else {
  await runTests(process.argv.slice(2));
}

mkdirSync(join(ROOT, 'test-results'), { recursive: true });
const counts = { passed: CHECKS.filter((script) => !failed.includes(script)).length };
const result = { ...counts, failed: failures.length, failures };
writeFileSync(join(ROOT, 'test-results/checks.json'), `${JSON.stringify(result)}\n`);
say(failed.length === 0 ? 'all is well' : `FAILED: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;

/**
 * Runs the tests.
 *
 * @param options options of Vitest; `--changed`, or `--changed=REVISION`, leaves out what a change since then does not touch
 */
async function runTests(options: readonly string[]): Promise<void> {
  const changed = options.find((option) => /^--changed(=|$)/.test(option));
  let files: readonly string[] = [];
  if (changed === undefined) say('tests in node, in the browser and end to end');
  else {
    files = await testsOfChange(changed.split('=')[1] ?? 'HEAD');
    say(`tests that the change touches: ${files.join(' ') || 'none'}`);
    if (files.length === 0) return;
  }
  const others = options.filter((option) => option !== changed);
  const tests = await run('npx', ['vitest', 'run', '--project=!engine:*', ...others, ...files], 'inherit');
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
async function check(script: string): Promise<void> {
  const { hasSucceeded, output } = await run('npm', ['run', '--silent', script], 'pipe');
  say(`${hasSucceeded ? 'ok    ' : 'FAILED'} ${script}`);
  if (hasSucceeded) return;
  process.stdout.write(output);
  failed.push(script);
  failures.push(`${script}\n${stripVTControlCharacters(output).slice(-MAX_OUTPUT)}`);
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
