import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { conclude } from '../report/conclude.ts';
import { renderPage } from '../report/page.ts';
import { readResults, RUNS } from '../report/results.ts';

const REPORT = join(import.meta.dirname, '../report/report.ts');

/** A folder like that of package.json, with results. */
function makeRoot(results: Readonly<Record<string, unknown>>): string {
  const root = mkdtempSync(join(tmpdir(), 'tokenward-results-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [name, result] of Object.entries(results)) write(root, `test-results/${name}`, JSON.stringify(result));
  return root;
}

function write(root: string, path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

const GOOD = { passed: 2, failed: 0, failures: [], tables: [] };
/** Number of what passes in {@link allRuns}: every run but that of Vitest has {@link GOOD}. */
const ALL_GOOD = 2 * (RUNS.length - 1);

/** Results of a run of CI in which everything has passed, but for what is given. */
function allRuns(others: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  const good = Object.fromEntries(RUNS.map((name) => [`${name}.json`, GOOD]));
  return { ...good, 'vitest.json': vitest([]), ...others };
}

interface MadeUpTest {
  readonly name: string;
  readonly status?: string;
  readonly seconds?: number;
  readonly messages?: readonly string[];
  readonly meta?: object;
}

/** Report of Vitest on one file. */
function vitest(tests: readonly MadeUpTest[], file: { status?: string; message?: string } = {}): object {
  const assertionResults = tests.map(({ name, status = 'passed', seconds = 1, messages = [], meta = {} }) => ({
    fullName: name,
    status,
    duration: 1000 * seconds,
    failureMessages: messages,
    meta,
  }));
  const hasFailed = tests.some(({ status }) => status === 'failed') || file.status === 'failed';
  const status = hasFailed ? 'failed' : 'passed';
  return {
    success: !hasFailed,
    numPassedTests: assertionResults.filter((one) => one.status === 'passed').length,
    testResults: [{ name: '/root/test/e2e/x.test.ts', status, message: '', assertionResults, ...file }],
  };
}

const FAILED: MadeUpTest = {
  name: 'signs in',
  status: 'failed',
  messages: [
    "\u001B[31mError\u001B[39m: expected '<b>' to be '&'\n    at x.test.ts:3",
    "Error: expected '<b>' to be '&'\n    at x.test.ts:3",
  ],
};

async function render(results: Readonly<Record<string, unknown>>): Promise<string> {
  const { runs, tests } = readResults(makeRoot(results), 'failed');
  return renderPage({ runs, tests, madeAt: new Date(0), pictures: new Map([['a.png', 'data:image/png;base64,AAAA']]) });
}

function runReport(
  root: string,
  failedSteps: string,
): { readonly lines: readonly string[]; readonly exitCode: unknown } {
  const commandLine = ['--import=tsx', REPORT, '--root', root, '--failed-steps', failedSteps];
  const { stdout, status } = spawnSync(process.execPath, commandLine, { encoding: 'utf8' });
  return { lines: stdout.trimEnd().split('\n'), exitCode: status };
}

describe('the page of results', () => {
  test('escapes all that tests and tables say', async () => {
    const tables = [{ title: 'a<i>', head: ['<td>'], rows: [['<script>alert(1)</script>']], notes: ['"&'] }];
    const page = await render(
      allRuns({ 'vitest.json': vitest([{ ...FAILED, name: '<img src=x>' }]), 'apps.json': { ...GOOD, tables } }),
    );

    expect(page).toContain('<h3>&lt;img src=x&gt;</h3>');
    expect(page).toContain('Error: expected &#39;&lt;b&gt;&#39; to be &#39;&amp;&#39;');
    expect(page).toContain('<td>&lt;script&gt;alert(1)&lt;/script&gt;</td>');
    expect(page).toContain('&quot;&amp;');
    expect(page).not.toMatch(/<(?:script|img|i|b)[\s>]/);
    expect(page).not.toContain('\u001B');
  });

  test('begins with what failed: file, message once, picture and trace', async () => {
    const meta = { pictures: ['a.png', 'gone.png'] };
    const page = await render(
      allRuns({ 'vitest.json': vitest([{ ...FAILED, meta }]), 'traces/signs-in.zip': 'a trace' }),
    );

    expect(page.indexOf('id="failures"')).toBeLessThan(page.indexOf('id="runs"'));
    expect(page).toContain('x.test.ts</p>');
    expect(page.match(/at x\.test\.ts:3/g)).toHaveLength(1);
    expect(page.match(/<img src="data:image\/png;base64,AAAA"/g)).toHaveLength(1);
    expect(page).toContain('npx playwright show-trace test-results/traces/signs-in.zip');
    expect(page).toContain('1 failed</p>');
  });

  test('says when nothing has failed', async () => {
    const page = await render(allRuns({ 'vitest.json': vitest([{ name: 'signs in' }]) }));

    expect(page).toContain('Nothing has failed.');
    expect(page).toContain('<title>Passed: tests of Tokenward</title>');
  });

  test('lists the slowest twenty tests, those of the engines too', async () => {
    const tests = Array.from({ length: 30 }, (_, index) => ({ name: `test no. ${index}.`, seconds: index }));
    const engine = vitest([{ name: 'restarts', seconds: 99 }]);
    const page = await render(allRuns({ 'vitest.json': vitest(tests), 'vitest-engine-webkit.json': engine }));

    expect(page).toMatch(/<td>99\.0<\/td>\s*<td>webkit: restarts<\/td>/);
    expect(page).toContain('test no. 11.');
    expect(page).not.toContain('test no. 10.');
  });

  test('shows each matrix, open where a cell has failed', async () => {
    const table = { title: 'Apps', head: ['app', 'load'], rows: [['Vite', 'ok']], notes: ['(1) left out'] };
    const leak = { title: 'Attacks', head: ['id', 'Tokenward'], rows: [['C01', 'LEAKS']], notes: [] };
    const page = await render(
      allRuns({ 'apps.json': { ...GOOD, tables: [table] }, 'attacks.json': { ...GOOD, tables: [leak] } }),
    );

    expect(page).toMatch(/<details><summary>Apps /);
    expect(page).toMatch(/<details open><summary>Attacks /);
    expect(page).toContain('<td class="bad">LEAKS</td>');
    expect(page).toContain('<p>(1) left out</p>');
  });
});

describe('the report of results', () => {
  test('ends with the counts alone, and succeeds when all has passed', () => {
    const root = makeRoot(allRuns({ 'vitest.json': vitest([{ name: 'signs in' }]) }));
    const { lines, exitCode } = runReport(root, '0');

    expect(lines).toEqual([`report: ${join(root, 'test-results/report.html')}`, `${ALL_GOOD + 1} passed, 0 failed`]);
    expect(exitCode).toBe(0);
    expect(readFileSync(join(root, 'test-results/report.html'), 'utf8')).toMatch(/^<!doctype html>/);
  });

  test('prints failures first, with file and message', async () => {
    const root = makeRoot(allRuns({ 'demo.json': { passed: 1, failed: 1, failures: ['it signs in (no answer)'] } }));
    write(root, 'test-results/vitest.json', JSON.stringify(vitest([FAILED])).replaceAll('/root', root));
    const { lines, hasSucceeded } = await conclude(root, 2);

    expect(lines.slice(0, 4)).toEqual([
      'FAILED vitest: signs in (test/e2e/x.test.ts)',
      "    Error: expected '<b>' to be '&'",
      '        at x.test.ts:3',
      'FAILED demo: it signs in (no answer)',
    ]);
    expect(lines.at(-1)).toBe(`${ALL_GOOD - 1} passed, 2 failed`);
    expect(hasSucceeded).toBe(false);
  });

  test.for([
    ['a file that does not load', vitest([], { status: 'failed', message: 'no such module' }), 'no such module'],
    ['a hook that fails', vitest([{ name: 'signs in', status: 'skipped' }], { status: 'failed' }), 'it says nothing'],
    ['an error outside of the tests', { ...vitest([]), success: false }, 'see the output of the run'],
    ['a result that is none', { success: true }, 'its result cannot be read: TypeError: it is no report of Vitest'],
  ] as const)('counts %s', async ([, result, message]) => {
    const { lines, hasSucceeded } = await conclude(makeRoot(allRuns({ 'vitest.json': result })), 0);

    expect(lines.join('\n')).toContain(message);
    expect(lines.at(-1)).toBe(`${ALL_GOOD} passed, 1 failed`);
    expect(hasSucceeded).toBe(false);
  });

  test('counts a run that has written no result, and a step that failed though its counts are fine', async () => {
    const { 'apps.json': _, ...results } = allRuns();
    const withoutApps = await conclude(makeRoot(results), 0);
    const withStep = await conclude(makeRoot(allRuns()), 1);

    expect(withoutApps.lines).toContain('    it has written no result');
    expect(withoutApps.lines.at(-1)).toBe(`${ALL_GOOD - 2} passed, 1 failed`);
    expect([withStep.lines.at(-1), withStep.hasSucceeded]).toEqual([`${ALL_GOOD} passed, 1 failed`, false]);
  });

  test('counts a page that cannot be written, and names the other failures all the same', async () => {
    const root = makeRoot(allRuns({ 'vitest.json': vitest([FAILED]) }));
    mkdirSync(join(root, 'test-results/report.html'));
    const { lines, hasSucceeded } = await conclude(root, 0);

    expect(lines[0]).toMatch(/^FAILED vitest: signs in/);
    expect(lines.join('\n')).toMatch(/^FAILED report: the page of results\n +Error: EISDIR/m);
    expect(lines.join('\n')).not.toMatch(/^report: /m);
    expect([lines.at(-1), hasSucceeded]).toEqual([`${ALL_GOOD} passed, 2 failed`, false]);
  });

  test('adds to a failure in an engine the file, the whole message and the picture', () => {
    const failures = ['webkit: signs in (Error: expected)', 'webkit: nothing goes wrong outside of the tests'];
    const engine = vitest([{ ...FAILED, meta: { pictures: ['a.png'] } }]);
    const root = makeRoot({ 'engines.json': { passed: 0, failed: 2, failures }, 'vitest-engine-webkit.json': engine });

    const [run, ...others] = readResults(root, 'left out').runs;

    expect(others).toEqual([]);
    expect(run?.failures).toEqual([
      expect.objectContaining({
        title: 'webkit: signs in',
        pictures: ['a.png'],
        message: expect.stringContaining('at x'),
      }),
      { title: 'webkit: nothing goes wrong outside of the tests', message: '', pictures: [] },
    ]);
  });
});
