import { relative } from 'node:path';
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';
import { ROOT } from '../build.ts';
import { Matrix, type Outcome } from '../matrix.ts';
import { type Cell, END_NOW, type EngineEnd } from './cell.ts';
import { ENGINE_NAMES, type EngineName } from './engine.ts';

/** What the names of the projects begin with that run in one engine each. */
export const ENGINE_PROJECT = 'engine:';

/**
 * Vitest's reporter of tests that have run in engines: it prints one matrix, tests × engines, or, where `npm run test:engines` has
 * started Vitest, tells that command of each cell as soon as it is known, and begins no other test when it says so. It says nothing of
 * other tests.
 */
export class EngineMatrixReporter implements Reporter {
  readonly #cells: Cell[] = [];
  /** Tests whose result is known: Vitest tells the last ones again if the run is ended early. */
  readonly #told: Set<string> = new Set();
  /** Whether the run was told to end early: a test without a result has not begun then. */
  #endsEarly = false;

  onInit(vitest: Vitest): void {
    if (process.send === undefined) return;
    process.on('message', (message) => {
      if (message !== END_NOW) return;
      this.#endsEarly = true;
      void vitest.cancelCurrentRun('keyboard-input');
    });
    // Listening alone must not keep this process from its end.
    process.channel?.unref();
  }

  onTestCaseResult(test: TestCase): void {
    if (this.#endsEarly && test.result().state === 'pending') return;
    const outcome = outcomeOf(test);
    if (outcome === undefined || this.#told.has(test.id)) return;
    this.#told.add(test.id);
    this.#add(test.project.name, { label: test.meta().engine, test: test.fullName.replaceAll(' > ', ' '), outcome });
  }

  onTestModuleEnd(module: TestModule): void {
    if (this.#endsEarly || module.state() !== 'failed' || [...module.children.allTests()].length > 0) return;
    const outcome = { kind: 'failed', detail: 'it does not load' } as const;
    this.#add(module.project.name, { label: undefined, test: relative(ROOT, module.moduleId), outcome });
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const end: EngineEnd = { filesLeft: modules.filter(hasTestsLeft).length, errors: errors.length };
    process.send?.(end);
    if (this.#cells.length === 0 || process.send !== undefined) return;
    process.stdout.write(`\n${matrixOf(this.#cells).lines().join('\n')}\n\n`);
  }

  #add(project: string, cell: Omit<Cell, 'engine'>): void {
    const engine = ENGINE_NAMES.find((name) => project === `${ENGINE_PROJECT}${name}`);
    if (engine === undefined) return;
    this.#cells.push({ engine, ...cell });
    process.send?.({ engine, ...cell });
  }
}

/** Whether a file has not run, or not to its end. */
function hasTestsLeft({ children }: TestModule): boolean {
  const tests = [...children.allTests()];
  return tests.length === 0 || tests.some((test) => ['pending', 'skipped'].includes(test.result().state));
}

/** The matrix of cells: a row for each test, a column for each engine that has run. */
export function matrixOf(cells: readonly Cell[]): Matrix {
  const columns = new Map<EngineName, string>();
  for (const name of ENGINE_NAMES) {
    const ran = cells.filter(({ engine }) => engine === name);
    if (ran.length > 0) columns.set(name, ran.find(({ label }) => label !== undefined)?.label ?? name);
  }
  const matrix = new Matrix('test', [...columns.values()], 'not in this engine');
  for (const { engine, test, outcome } of cells) matrix.set(test, columns.get(engine) ?? engine, outcome);
  return matrix;
}

/** Nothing for a test that the command line left out. */
function outcomeOf(test: TestCase): Outcome | undefined {
  const { state, errors = [] } = test.result();
  const reason = test.meta().notInEngine;
  if (state === 'skipped') return undefined;
  if (state !== 'passed') return { kind: 'failed', detail: errors[0]?.message ?? 'it did not end' };
  return reason === undefined ? { kind: 'passed' } : { kind: 'not run', detail: reason };
}
