import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { chooseTests } from './load-choice.ts';
import { LoadSchedule, type Portion } from './load-schedule.ts';
import { readVitest } from './report/vitest-results.ts';
import { buildIfNeeded, ROOT } from './support/build.ts';
import { type FigureRun, runFigures } from './support/figures.ts';
import { stopDescendants } from './stops/stop-descendants.ts';
import { VITEST } from './support/vitest-program.ts';

/**
 * `only`: files or folders of tests, separated by commas; by default, the tests of the latest change, or of those since a revision or a
 * date. `minutes`: time limit; none by default. `stops`: random processes among those that run tests are stopped for 0.05 to 3 seconds.
 */
const OPTIONS = { times: 5, loops: 2, since: '', only: '', minutes: 0, stops: false };

/** Results of a run. Not those of `npm test`, which the report shows. */
const RESULTS = 'test-results/vitest-under-load.json';

/** Time after the limit in which a run that has begun may still end. */
const GRACE_MS = 120_000;

await runFigures({
  name: 'test:under-load',
  description: 'Runs tests again and again while busy loops take the processor: users’ machines are busy too.',
  options: OPTIONS,
  run: async (figures) => {
    const { options, progress, table, check } = figures;
    const { reason, files } =
      options.only === '' ? await chooseTests(options.since) : { reason: 'as asked', files: options.only.split(',') };
    const stopping = options.stops ? ', with stops of random processes' : '';
    progress(`${files.length} files or folders (${reason}), beside ${options.loops} busy loops${stopping}`);
    if (files.length === 0) return { files: 0, runs: 0 };
    await buildIfNeeded();
    const limitMs = options.minutes === 0 ? Infinity : options.minutes * 60_000;
    const schedule = new LoadSchedule({ files, times: options.times, limitMs }, () => performance.now());
    const loops = Array.from({ length: options.loops }, () => new Worker('for (;;);', { eval: true }));
    const stops = options.stops ? stopDescendants() : undefined;
    try {
      await runAll(schedule, figures);
    } finally {
      stops?.end();
      await Promise.all(loops.map((loop) => loop.terminate()));
    }
    table(schedule.table());
    const { runs, left } = schedule.count();
    if (runs === 0) check('a run ends in time', false);
    return { files: files.length, runs, left, ...stops?.count() };
  },
});

async function runAll(schedule: LoadSchedule, { check, progress }: FigureRun<typeof OPTIONS>): Promise<void> {
  for (let portion = schedule.next(); portion !== undefined; portion = schedule.next()) {
    const { title, files } = portion;
    const result = await runOnce(portion, schedule.remainingMs() + GRACE_MS);
    if (result === 'broken off') {
      progress(`${title} was broken off: the time is over`);
      return;
    }
    schedule.note(portion, result.failedFiles);
    check(`${title} passes: ${files.join(' ')}`, result.failures === undefined, result.failures);
    if (result.failures !== undefined) process.stdout.write(result.said);
  }
}

interface RunResult {
  /** Failed tests, in words, if there are any. */
  readonly failures: string | undefined;
  readonly failedFiles: readonly string[];
  /** Output of the run. */
  readonly said: Buffer;
}

/** Runs tests once, in each project that has them. */
async function runOnce({ files }: Portion, timeLimitMs: number): Promise<RunResult | 'broken off'> {
  rmSync(join(ROOT, RESULTS), { force: true });
  const vitest = fork(VITEST, ['run', `--outputFile.json=${RESULTS}`, ...files], { cwd: ROOT, silent: true });
  const said: Buffer[] = [];
  for (const output of [vitest.stdout, vitest.stderr]) output?.on('data', (chunk: Buffer) => said.push(chunk));
  const late = Number.isFinite(timeLimitMs) ? setTimeout(() => vitest.kill(), timeLimitMs) : undefined;
  const [exitCode, signal]: readonly unknown[] = await once(vitest, 'close');
  clearTimeout(late);
  if (vitest.killed && (signal !== null || exitCode !== 0)) return 'broken off';
  return { ...(exitCode === 0 ? { failures: undefined, failedFiles: [] } : readFailures()), said: Buffer.concat(said) };
}

function readFailures(): Omit<RunResult, 'said'> {
  try {
    const { failures } = readVitest(JSON.parse(readFileSync(join(ROOT, RESULTS), 'utf8')), ROOT);
    return {
      failures: failures.map(({ title, file }) => `${file ?? ''}: ${title}`).join('; '),
      failedFiles: failures.flatMap(({ file }) => file ?? []),
    };
  } catch {
    return { failures: 'see the output of the run', failedFiles: [] };
  }
}
