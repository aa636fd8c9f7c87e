import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TRIPWIRES } from '../../src/protocol/alarm.ts';
import { ERROR_CODES } from '../../src/protocol/error-codes.ts';
import { ROOT } from '../support/build.ts';

const documentation = readFileSync(join(ROOT, 'docs/tripwires.md'), 'utf8');

/** Each tripwire of the table, and what the worker does. */
const rows = [...documentation.matchAll(/^\| `(\w+)` \| .+ \| (.+) \|$/gm)].map(([, name = '', action = '']) => ({
  name,
  action,
}));

test('the documentation has a row for each tripwire, and for nothing else', () => {
  expect(rows.map(({ name }) => name)).toEqual([...TRIPWIRES]);
});

test('the tripwires that end the session are those that its last error can name', () => {
  const ending = rows.filter(({ action }) => action === 'ends the session').map(({ name }) => name);

  expect(ending).toEqual(TRIPWIRES.filter((name) => ERROR_CODES.some((code) => code === name)));
  expect(ending).toHaveLength(3);
});

test('says why each tripwire ends the session, or why not', () => {
  for (const name of TRIPWIRES) expect(documentation).toContain(`\n- **\`${name}\`.** `);
});
