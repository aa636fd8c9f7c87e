import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Attack, FAMILIES } from '../attacks/attack.ts';
import { ATTACKS, familyOf } from '../attacks/catalogue.ts';
import { ENGINE_NAMES } from '../support/engines/engine.ts';

describe('the catalogue of attacks', () => {
  test('has an id of its own for each, which begins with the letter of its family', () => {
    const ids = ATTACKS.map(({ id }) => id);

    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[A-Z]\d\d$/.test(id))).toEqual([]);
  });

  test('has attacks of every family', () => {
    const families = new Set(ATTACKS.map((attack) => familyOf(attack).name));

    expect([...families].toSorted()).toEqual([...FAMILIES.values()].map(({ name }) => name).toSorted());
  });

  test('stands in the documentation as it is', () => {
    const text = readFileSync(new URL('../../docs/attacks.md', import.meta.url), 'utf8');

    const rows = text.split('\n').filter((line) => /^\| [A-Z]\d\d \|/.test(line));

    expect(rows).toEqual(ATTACKS.map(documented));
  });

  test('says in the documentation why an attack is not in an engine', () => {
    const text = readFileSync(new URL('../../docs/attacks.md', import.meta.url), 'utf8');

    const rows = text.split('\n').filter((line) => /^\| (chromium|firefox|webkit) \|/.test(line));

    expect(rows).toEqual(lacks());
  });
});

/** The row of an attack in `docs/attacks.md`. */
function documented({ id, title, scenario, naive, tokenward = 'no-headers', notIn }: Attack): string {
  return `| ${id} | ${title.replaceAll('|', '\\|')} | ${scenario} | ${naive} | ${tokenward} | ${whereOf(notIn)} |`;
}

/** The engines that have an attack. */
function whereOf(notIn: Attack['notIn'] = {}): string {
  const engines = ENGINE_NAMES.filter((name) => notIn[name] === undefined);
  return engines.length === ENGINE_NAMES.length ? 'all' : engines.join(', ');
}

/** The rows of what engines lack: the engine, the attacks, what it is. */
function lacks(): readonly string[] {
  return ENGINE_NAMES.flatMap((engine) => {
    const reasons = new Set(ATTACKS.flatMap(({ notIn }) => notIn?.[engine] ?? []));
    return [...reasons].map((reason) => {
      const ids = ATTACKS.filter(({ notIn }) => notIn?.[engine] === reason).map(({ id }) => id);
      return `| ${engine} | ${ids.join(', ')} | ${reason} |`;
    });
  });
}
