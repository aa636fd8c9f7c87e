import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { buildIfNeeded, ROOT } from './support/build.ts';
import { type FigureRun, runFigures } from './support/figures.ts';

/** `only`: files or folders of tests, separated by commas; by default, the tests that have changed since a date or a revision. */
const OPTIONS = { times: 5, loops: 2, since: '1 day ago', only: '' };

await runFigures({
  name: 'test:under-load',
  description:
    'Runs tests again and again, without a second try, while busy loops take the processor: users’ machines are busy too.',
  options: OPTIONS,
  run: async (figures) => {
    const { options, progress } = figures;
    const files = options.only === '' ? await changedTests(options.since) : options.only.split(',');
    progress(`${files.length} files or folders, ${options.times} times, beside ${options.loops} busy loops`);
    if (files.length === 0) return { files: 0, runs: 0 };
    await buildIfNeeded();
    const loops = Array.from({ length: options.loops }, () => new Worker('for (;;);', { eval: true }));
    try {
      for (let time = 1; time <= options.times; time += 1) await runOnce(files, time, figures);
    } finally {
      await Promise.all(loops.map((loop) => loop.terminate()));
    }
    return { files: files.length, runs: options.times };
  },
});

/** Runs the tests once, in each project that has them. */
async function runOnce(
  files: readonly string[],
  time: number,
  { check, progress }: FigureRun<typeof OPTIONS>,
): Promise<void> {
  // In CI, some projects give a test a second try.
  const { CI: _, ...environment } = process.env;
  const vitest = spawn('npx', ['vitest', 'run', ...files], {
    cwd: ROOT,
    env: environment,
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: Buffer[] = [];
  for (const output of [vitest.stdout, vitest.stderr]) output.on('data', (chunk: Buffer) => said.push(chunk));
  const startedAtMs = performance.now();
  const [exitCode]: readonly unknown[] = await once(vitest, 'close');
  check(`run ${time} passes`, exitCode === 0);
  progress(`run ${time} took ${Math.round((performance.now() - startedAtMs) / 1000)} s`);
  if (exitCode !== 0) process.stdout.write(Buffer.concat(said));
}

/** Lists the test files that are not as they were. */
async function changedTests(since: string): Promise<readonly string[]> {
  const base =
    (await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${since}^{commit}`).catch(() => '')) ||
    (await git('rev-list', '-1', `--before=${since}`, 'HEAD')) ||
    (await git('rev-list', '--max-parents=0', 'HEAD'));
  const changed = await git('diff', '--name-only', base, '--', 'test');
  return changed.split('\n').filter((file) => file.endsWith('.test.ts') && existsSync(join(ROOT, file)));
}

async function git(...commandLine: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', commandLine, { cwd: ROOT });
  return stdout.trim();
}
