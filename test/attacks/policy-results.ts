import { fileURLToPath } from 'node:url';
import { ENGINE_NAMES, type EngineName } from '../support/engines/engine.ts';
import { ATTACKS } from './catalogue.ts';
import type { CallbackPart } from './callback-parts.ts';
import type { PolicyRule } from './policy-rules.ts';

/** Results of `npm run attacks:policy`, with which a test compares the documentation. */
export const RESULTS_FILE: string = fileURLToPath(new URL('policy-results.json', import.meta.url));

/** An attack that succeeded without a rule. */
export interface PolicyResult {
  readonly engine: EngineName;
  /** Name of the rule, or of the part of the callback. */
  readonly rule: string;
  /** Place of the callback, where a rule of the pages' policy was left out; `document` where a part of the isolated callback was. */
  readonly callback: 'own' | 'isolated' | 'document';
  /** Id of the attack. */
  readonly attack: string;
}

/** Results of all runs. */
export interface PolicyResults {
  /** The engines that were run. */
  readonly engines: readonly EngineName[];
  /** The attacks that succeeded without some rule. */
  readonly found: readonly PolicyResult[];
}

/**
 * Parses stored results.
 *
 * @throws TypeError if they are none
 */
export function parsePolicyResults(value: unknown): PolicyResults {
  const [engines, found]: readonly unknown[] = ['engines', 'found'].map((name) => Reflect.get(Object(value), name));
  if (!Array.isArray(engines) || !Array.isArray(found))
    throw new TypeError('The results must have engines and what was found.');
  return { engines: ENGINE_NAMES.filter((name) => engines.includes(name)), found: found.map(parsePolicyResult) };
}

function parsePolicyResult(item: unknown): PolicyResult {
  const [engine, rule, callback, attack] = ['engine', 'rule', 'callback', 'attack'].map((name) =>
    String(Reflect.get(Object(item), name)),
  );
  const known = ENGINE_NAMES.find((name) => name === engine);
  if (!known || !rule || !attack || !isCallback(callback)) throw new TypeError(`${JSON.stringify(item)} is no result.`);
  return { engine: known, rule, callback, attack };
}

function isCallback(value: unknown): value is PolicyResult['callback'] {
  return value === 'own' || value === 'isolated' || value === 'document';
}

/** Returns the row of the documentation for a rule. */
export function needs({ name, attacks }: PolicyRule, results: PolicyResults): string {
  const cells = (['own', 'isolated'] as const).map((callback) => cellOf({ name, attacks }, callback, results));
  return `| ${name} | ${cells.join(' | ')} |`;
}

/** Returns the row of the documentation for a part of the isolated callback. */
export function needsOfCallback({ name, attacks }: CallbackPart, results: PolicyResults): string {
  return `| ${name} | ${attacks.join(', ')} | ${cellOf({ name, attacks }, 'document', results)} |`;
}

/** The attacks that succeed without a rule or part. */
function cellOf(
  { name, attacks }: Pick<PolicyRule, 'name' | 'attacks'>,
  callback: PolicyResult['callback'],
  { engines, found }: PolicyResults,
): string {
  const results = found.filter((one) => one.rule === name && one.callback === callback);
  const ids = attacks.flatMap((id) => {
    const where = engines.filter((engine) => results.some((one) => one.attack === id && one.engine === engine));
    return where.length === 0 ? [] : [`${id}${restrictionOf(id, where, engines)}`];
  });
  return ids.join(', ') || 'none';
}

/** The engines in which an attack succeeds, unless those are all that were run and have it. */
function restrictionOf(id: string, where: readonly EngineName[], engines: readonly EngineName[]): string {
  const attack = ATTACKS.find((one) => one.id === id);
  const all = engines.filter((engine) => attack?.notIn?.[engine] === undefined);
  return where.length === all.length ? '' : ` (${where.join(', ')})`;
}
