import { readFile, writeFile } from 'node:fs/promises';
import { choose, chooseEngines } from '../support/choose.ts';
import { type FigureRun, runFigures } from '../support/figures.ts';
import { ENGINE_NAMES, type EngineName } from '../support/engines/engine.ts';
import type { Attack, Deployment } from './attack.ts';
import { ATTACKS } from './catalogue.ts';
import { CALLBACK_PARTS } from './callback-parts.ts';
import { startEngine } from './engines.ts';
import { outcome } from './outcome.ts';
import { POLICY_RULES } from './policy-rules.ts';
import { needs, needsOfCallback, parsePolicyResults, type PolicyResult, RESULTS_FILE } from './policy-results.ts';
import { startSites, type Sites } from './sites.ts';
import { Stage } from './stage.ts';

/** Place of the callback, by the deployment that is taken apart. */
const CALLBACKS = { own: 'shipped', isolated: 'isolated' } as const satisfies Readonly<Record<string, Deployment>>;
type CallbackKind = keyof typeof CALLBACKS;

/**
 * The rules that are there with an isolated callback. `npm run attacks -- --no-headers` shows that no attack needs the others, by
 * leaving out all of them.
 */
const WITH_ISOLATED: readonly string[] = ['`worker-src`', '`Vary`'];

const OPTIONS = { engine: 'chromium', lanes: 2, only: '' };

/** One attack on a deployment without one rule, or without one part of its callback. */
interface Trial {
  readonly name: string;
  readonly callback: PolicyResult['callback'];
  readonly attack: Attack;
  readonly leaveOut: (sites: Sites) => void;
}

await runFigures({
  name: 'attacks:policy',
  description:
    'Leaves out each directive and header of the policy in turn, and runs the attacks that it is in the way of, with a callback on the ' +
    'app’s own origin and with an isolated one; then each part of the isolated callback itself.',
  options: OPTIONS,
  run: async (figures) => {
    const { options } = figures;
    const engines = chooseEngines(options.engine);
    let results = parsePolicyResults(JSON.parse(await readFile(RESULTS_FILE, 'utf8')));
    for (const engine of engines) {
      const found = await takeApart(engine, figures);
      results = {
        engines: ENGINE_NAMES.filter((name) => name === engine || results.engines.includes(name)),
        found: [...results.found.filter((one) => one.engine !== engine), ...found],
      };
      if (options.only === '') await writeFile(RESULTS_FILE, `${JSON.stringify(results, undefined, 2)}\n`);
    }
    for (const rule of POLICY_RULES) process.stdout.write(`${needs(rule, results)}\n`);
    for (const part of CALLBACK_PARTS) process.stdout.write(`${needsOfCallback(part, results)}\n`);
    return { engines: engines.join(', '), rules: POLICY_RULES.length, callbackParts: CALLBACK_PARTS.length };
  },
});
// A browser that does not close ends with this process, and must not keep it from its end.
process.exit();

function trialsFor(engine: EngineName, only: string): readonly Trial[] {
  return choose([...policyTrials(), ...callbackTrials()], { only, namesOf: ({ name }) => [name] }).filter(
    ({ attack: { notIn } }) => notIn?.[engine] === undefined,
  );
}

function policyTrials(): readonly Trial[] {
  const callbacks: readonly CallbackKind[] = ['own', 'isolated'];
  return POLICY_RULES.flatMap((rule) =>
    callbacks
      .filter((callback) => callback === 'own' || WITH_ISOLATED.includes(rule.name))
      .flatMap((callback) =>
        attacksOn(callback, rule.attacks).map((attack) => ({
          name: rule.name,
          callback,
          attack,
          leaveOut: (sites: Sites) => sites.leaveOut(rule),
        })),
      ),
  );
}

function callbackTrials(): readonly Trial[] {
  return CALLBACK_PARTS.flatMap((part) =>
    attacksOn('isolated', part.attacks).map((attack) => ({
      name: part.name,
      callback: 'document' as const,
      attack,
      leaveOut: (sites: Sites) => sites.leaveOutOfCallback(part),
    })),
  );
}

/** Attacks on a deployment. What a rogue worker or the HTTP cache has kept must not help the next one. */
function attacksOn(callback: CallbackKind, ids: readonly string[]): readonly Attack[] {
  return ATTACKS.filter(({ id }) => ids.includes(id)).map((attack) => ({
    ...attack,
    tokenward: CALLBACKS[callback],
    ruins: 'profiles' as const,
  }));
}

async function takeApart(
  engine: EngineName,
  { options, progress, check }: FigureRun<typeof OPTIONS>,
): Promise<readonly PolicyResult[]> {
  const trials = [...trialsFor(engine, options.only)];
  progress(`${engine}: ${trials.length} trials`);
  const browser = await startEngine(engine);
  const found: PolicyResult[] = [];
  const runLane = async (): Promise<void> => {
    const sites = await startSites();
    const stage = new Stage(browser, sites);
    for (let trial = trials.shift(); trial; trial = trials.shift()) {
      const { name, callback, attack, leaveOut } = trial;
      leaveOut(sites);
      const { hasSpoils, hasSucceeded, detail } = await outcome(() => stage.attackTokenward(attack), 1);
      check(`${name}, ${callback}: ${attack.id} is run to its end`, hasSucceeded !== undefined, detail);
      if (hasSpoils) found.push({ engine, rule: name, callback, attack: attack.id });
    }
    await stage.close();
    await sites.close();
  };
  try {
    await Promise.all(Array.from({ length: Math.max(1, options.lanes) }, runLane));
  } finally {
    await browser.close();
  }
  return found;
}
