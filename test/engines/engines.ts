import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { ROOT } from '../support/build.ts';
import { choose, chooseEngines } from '../support/choose.ts';
import { type Cell, isCell } from '../support/engines/cell.ts';
import type { EngineName } from '../support/engines/engine.ts';
import { ENGINE_PROJECT, matrixOf } from '../support/engines/matrix-reporter.ts';
import { runFigures, type FigureRun } from '../support/figures.ts';
import { VITEST } from '../support/vitest-program.ts';

const OPTIONS = { engine: 'all', only: '', sideBySide: 2 };

/** The engine that takes longest comes first. */
const BY_DURATION: readonly EngineName[] = ['firefox', 'webkit', 'chromium'];

/** Runs the tests of one engine in a Vitest of its own, which tells of each test when it has ended. */
async function runEngine(
  engine: EngineName,
  files: readonly string[],
  { progress, check }: FigureRun<typeof OPTIONS>,
): Promise<readonly Cell[]> {
  progress(`${engine}: begins`);
  const report = `--outputFile.json=test-results/vitest-engine-${engine}.json`;
  const vitest = fork(VITEST, ['run', `--project=${ENGINE_PROJECT}${engine}`, report, ...files], {
    cwd: ROOT,
    silent: true,
  });
  const said: Buffer[] = [];
  for (const output of [vitest.stdout, vitest.stderr]) output?.on('data', (chunk: Buffer) => said.push(chunk));
  const cells: Cell[] = [];
  vitest.on('message', (message) => {
    if (!isCell(message)) return;
    cells.push(message);
    const { test, outcome } = message;
    if (outcome.kind === 'not run') progress(`-      ${engine}: ${test} (not in this engine)`);
    else check(`${engine}: ${test}`, outcome.kind === 'passed', outcome.detail);
  });
  const [exitCode]: readonly unknown[] = await once(vitest, 'close');
  const hasFailed = cells.some(({ outcome }) => outcome.kind === 'failed');
  if (exitCode !== 0) process.stdout.write(Buffer.concat(said));
  if (exitCode !== 0 && !hasFailed) check(`${engine}: nothing goes wrong outside of the tests`, false);
  progress(`${engine}: has ended with ${cells.length} tests`);
  return cells;
}

/** Returns the paths of the test files that `--only` names. */
async function filesOf(only: string): Promise<readonly string[]> {
  const names = (await readdir(import.meta.dirname)).filter((name) => name.endsWith('.test.ts'));
  return choose(names, { only, namesOf: (name) => [name.slice(0, -'.test.ts'.length)] }).map(
    (name) => `test/engines/${name}`,
  );
}

await runFigures({
  name: 'test:engines',
  description: 'Runs the tests that are written once in Chromium, Firefox and WebKit, and prints one matrix of them.',
  options: OPTIONS,
  run: async (figures) => {
    const engines = chooseEngines(figures.options.engine);
    const files = await filesOf(figures.options.only);
    const left = BY_DURATION.filter((name) => engines.includes(name));
    const cells: Cell[] = [];
    const runLane = async (): Promise<void> => {
      for (let engine = left.shift(); engine; engine = left.shift())
        cells.push(...(await runEngine(engine, files, figures)));
    };
    await Promise.all(Array.from({ length: figures.options.sideBySide }, runLane));
    const matrix = matrixOf(cells);
    figures.table({ title: 'Tests in each engine', ...matrix.table() });
    return { engines: engines.length, tests: cells.length, notInEngine: matrix.count().notRun };
  },
});
