/** A median, and the interval of 99 % that it lies in. */
export interface Spread {
  readonly median: number;
  readonly from: number;
  readonly to: number;
}

/** The normal distribution's quantile for an interval of 99 %. */
const Z_99 = 2.576;

/** @param share which part of the values is below, from 0 to 1 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The value in the middle. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/**
 * Computes the median with its interval between two of the sorted values (order statistics), which holds whatever their
 * distribution is. The range of eight values is such an interval; that of fewer is a shorter one.
 */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const below = Math.max(0, Math.floor((sorted.length - Z_99 * Math.sqrt(sorted.length)) / 2));
  return {
    median: median(sorted),
    from: sorted[below] ?? Number.NaN,
    to: sorted[sorted.length - 1 - below] ?? Number.NaN,
  };
}

/** A figure with two decimal places. */
export const round = (value: number): number => Math.round(value * 100) / 100;

/** A ratio with three decimal places. */
export const roundRatio = (value: number): number => Math.round(value * 1000) / 1000;
