import { startStack } from '../../demo/stack.ts';
import { ENGINE_NAMES, type EngineName } from '../support/engines/engine.ts';
import { launchQuietBrowser } from '../support/engines/quiet-browser.ts';
import { runFigures, type Check } from '../support/figures.ts';
import { startBenchApi } from './bench-api.ts';
import type { BenchSite } from './bench-site.ts';
import { writeChart } from './chart.ts';
import { type Contestant, openContestants } from './contestants.ts';
import { watchIdleTab } from './idle-tab.ts';
import { median, quantile, round, roundRatio } from './statistics.ts';
import { NOT_OURS, type Workload, WORKLOADS } from './workloads.ts';

/** How much longer requests may take. */
interface Limits {
  /** Than with a worker that does nothing but set a constant header. */
  readonly sequential: number;
  readonly parallel: number;
  /** Requests that are not ours, than without any worker, or beside one that lets the browser send them. */
  readonly notOurs: number;
}

/**
 * What the library does takes longer in the other engines, and the request itself half the time or less of Chromium's, so that it is a
 * greater part of it; many at once wait for it one after the other. Chromium alone knows static routes: elsewhere the worker is asked
 * about each request, and says no, beside one that is asked and says nothing.
 */
const LIMITS: Readonly<Record<EngineName, Limits>> = {
  chromium: { sequential: 1.03, parallel: 1.05, notOurs: 1.02 },
  firefox: { sequential: 1.1, parallel: 1.1, notOurs: 1.05 },
  webkit: { sequential: 1.1, parallel: 1.2, notOurs: 1.05 },
};

/** What each contestant took for one workload, by slices, in milliseconds. */
type Times = Map<string, number[][]>;

/** Measures one workload by turns: every slice of it goes once around all contestants, each time in an order drawn by lot. */
async function measureRound(
  { slices, measure }: Workload,
  contestants: readonly Contestant[],
  url: string,
): Promise<Times> {
  const taken: Times = new Map(contestants.map(({ name: contestant }) => [contestant, []]));
  for (let slice = 0; slice < slices; slice += 1) {
    // Who always follows the same one would find the machine as that one leaves it.
    const lots = contestants.map((contestant) => ({ contestant, lot: Math.random() }));
    for (const { contestant } of lots.toSorted((one, other) => one.lot - other.lot)) {
      taken.get(contestant.name)?.push([...(await measure(contestant.frame, { url, headers: contestant.headers }))]);
    }
  }
  return taken;
}

/**
 * The median over all slices of how one contestant's quantile compares with another's in the same slice: they were measured
 * one after the other, so that what else the machine does reaches both.
 */
function ratioOf(times: Times, [one, other]: readonly [string, string], share: number = 0.5): number {
  const slices = times.get(one) ?? [];
  const others = times.get(other) ?? [];
  return median(slices.map((values, index) => quantile(values, share) / quantile(others[index] ?? [], share)));
}

/** What parts of the way of a small GET take, in milliseconds: the median over all slices of how much later one comes than another. */
function partsOf(all: ReadonlyMap<string, Times>): Record<string, number> {
  const between = (workload: string, [later, earlier]: readonly [string, string]): number => {
    const times = all.get(workload);
    const others = times?.get(earlier) ?? [];
    return round(
      median((times?.get(later) ?? []).map((values, index) => median(values) - median(others[index] ?? []))),
    );
  };
  return {
    'part.workerMs': between('sequential', ['passThrough', 'direct']),
    'part.headerMs': between('sequential', ['constant', 'passThrough']),
    'part.tokenMs': between('sequential', ['bearer', 'constant']),
    'part.proofMs': between('sequential', ['dpop', 'bearer']),
    ...(all.has('distinctUrls') && { 'part.preflightMs': between('distinctUrls', ['wrapper', 'direct']) }),
  };
}

function checkRatios(check: Check, all: ReadonlyMap<string, Times>, limits: Limits): Record<string, number> {
  const ratios: Record<string, number> = {};
  const compare = (workload: string, pair: readonly [string, string], limit: number): void => {
    const ratio = ratioOf(all.get(workload) ?? new Map(), pair);
    ratios[`${workload}Ratio`] = roundRatio(ratio);
    check(
      `${workload}: ${pair[0]} takes at most ${limit} times as long as ${pair[1]}`,
      ratio <= limit,
      `${roundRatio(ratio)}`,
    );
  };
  compare('sequential', ['bearer', 'constant'], limits.sequential);
  compare('parallel', ['bearer', 'constant'], limits.parallel);
  compare('notOurs', ['bearer', 'routedPast'], limits.notOurs);
  const notOurs = all.get('notOurs') ?? new Map<string, number[][]>();
  for (const name of ['directAgain', 'noHandler', 'routedPast', 'bearer']) {
    ratios[`${name}ToDirect`] = roundRatio(ratioOf(notOurs, [name, 'direct']));
  }
  checkNotOurs(check, ratios, limits.notOurs);
  return ratios;
}

