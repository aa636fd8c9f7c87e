import { describe, expect, test } from 'vitest';
import { draw } from '../draw.ts';

/** A lot for each file, in turn. */
function lots(...numbers: readonly number[]): () => number {
  const left = [...numbers];
  return () => left.shift() ?? 0;
}

const DURATIONS: ReadonlyMap<string, number> = new Map([
  ['a', 1000],
  ['b', 5000],
  ['c', 2000],
]);

describe('drawing lots for files of tests', () => {
  test('takes all if there is time for them', () => {
    expect(draw(['a', 'b', 'c'], DURATIONS, Infinity, lots(0.1, 0.2, 0.3))).toEqual(['a', 'b', 'c']);
  });

  test('follows the lots, and leaves out files that take too long', () => {
    expect(draw(['a', 'b', 'c'], DURATIONS, 4000, lots(0.3, 0.2, 0.1))).toEqual(['c', 'a']);
  });

  test('leaves out a file that is too long even if its lot is the first', () => {
    expect(draw(['a', 'b', 'c'], DURATIONS, 4000, lots(0.3, 0.1, 0.2))).toEqual(['c', 'a']);
  });

  test('takes the shortest if all are too long', () => {
    expect(draw(['b', 'c', 'a'], DURATIONS, 500, lots(0.1, 0.2, 0.3))).toEqual(['a']);
    expect(draw([], DURATIONS, 500)).toEqual([]);
  });

  test('treats an unknown file as a long one', () => {
    expect(draw(['c', 'new', 'a'], DURATIONS, 4000, lots(0.1, 0.2, 0.3))).toEqual(['c', 'a']);
  });
});
