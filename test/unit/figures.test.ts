import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';

const FIGURES = JSON.stringify(new URL('../support/figures.ts', import.meta.url).href);

/** Runs a command that measures something, and gives what it printed, its exit code and what it wrote to its file. */
async function runCommand(
  body: string,
): Promise<{ printed: string; lastLine: string | undefined; exitCode: unknown; written: unknown }> {
  const folder = await mkdtemp(join(tmpdir(), 'figures-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'figures.json');
  const script = `import { runFigures } from ${FIGURES};
    await runFigures({ name: 'x', description: 'X.', options: {}, run: async ({ check, table }) => { ${body} } });`;
  const commandLine = ['--import=tsx', '--input-type=module', '--eval', script, '--', '--json', file];
  const child = spawn(process.execPath, commandLine, { stdio: ['ignore', 'pipe', 'ignore'] });
  const [[exitCode], printed]: readonly [readonly unknown[], string] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
  ]);
  const lastLine = printed.trim().split('\n').at(-1);
  return { printed, lastLine, exitCode, written: JSON.parse(await readFile(file, 'utf8')) };
}

test('a command that measures something ends with its figures, and writes them to a file', async () => {
  const ran = await runCommand(`check('it is fast', true); return { ratio: 1.5 };`);

  expect(ran).toMatchObject({
    lastLine: 'summary: {"ratio":1.5,"passed":1,"failed":0}',
    exitCode: 0,
    written: { ratio: 1.5, passed: 1, failed: 0, failures: [], tables: [] },
  });
});

test('a command that measures something names in its file what has failed', async () => {
  const ran = await runCommand(`check('it is fast', false, '2 s'); check('it is small', true); return {};`);

  expect(ran).toMatchObject({
    lastLine: 'summary: {"passed":1,"failed":1}',
    exitCode: 1,
    written: { passed: 1, failed: 1, failures: ['it is fast (2 s)'], tables: [] },
  });
});

test('a command that measures something writes to its file the tables that it has printed', async () => {
  const shown = { title: 'Servers', head: ['server', 'sign-in'], rows: [['one', 'ok']], notes: ['(1) it is missing'] };
  const ran = await runCommand(`table(${JSON.stringify(shown)}); return {};`);

  expect(ran.written).toEqual({ passed: 0, failed: 0, failures: [], tables: [shown] });
  expect(ran.printed).toContain(
    '| server | sign-in |\n|--------|---------|\n| one    | ok      |\n(1) it is missing\n',
  );
});

test('a command that measures something and throws has failed', async () => {
  const ran = await runCommand(`throw new Error('no browser');`);

  const failures = ['x runs to its end (no browser)'];
  expect([ran.exitCode, ran.written]).toEqual([1, { passed: 0, failed: 1, failures, tables: [] }]);
});
