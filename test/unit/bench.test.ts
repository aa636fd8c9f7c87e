import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { addLine, type HistoryEntry, parseHistory } from '../bench/history.ts';
import { Measurements } from '../bench/measurements.ts';
import { RATIOS, verdictOf } from '../bench/ratios.ts';
import { spreadOf } from '../bench/statistics.ts';

const history = readFileSync(new URL('../bench/history.jsonl', import.meta.url), 'utf8');

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

describe('the history of the fetch path', () => {
  const ratios = Object.fromEntries(RATIOS.map(({ name }) => [name, [1.1, 1, 1.2] as const]));
  const entry = (day: number, subject: string): HistoryEntry => ({
    date: `2026-01-0${day}T10:00:00+00:00`,
    subject,
    engine: 'Chromium 1',
    ratios,
  });

  test('has a line of JSON for each commit, the oldest first, with every ratio and its spread', () => {
    const entries = parseHistory(history);

    expect(entries.length).toBeGreaterThan(0);
    expect(entries.reduce((text, each) => addLine(text, each), '')).toBe(history);
  });

  test('gets a line at its place, which replaces that of the same commit', () => {
    const later = addLine(addLine('', entry(3, 'third')), entry(1, 'first'));
    const again = addLine(later, { ...entry(1, 'first'), engine: 'Chromium 2' });

    expect(parseHistory(later).map(({ subject }) => subject)).toEqual(['first', 'third']);
    expect(parseHistory(again).map(({ engine }) => engine)).toEqual(['Chromium 2', 'Chromium 1']);
  });

  test.for([
    ['no date', { ...entry(1, 'a'), date: 'yesterday' }],
    ['no subject', { ...entry(1, 'a'), subject: undefined }],
    ['no ratios', { ...entry(1, 'a'), ratios: undefined }],
    ['a ratio too few', { ...entry(1, 'a'), ratios: { ...ratios, coldStart: undefined } }],
    ['a ratio without a spread', { ...entry(1, 'a'), ratios: { ...ratios, coldStart: [1.1] } }],
    ['a median outside its spread', { ...entry(1, 'a'), ratios: { ...ratios, coldStart: [1.3, 1, 1.2] } }],
  ] as const)('refuses a line with %s', ([, line]) => {
    expect(() => parseHistory(JSON.stringify(line))).toThrow(TypeError);
  });
});
