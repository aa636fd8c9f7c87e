import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { changedFiles } from './changed-files.ts';
import { readVitest } from './report/vitest-results.ts';
import { buildIfNeeded, ROOT } from './support/build.ts';
import { type FigureRun, runFigures } from './support/figures.ts';

/** `only`: files or folders of tests, separated by commas; by default, the tests that have changed since a date or a revision. */
const OPTIONS = { times: 5, loops: 2, since: '1 day ago', only: '' };

/** Results of a run. Not those of `npm test`, which the report shows. */
const RESULTS = 'test-results/vitest-under-load.json';

await runFigures({
  name: 'test:under-load',
  description: 'Runs tests again and again while busy loops take the processor: users’ machines are busy too.',
  options: OPTIONS,
  run: async (figures) => {
    const { options, progress } = figures;
    const files = options.only === '' ? await changedTests(figures) : options.only.split(',');
    progress(`${files.length} files or folders, beside ${options.loops} busy loops`);
    if (files.length === 0) return { files: 0, runs: 0 };
    await buildIfNeeded();
    const loops = Array.from({ length: options.loops }, () => new Worker('for (;;);', { eval: true }));
    try {
      for (let run = 1; run <= options.times; run += 1) await runOnce(files, run, figures);
    } finally {
      await Promise.all(loops.map((loop) => loop.terminate()));
    }
    return { files: files.length, runs: options.times };
  },
});

/** Runs the tests once, in each project that has them. */
async function runOnce(
  files: readonly string[],
  run: number,
  { check, progress }: FigureRun<typeof OPTIONS>,
): Promise<void> {
  const vitest = spawn('npx', ['vitest', 'run', `--outputFile.json=${RESULTS}`, ...files], {
    cwd: ROOT,
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: Buffer[] = [];
  for (const output of [vitest.stdout, vitest.stderr]) output.on('data', (chunk: Buffer) => said.push(chunk));
  const startedAtMs = performance.now();
  const [exitCode]: readonly unknown[] = await once(vitest, 'close');
  check(`run ${run} passes`, exitCode === 0, exitCode === 0 ? undefined : failuresOfLastRun());
  progress(`run ${run} took ${Math.round((performance.now() - startedAtMs) / 1000)} s`);
  if (exitCode !== 0) process.stdout.write(Buffer.concat(said));
}

function failuresOfLastRun(): string {
  try {
    const { failures } = readVitest(JSON.parse(readFileSync(join(ROOT, RESULTS), 'utf8')), ROOT);
    return failures.map(({ title, file }) => `${file ?? ''}: ${title}`).join('; ');
  } catch {
    return 'see the output of the run';
  }
}

async function changedTests({ options, progress }: FigureRun<typeof OPTIONS>): Promise<readonly string[]> {
  const changed = await changedFiles(options.since);
  if (changed === undefined) progress('there is no history that says what has changed');
  return (changed ?? []).filter((file) => /^test\/.*\.test\.ts$/.test(file));
}
