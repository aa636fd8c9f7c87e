import { startStack } from '../servers/stack.ts';
import { ENGINE_NAMES, type EngineName } from '../support/engines/engine.ts';
import { launchQuietBrowser } from '../support/engines/quiet-browser.ts';
import { type FigureRun, runFigures, type Summary } from '../support/figures.ts';
import { type BenchApi, startBenchApi } from './bench-api.ts';
import { type Arena, openArena } from './contestants.ts';
import { record } from './history.ts';
import { watchIdleTab } from './idle-tab.ts';
import { Measurements } from './measurements.ts';
import { AGAINST, type MeasuredRatio, measuredRatios, RATIOS, verdictOf } from './ratios.ts';
import { buildRevision, readWorkerCommit } from './revision.ts';
import { median, quantile, round, roundRatio } from './statistics.ts';
import { type Workload, WORKLOADS } from './workloads.ts';

/** Options of the command line by their defaults. */
const OPTIONS = {
  minutes: 4,
  against: '',
  record: false,
  full: false,
  engine: 'chromium',
};

type BenchRun = FigureRun<typeof OPTIONS>;

/** The browser keeps compiled code only after some starts; it connects, and asks for what preflights allow, only once. */
const WARM_UP_ROUNDS = 2;
/** Rounds that a run measures even when the time is up: no interval of 99 % is to be had from fewer than eight slices. */
const MIN_ROUNDS = 4;
/** Time for which a full run watches an idle tab. */
const IDLE_SECONDS = 60;

/** A slice in which requests came with a token that should have none, or the other way around. */
interface WrongSlice {
  readonly workload: string;
  readonly contestant: string;
}

/**
 * Measures one workload by turns: every slice goes once around all contestants, each time in an order drawn by lot, since
 * one that always follows the same other would find the machine as that one leaves it.
 */
async function measureWorkload(
  workload: Workload,
  { contestants, tab, isFull }: Arena,
  api: BenchApi,
  measurements: Measurements,
): Promise<readonly WrongSlice[]> {
  const stopWorkers = async (): Promise<void> => {
    if (!tab.profile) throw new Error('This browser stops no worker at once.');
    await tab.profile.stopWorkers();
    await tab.bringToFront?.();
  };
  const wrong: WrongSlice[] = [];
  const url = workload.isOurs ? api.url : api.openUrl;
  const names = [...workload.contestants, ...(isFull ? (workload.moreContestants ?? []) : [])];
  const competing = contestants.filter(({ name }) => names.includes(name));
  for (let slice = 0; slice < workload.slices; slice += 1) {
    const lots = competing.map((contestant) => ({ contestant, lot: Math.random() }));
    for (const { contestant } of lots.toSorted((one, other) => one.lot - other.lot)) {
      const { name, frame, headers = {}, isAuthorized } = contestant;
      measurements.add(workload.name, name, await workload.measure(frame, { url, headers, stopWorkers }));
      const { authorized, others } = api.takeCounts();
      if ((workload.isOurs && isAuthorized ? others : authorized) > 0)
        wrong.push({ workload: workload.name, contestant: name });
    }
  }
  return wrong;
}

/** Measures rounds until the time is up. */
async function measureRounds(
  { options, progress, check }: BenchRun,
  { arena, api, endsAtMs }: { readonly arena: Arena; readonly api: BenchApi; readonly endsAtMs: number },
): Promise<{ readonly measurements: Measurements; readonly rounds: number }> {
  const measurements = new Measurements();
  const workloads = WORKLOADS.filter(
    ({ isForFullRun, isForChromium }) =>
      (options.full || !isForFullRun) && (options.engine === 'chromium' || !isForChromium),
  );
  const wrong: WrongSlice[] = [];
  let rounds = -WARM_UP_ROUNDS;
  while (rounds < MIN_ROUNDS || performance.now() < endsAtMs) {
    const target = rounds < 0 ? new Measurements() : measurements;
    for (const workload of workloads) wrong.push(...(await measureWorkload(workload, arena, api, target)));
    rounds += 1;
    const times = ['wrapper', 'constant', 'bearer'].map(
      (name) => `${name} ${round(median(target.timesMs('sequential', name)))} ms`,
    );
    progress(`${target === measurements ? `round ${rounds}` : 'warm-up'}: a small GET takes ${times.join(', ')}`);
  }
  check('every request that is ours came with a token, and no other', wrong.length === 0, JSON.stringify(wrong));
  return { measurements, rounds };
}

