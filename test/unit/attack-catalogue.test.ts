import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FAMILIES } from '../attacks/attack.ts';
import { ATTACKS, familyOf } from '../attacks/catalogue.ts';

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
});

/** The row of an attack in `docs/attacks.md`. */
function documented({
  id,
  title,
  scenario,
  naive,
  tokenward = 'no-headers',
  engines,
}: (typeof ATTACKS)[number]): string {
  const where = engines?.join(', ') ?? 'all';
  return `| ${id} | ${title.replaceAll('|', '\\|')} | ${scenario} | ${naive} | ${tokenward} | ${where} |`;
}
