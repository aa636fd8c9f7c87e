import type { Measurements } from './measurements.ts';
import type { Spread } from './statistics.ts';

/** The time that Tokenward takes, divided by that of another contestant. */
interface Ratio {
  readonly name: string;
  readonly workload: string;
  /** Name of the other contestant. */
  readonly beside: string;
  readonly title: string;
}

/** A ratio with what a run has measured. */
export interface MeasuredRatio extends Ratio {
  readonly spread: Spread;
}

/** Ratios of every run, and of each line of the history. */
export const RATIOS: readonly Ratio[] = [
  { name: 'fetchPath', workload: 'sequential', beside: 'wrapper', title: 'authorized request, beside no worker' },
  { name: 'fetchPathOwn', workload: 'sequential', beside: 'constant', title: 'the same, beside a constant header' },
  { name: 'parallelOwn', workload: 'parallel', beside: 'constant', title: '200 at once, beside a constant header' },
  { name: 'notOurs', workload: 'notOurs', beside: 'direct', title: 'request not ours, beside no worker' },
  { name: 'notOursOwn', workload: 'notOurs', beside: 'routedPast', title: 'the same, beside a worker routed past' },
  { name: 'coldStart', workload: 'coldStart', beside: 'constant', title: 'cold start, beside a constant header' },
];

/** Ratios of the present build to that of another revision. */
export const AGAINST: readonly Ratio[] = [
  { name: 'fetchPathAgainst', workload: 'sequential', beside: 'against', title: 'authorized request, now to then' },
  { name: 'parallelAgainst', workload: 'parallel', beside: 'against', title: '200 at once, now to then' },
  { name: 'notOursAgainst', workload: 'notOurs', beside: 'against', title: 'request not ours, now to then' },
  { name: 'coldStartAgainst', workload: 'coldStart', beside: 'against', title: 'cold start, now to then' },
];

/** Computes those ratios whose contestants have run. */
export function measuredRatios(measurements: Measurements, ratios: readonly Ratio[]): readonly MeasuredRatio[] {
  return ratios
    .filter(({ workload, beside }) => measurements.contestants(workload).includes(beside))
    .map((ratio) => ({ ...ratio, spread: measurements.ratio(ratio.workload, ['bearer', ratio.beside]) }));
}

/** Says in words on which side of 1 a ratio is, as far as its spread shows. */
export function verdictOf({ from, to }: Spread): string {
  if (from > 1) return 'slower';
  return to < 1 ? 'faster' : 'no difference shown: the spread includes 1';
}
