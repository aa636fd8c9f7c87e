import { chooseEngines } from '../support/choose.ts';
import { type FigureRun, runFigures, type Summary } from '../support/figures.ts';
import type { EngineName } from '../support/engines/engine.ts';
import { type Attack, FAMILIES } from './attack.ts';
import { chooseAttacks, familyOf, groupByPage } from './catalogue.ts';
import { startEngine } from './engines.ts';
import { outcome, said } from './outcome.ts';
import { startSites } from './sites.ts';
import { Stage, type Turn } from './stage.ts';
import { NOT_IN_ENGINE, type Row, tableOf } from './table.ts';

/**
 * How often an attack is run against a naive victim until it falls. Some attacks are races; that one is won once shows that the
 * attack is real.
 */
const MAX_ROUNDS = 3;

/**
 * `lanes`: how many attacks run side by side in each engine, each lane with profiles of its own. `no-headers`: whether the attacks run
 * against Tokenward with an isolated callback and no header on any page, whatever deployment they name. The naive victims are left out
 * then: they fall in the run without this option. `minutes`: no attack begins later; no limit by default.
 */
const OPTIONS = { only: '', engine: 'chromium', lanes: 2, 'no-headers': false, minutes: 0 };

/** Attacks that begin with a code which was got somehow: they do not show how script could read one. */
const BEGIN_WITH_A_CODE: readonly string[] = ['C44'];

await runFigures({
  name: 'attacks',
  description:
    'Runs each attack against a naive victim, where it must succeed, and against Tokenward, where it must not.',
  options: OPTIONS,
  run: async (figures) => {
    const names = chooseEngines(figures.options.engine);
    const lanes = Math.max(1, figures.options.lanes);
    const { minutes } = figures.options;
    const endMs = minutes === 0 ? Infinity : performance.now() + minutes * 60_000;
    const runs = await Promise.all(names.map((name) => prepareRun(name, { lanes, endMs }, figures)));
    try {
      await Promise.all(runs.map((run) => run.runSideBySide()));
      for (const run of runs) await run.runAlone();
    } finally {
      await Promise.all(runs.map((run) => run.close()));
    }
    const rows = runs.flatMap((run) => run.rows());
    const left = runs.reduce((sum, run) => sum + run.left(), 0);
    figures.table(tableOf(rows));
    if (left > 0) figures.progress(`the time is over: ${left} attacks are left`);
    return { ...summarize(rows), left };
  },
});
// A browser that does not close ends with this process, and must not keep it from its end.
process.exit();

/** The attacks in one engine. */
interface EngineRun {
  /** Runs the attacks that need not be alone, lane by lane. */
  readonly runSideBySide: () => Promise<void>;
  /** Runs the others, while nothing else runs in any engine. */
  readonly runAlone: () => Promise<void>;
  /** What came of the attacks, in the order of the catalogue. */
  readonly rows: () => readonly Row[];
  /** Number of attacks that have not begun. */
  readonly left: () => number;
  readonly close: () => Promise<void>;
}

/** Number of lanes, and the time after which no attack begins. */
interface Extent {
  readonly lanes: number;
  readonly endMs: number;
}

async function prepareRun(
  engine: EngineName,
  { lanes, endMs }: Extent,
  { options, progress, check }: FigureRun<typeof OPTIONS>,
): Promise<EngineRun> {
  const attacks = options['no-headers']
    ? chooseAttacks(options.only || 'code,flow')
        .filter(({ id, notIn }) => !BEGIN_WITH_A_CODE.includes(id) && notIn?.[engine] === undefined)
        .map((attack): Attack => ({ ...attack, tokenward: attack.tokenward === 'outbox' ? 'outbox' : 'isolated' }))
    : chooseAttacks(options.only);
  progress(`${engine}: ${attacks.length} attacks`);
  const browser = await startEngine(engine);
  const rows: Row[] = [];
  /** Servers and profiles of its own: what an attacker's server receives belongs to the one attack of its lane. */
  const runLane = async (left: (readonly Attack[])[]): Promise<void> => {
    const sites = await startSites();
    const stage = new Stage(browser, sites);
    const next = (): readonly Attack[] | undefined => (performance.now() < endMs ? left.shift() : undefined);
    for (let group = next(); group; group = next())
      for (const attack of group) rows.push(await runOne(stage, attack, { goesOn: attack !== group.at(-1) }));
    await stage.close();
    await sites.close();
  };
  const runOne = async (stage: Stage, attack: Attack, turn: Turn): Promise<Row> => {
    if (options['no-headers']) {
      const held = await outcome(() => stage.attackTokenward(attack, turn), 1);
      check(`${attack.id} ${attack.title}: Tokenward holds`, held.hasSucceeded === false, said(held));
      return { attack, engine, naive: undefined, tokenward: held };
    }
    const lack = attack.notIn?.[engine];
    const naive = await outcome(() => stage.attackNaive(attack, turn), lack === undefined ? MAX_ROUNDS : 1);
    const fallsSeldom = naive.hasSucceeded === true && attack.seldomIn?.includes(engine) === true;
    if (lack !== undefined && !fallsSeldom) {
      check(`${attack.id} ${attack.title}: ${NOT_IN_ENGINE} ${lack}`, naive.hasSucceeded === false, said(naive));
      return { attack, engine, naive, tokenward: undefined };
    }
    // As often as it took there.
    const tokenward = await outcome(() => stage.attackTokenward(attack, turn), naive.rounds);
    check(`${attack.id} ${attack.title}: the naive victim falls`, naive.hasSucceeded === true, said(naive));
    check(`${attack.id} ${attack.title}: Tokenward holds`, tokenward.hasSucceeded === false, said(tokenward));
    return { attack, engine, naive, tokenward };
  };
  const sideBySide = [...groupByPage(attacks.filter(({ runsAlone }) => !runsAlone))];
  return {
    runSideBySide: async () => {
      await Promise.all(Array.from({ length: lanes }, () => runLane(sideBySide)));
    },
    runAlone: () => runLane(attacks.filter(({ runsAlone }) => runsAlone).map((attack) => [attack])),
    rows: () => rows.toSorted((one, other) => attacks.indexOf(one.attack) - attacks.indexOf(other.attack)),
    left: () => attacks.length - rows.length,
    close: () => browser.close(),
  };
}

function summarize(rows: readonly Row[]): Summary {
  const count = (holds: (row: Row) => boolean): number => rows.filter(holds).length;
  return {
    attacks: new Set(rows.map(({ attack }) => attack.id)).size,
    families: new Set(rows.map(({ attack }) => familyOf(attack).name)).size,
    familiesKnown: FAMILIES.size,
    runs: rows.length,
    naiveFell: count(({ naive }) => naive?.hasSucceeded === true),
    tokenwardHeld: count(({ tokenward }) => tokenward?.hasSucceeded === false),
    leaks: count(({ tokenward }) => tokenward?.hasSucceeded === true),
    notInEngine: count(({ tokenward }) => tokenward === undefined),
    repeated: count(({ naive }) => naive !== undefined && naive.rounds > 1),
    lostTries: rows.flatMap(({ naive, tokenward }) => [...(naive?.lost ?? []), ...(tokenward?.lost ?? [])]).length,
  };
}