/**
 * Requests that are not ours are to take no longer than without any worker. Where the browser charges a page more than that
 * for any worker that could answer requests, its charge is the limit: it is measured beside the error of measuring.
 */
function checkNotOurs(check: Check, ratios: Readonly<Record<string, number>>, limit: number): void {
  const {
    bearerToDirect = Number.NaN,
    routedPastToDirect = Number.NaN,
    directAgainToDirect,
    noHandlerToDirect,
  } = ratios;
  const browserCharge = Math.max(1, routedPastToDirect);
  check(
    `notOurs: bearer takes at most ${limit} times as long as no worker, or as the browser’s own charge for one`,
    bearerToDirect <= limit * browserCharge,
    `${bearerToDirect}; a worker that is routed past ${routedPastToDirect}, one without a handler ${noHandlerToDirect}, none again ${directAgainToDirect}`,
  );
}

function engineOf(name: string): EngineName {
  const engine = ENGINE_NAMES.find((known) => known === name);
  if (engine === undefined) throw new TypeError(`--engine takes ${ENGINE_NAMES.join(', ')}; it is ${name}.`);
  return engine;
}

await runFigures({
  name: 'bench',
  description: 'Compares ways to an API: none, a wrapper in the page, workers written by hand, and Tokenward.',
  options: { engine: 'chromium', rounds: 7, idleSeconds: 60, chart: '' },
  run: async ({ options, progress, check }) => {
    const engine = engineOf(options.engine);
    const workloads = [...WORKLOADS.filter(({ name }) => engine === 'chromium' || name in LIMITS[engine]), NOT_OURS];
    const stack = await startStack({ authorizationServer: { accessTokenTtlSeconds: 3600 } });
    const api = await startBenchApi();
    const browser = await launchQuietBrowser(engine);
    let site: BenchSite | undefined;
    try {
      const arena = await openContestants(browser, stack, api);
      const { contestants } = arena;
      ({ site } = arena);
      const onPath = contestants.filter(({ name }) => !/^(directAgain|noHandler|routedPast)$/.test(name));
      const besidePath = contestants.filter(({ name }) => !/^(wrapper|passThrough|constant|dpop)$/.test(name));
      const all = new Map<string, Times>();
      for (let count = -1; count < options.rounds; count += 1) {
        for (const workload of workloads) {
          const isOurs = workload.name !== NOT_OURS.name;
          const taken = await measureRound(workload, isOurs ? onPath : besidePath, isOurs ? api.url : api.openUrl);
          // The first round is for the browser to compile, connect and learn what preflights say.
          if (count < 0) continue;
          const times = all.get(workload.name) ?? new Map<string, number[][]>();
          all.set(workload.name, times);
          for (const [name, values] of taken) times.set(name, [...(times.get(name) ?? []), ...values]);
        }
        if (count >= 0) {
          const sequential = all.get('sequential') ?? new Map<string, number[][]>();
          const line = [...sequential].map(([name, slices]) => `${name} ${round(median(slices.flat()))} ms`);
          progress(`round ${count + 1} of ${options.rounds}: a small GET takes ${line.join(', ')}`);
        } else {
          progress(`warm: ${api.takeAuthorizedCount()} requests came with a token`);
        }
      }

      progress(`an idle tab is watched for ${options.idleSeconds} s`);
      const idle = await watchIdleTab(stack, browser, options.idleSeconds);
      const traffic = Object.values(idle).reduce((sum, count) => sum + count, 0);
      check('an idle tab sends nothing, looks for no update and hears nothing', traffic === 0, JSON.stringify(idle));
      if (options.chart) await writeChart(options.chart, all);

      const figures: Record<string, string | number> = {
        engine: browser.label,
        rounds: options.rounds,
        ...checkRatios(check, all, LIMITS[engine]),
        ...partsOf(all),
        ...idle,
      };
      for (const [workload, times] of all) {
        for (const [name, slices] of times) {
          const values = slices.flat();
          figures[`${workload}.${name}.p50Ms`] = round(median(values));
          if (workload === 'sequential') figures[`${workload}.${name}.p95Ms`] = round(quantile(values, 0.95));
          const limit = workload === 'notOurs' ? 'routedPast' : 'constant';
          if (name !== limit) figures[`${workload}.${name}.ratioToLimit`] = roundRatio(ratioOf(times, [name, limit]));
        }
      }
      return figures;
    } finally {
      await browser.close();
      await site?.close();
      await api.close();
      await stack.close();
    }
  },
});
