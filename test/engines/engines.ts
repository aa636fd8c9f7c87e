import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { ROOT } from '../support/build.ts';
import { choose, chooseEngines } from '../support/choose.ts';
import { type Cell, END_NOW, type EngineEnd, isCell, isEngineEnd } from '../support/engines/cell.ts';
import type { EngineName } from '../support/engines/engine.ts';
import { ENGINE_PROJECT, matrixOf } from '../support/engines/matrix-reporter.ts';
import { runFigures, type FigureRun } from '../support/figures.ts';
import { VITEST } from '../support/vitest-program.ts';

/** `minutes`: no test begins later; no limit by default. */
const OPTIONS = { engine: 'all', only: '', sideBySide: 2, minutes: 0 };

/** The engine that takes longest comes first, and the one that takes least beside it. */
const BY_DURATION: readonly EngineName[] = ['firefox', 'chromium', 'webkit'];

/** The files to run, and how long tests may begin. */
interface Extent {
  readonly files: readonly string[];
  readonly endMs: number;
}

/** The tests of one engine. */
interface EngineRun {
  readonly cells: readonly Cell[];
  /** Number of files that have not run to their end. */
  readonly filesLeft: number;
}

/** Runs the tests of one engine in a Vitest of its own, which tells of each test when it has ended. */
async function runEngine(
  engine: EngineName,
  { files, endMs }: Extent,
  { progress, check }: FigureRun<typeof OPTIONS>,
): Promise<EngineRun> {
  progress(`${engine}: begins`);
  const report = `--outputFile.json=test-results/vitest-engine-${engine}.json`;
  const vitest = fork(VITEST, ['run', `--project=${ENGINE_PROJECT}${engine}`, report, ...files], {
    cwd: ROOT,
    silent: true,
  });
  const said: Buffer[] = [];
  for (const output of [vitest.stdout, vitest.stderr]) output?.on('data', (chunk: Buffer) => said.push(chunk));
  const end = endMs === Infinity ? undefined : setTimeout(() => vitest.send(END_NOW), endMs - performance.now());
  const cells: Cell[] = [];
  let ended: EngineEnd | undefined;
  vitest.on('message', (message) => {
    if (isEngineEnd(message)) ended = message;
    if (!isCell(message)) return;
    cells.push(message);
    const { test, outcome } = message;
    if (outcome.kind === 'not run') progress(`-      ${engine}: ${test} (not in this engine)`);
    else check(`${engine}: ${test}`, outcome.kind === 'passed', outcome.detail);
  });
  const [exitCode]: readonly unknown[] = await once(vitest, 'close');
  clearTimeout(end);
  const filesLeft = ended?.filesLeft ?? files.length;
  const hasFailed = cells.some(({ outcome }) => outcome.kind === 'failed');
  // A run that was ended early has failed, by its exit code.
  const isInOrder = exitCode === 0 || (filesLeft > 0 && ended?.errors === 0);
  if (!isInOrder || hasFailed) process.stdout.write(Buffer.concat(said));
  if (!isInOrder && !hasFailed) check(`${engine}: nothing goes wrong outside of the tests`, false);
  progress(`${engine}: has ended with ${cells.length} tests`);
  return { cells, filesLeft };
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
    const { minutes } = figures.options;
    const endMs = minutes === 0 ? Infinity : performance.now() + minutes * 60_000;
    const queue = BY_DURATION.filter((name) => engines.includes(name));
    const runs: EngineRun[] = [];
    const runLane = async (): Promise<void> => {
      for (let engine = queue.shift(); engine; engine = queue.shift()) {
        const isLate = performance.now() >= endMs;
        runs.push(isLate ? { cells: [], filesLeft: files.length } : await runEngine(engine, { files, endMs }, figures));
      }
    };
    await Promise.all(Array.from({ length: figures.options.sideBySide }, runLane));
    const cells = runs.flatMap((run) => run.cells);
    const filesLeft = runs.reduce((sum, run) => sum + run.filesLeft, 0);
    const matrix = matrixOf(cells);
    figures.table({ title: 'Tests in each engine', ...matrix.table() });
    if (filesLeft > 0) figures.progress(`the time is over: ${filesLeft} files are left`);
    return {
      engines: engines.length,
      tests: cells.length,
      notInEngine: cells.filter(({ outcome }) => outcome.kind === 'not run').length,
      left: filesLeft,
    };
  },
});
