import { readFile, writeFile } from 'node:fs/promises';
import { type FigureRun, runFigures } from '../support/figures.ts';
import { ENGINE_NAMES, type EngineName } from '../support/engines/engine.ts';
import type { Attack, Deployment } from './attack.ts';
import { ATTACKS } from './catalogue.ts';
import { startEngine } from './engines.ts';
import { outcome } from './outcome.ts';
import { POLICY_RULES, type PolicyRule } from './policy-rules.ts';
import { needs, parsePolicyResults, type PolicyResult, RESULTS_FILE } from './policy-results.ts';
import { startSites } from './sites.ts';
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

/** One attack on a deployment without one rule. */
interface Trial {
  readonly rule: PolicyRule;
  readonly callback: CallbackKind;
  readonly attack: Attack;
}

await runFigures({
  name: 'attacks:policy',
  description:
    'Leaves out each directive and header of the policy in turn, and runs the attacks that it is in the way of, with a callback on the ' +
    'app’s own origin and with an isolated one.',
  options: OPTIONS,
  run: async (figures) => {
    const { options } = figures;
    const engines = ENGINE_NAMES.filter((name) => options.engine === 'all' || options.engine.split(',').includes(name));
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
    return { engines: engines.join(', '), rules: POLICY_RULES.length };
  },
});
// A browser that does not close ends with this process, and must not keep it from its end.
process.exit();

function trialsFor(engine: EngineName, only: string): readonly Trial[] {
  const callbacks: readonly CallbackKind[] = ['own', 'isolated'];
  return POLICY_RULES.filter(({ name }) => only === '' || name.includes(only)).flatMap((rule) =>
    callbacks.flatMap((callback) =>
      ATTACKS.filter(({ id }) => rule.attacks.includes(id) && (callback === 'own' || WITH_ISOLATED.includes(rule.name)))
        .filter(({ notIn }) => notIn?.[engine] === undefined)
        .map((attack) => ({
          rule,
          callback,
          // What a rogue worker or the HTTP cache has kept must not help the next attack.
          attack: { ...attack, tokenward: CALLBACKS[callback], ruins: 'profiles' as const },
        })),
    ),
  );
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
      const { rule, callback, attack } = trial;
      sites.leaveOut(rule);
      const { hasSpoils, hasSucceeded, detail } = await outcome(() => stage.attackTokenward(attack), 1);
      check(`${rule.name}, ${callback}: ${attack.id} is run to its end`, hasSucceeded !== undefined, detail);
      if (hasSpoils) found.push({ engine, rule: rule.name, callback, attack: attack.id });
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
