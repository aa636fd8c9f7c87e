import { describe, expect, test } from 'vitest';
import { findUnexplained, withSizes } from './size-reasons.ts';

const TABLE =
  '| part | page | worker | what for |\n| `sw/vault` | | 6.0 | keeps the tokens |\n| `comlink` | 4.0 | 2.2 | calls |';

describe('the table of sizes', () => {
  test('is missing a part that it does not name', () => {
    const found = findUnexplained({ page: new Map([['left-pad', 900]]), worker: new Map() });

    expect(found).toContain('left-pad in the page: 900 bytes, and the table says nothing');
  });

  test('is wrong where a part has grown by more than half a kilobyte', () => {
    const grown = findUnexplained({ page: new Map(), worker: new Map([['sw/vault', 7000]]) }, TABLE);
    const alike = findUnexplained({ page: new Map(), worker: new Map([['sw/vault', 6100]]) }, TABLE);

    expect(grown).toContain('sw/vault in the worker: 7000 bytes, and the table says 6000');
    expect(alike.filter((line) => line.startsWith('sw/vault '))).toEqual([]);
  });

  test('gets its sizes from the command, and keeps its reasons', () => {
    const bundles = { page: new Map([['comlink', 4012]]), worker: new Map([['sw/vault', 7140]]) };

    expect(withSizes(TABLE, bundles).split('\n').slice(1)).toEqual([
      '| `sw/vault` |  | 7.1 | keeps the tokens |',
      '| `comlink` | 4.0 |  | calls |',
    ]);
  });

  test('names no part that is not there', () => {
    const found = findUnexplained({ page: new Map(), worker: new Map() }, TABLE);

    expect(found).toContain('comlink in the page: 0 bytes, and the table says 4000');
  });
});