/** Prints ratios, and returns them as figures. */
function report(progress: BenchRun['progress'], ratios: readonly MeasuredRatio[]): Summary {
  const figures: Record<string, number> = {};
  for (const { name, title, spread } of ratios) {
    const { median: middle, from, to } = spread;
    progress(`${title.padEnd(38)} ${middle.toFixed(3)} (${from.toFixed(3)} to ${to.toFixed(3)})  ${verdictOf(spread)}`);
    figures[name] = roundRatio(middle);
    figures[`${name}From`] = roundRatio(from);
    figures[`${name}To`] = roundRatio(to);
  }
  return figures;
}

/** Computes the figures of a full run: parts of a small GET, and each contestant's times. */
function fullFigures(measurements: Measurements): Summary {
  const figures: Record<string, number> = {};
  for (const [part, workload, later, earlier] of [
    ['worker', 'sequential', 'passThrough', 'direct'],
    ['header', 'sequential', 'constant', 'passThrough'],
    ['token', 'sequential', 'bearer', 'constant'],
    ['proof', 'sequential', 'dpop', 'bearer'],
    ['preflight', 'distinctUrls', 'wrapper', 'direct'],
  ] as const) {
    figures[`part.${part}Ms`] = round(measurements.differenceMs(workload, [later, earlier]));
  }
  for (const { name: workload, isOurs } of WORKLOADS) {
    const limit = isOurs ? 'constant' : 'direct';
    const names = measurements.contestants(workload);
    for (const name of names) {
      const timesMs = measurements.timesMs(workload, name);
      figures[`${workload}.${name}.p50Ms`] = round(median(timesMs));
      if (workload === 'sequential') figures[`${workload}.${name}.p95Ms`] = round(quantile(timesMs, 0.95));
      if (name !== limit && names.includes(limit))
        figures[`${workload}.${name}.ratioToLimit`] = roundRatio(measurements.ratio(workload, [name, limit]).median);
    }
  }
  return figures;
}

function engineOf(name: string): EngineName {
  const engine = ENGINE_NAMES.find((known) => known === name);
  if (engine === undefined) throw new TypeError(`--engine takes ${ENGINE_NAMES.join(', ')}; it is ${name}.`);
  return engine;
}

await runFigures({
  name: 'bench',
  description:
    'Measures what the worker costs a request, a request that is not its, and a cold start, as ratios with their spread of 99 %; --against REV: beside the build of another commit; --record: adds a line to test/bench/history.jsonl; --full: more contexts and workloads, for the documentation.',
  options: OPTIONS,
  run: async (run) => {
    const { options, progress, check } = run;
    const endsAtMs = performance.now() + options.minutes * 60_000;
    const engine = engineOf(options.engine);
    if (options.record && engine !== 'chromium') throw new TypeError('--record is for Chromium alone.');
    const commit = options.record ? await readWorkerCommit() : undefined;
    if (options.against) progress(`building ${options.against}`);
    const libraryOfRevision = options.against ? await buildRevision(options.against) : undefined;
    const stack = await startStack({ authorizationServer: { accessTokenTtlSeconds: 3600 } });
    const api = await startBenchApi();
    const browser = await launchQuietBrowser(engine);
    let arena: Arena | undefined;
    try {
      arena = await openArena(browser, { stack, api }, { isFull: options.full, libraryOfRevision });
      const { measurements, rounds } = await measureRounds(run, { arena, api, endsAtMs });
      const ratios = measuredRatios(measurements, RATIOS);
      const figures = report(progress, [...ratios, ...measuredRatios(measurements, AGAINST)]);
      if (commit) await record(commit, browser.label, ratios);
      const summary = { engine: browser.label, rounds, ...figures };
      if (!options.full) return summary;

      progress(`an idle tab is watched for ${IDLE_SECONDS} s`);
      const idle = await watchIdleTab(stack, browser, IDLE_SECONDS);
      const traffic = Object.values(idle).reduce((sum, count) => sum + count, 0);
      check('an idle tab sends nothing, looks for no update and hears nothing', traffic === 0, JSON.stringify(idle));
      return { ...summary, ...fullFigures(measurements), ...idle };
    } finally {
      await browser.close();
      await arena?.site.close();
      await api.close();
      await stack.close();
    }
  },
});
