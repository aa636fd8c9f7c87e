import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { ROOT } from '../build.ts';
import { Matrix, type Outcome } from '../matrix.ts';

/** What the names of the projects begin with that run in one engine each. */
export const ENGINE_PROJECT = 'engine:';

/**
 * Vitest's reporter that prints one matrix, tests × engines, when tests have run in engines, and writes how many cells passed,
 * failed and are not in their engine to `test-results/engines.json`. It says nothing of other tests.
 */
export class EngineMatrixReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const inEngines = modules.filter(({ project }) => project.name.startsWith(ENGINE_PROJECT));
    if (inEngines.length === 0) return;
    const columns = new Map(inEngines.map(({ project }) => [project.name, project.name.slice(ENGINE_PROJECT.length)]));
    for (const { engine, project } of inEngines.flatMap(labelsOf)) columns.set(project, engine);
    const matrix = new Matrix('test', [...columns.values()], 'not in this engine');
    for (const module of inEngines) {
      const column = columns.get(module.project.name) ?? '';
      const file = relative(ROOT, module.moduleId);
      const tests = [...module.children.allTests()];
      if (tests.length === 0) matrix.set(file, column, { kind: 'failed', detail: 'it does not load' });
      for (const test of tests) {
        const outcome = outcomeOf(test);
        if (outcome !== undefined) matrix.set(test.fullName.replaceAll(' > ', ' '), column, outcome);
      }
    }

    const { passed, failed, notRun: notInEngine } = matrix.count();
    const counts = { engines: columns.size, passed, failed, notInEngine };
    process.stdout.write(`\n${matrix.lines().join('\n')}\n\nsummary: ${JSON.stringify(counts)}\n\n`);
    mkdirSync(join(ROOT, 'test-results'), { recursive: true });
    writeFileSync(join(ROOT, 'test-results/engines.json'), `${JSON.stringify(counts)}\n`);
  }
}

function labelsOf(module: TestModule): readonly { readonly project: string; readonly engine: string }[] {
  const engines = [...module.children.allTests()].map((test) => test.meta().engine);
  return engines.flatMap((engine) => (engine === undefined ? [] : [{ project: module.project.name, engine }]));
}

/** Nothing for a test that the command line left out. */
function outcomeOf(test: TestCase): Outcome | undefined {
  const { state, errors = [] } = test.result();
  const reason = test.meta().notInEngine;
  if (state === 'skipped') return undefined;
  if (state !== 'passed') return { kind: 'failed', detail: errors[0]?.message ?? 'it did not end' };
  return reason === undefined ? { kind: 'passed' } : { kind: 'not run', detail: reason };
}
