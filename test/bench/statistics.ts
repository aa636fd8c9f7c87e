/** @param share which part of the values is below, from 0 to 1 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The value in the middle. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** A figure with two decimal places. */
export const round = (value: number): number => Math.round(value * 100) / 100;

/** A ratio with three decimal places. */
export const roundRatio = (value: number): number => Math.round(value * 1000) / 1000;
