import { describe, expect, test } from 'vitest';
import { Measurements } from '../bench/measurements.ts';
import { verdictOf } from '../bench/ratios.ts';
import { spreadOf } from '../bench/statistics.ts';

describe('the spread of a ratio', () => {
  test('is the range of few values, and leaves out both ends of many', () => {
    const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => count - index);

    expect(spreadOf(upTo(5))).toEqual({ median: 3, from: 1, to: 5 });
    expect(spreadOf(upTo(101))).toEqual({ median: 51, from: 38, to: 64 });
  });

  test('is of comparisons within a slice, so that a slow machine changes nothing', () => {
    const measurements = new Measurements();
    for (const slowness of [1, 5, 1, 40]) {
      measurements.add('sequential', 'bearer', [3 * slowness, 90 * slowness, 2 * slowness]);
      measurements.add('sequential', 'constant', [2 * slowness]);
    }

    expect(measurements.ratio('sequential', ['bearer', 'constant'])).toEqual({ median: 1.5, from: 1.5, to: 1.5 });
    expect(measurements.differenceMs('sequential', ['bearer', 'constant'])).toBe(5);
  });

  test.for([
    [1.01, 1.2, 'slower'],
    [0.8, 0.99, 'faster'],
    [0.99, 1.01, 'no difference shown: the spread includes 1'],
    [1, 1.2, 'no difference shown: the spread includes 1'],
  ] as const)('from %d to %d is %s', ([from, to, verdict]) => {
    expect(verdictOf({ median: (from + to) / 2, from, to })).toBe(verdict);
  });
});
