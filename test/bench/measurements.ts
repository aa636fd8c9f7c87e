import { median, type Spread, spreadOf } from './statistics.ts';

/** A contestant, and the one that it is compared with. */
export type Pair = readonly [one: string, other: string];

/** The times that contestants took for workloads, slice by slice. */
export class Measurements {
  readonly #slices: Map<string, Map<string, number[][]>> = new Map();

  /** Adds the times of one slice, in milliseconds. */
  add(workload: string, contestant: string, timesMs: readonly number[]): void {
    const byContestant = this.#slices.get(workload) ?? new Map<string, number[][]>();
    this.#slices.set(workload, byContestant);
    byContestant.set(contestant, [...(byContestant.get(contestant) ?? []), [...timesMs]]);
  }

  /** Names of the contestants that have times for a workload. */
  contestants(workload: string): readonly string[] {
    return [...(this.#slices.get(workload)?.keys() ?? [])];
  }

  /** All times of a contestant for a workload, in milliseconds. */
  timesMs(workload: string, contestant: string): readonly number[] {
    return this.#slicesOf(workload, contestant).flat();
  }

  /**
   * Compares two contestants within each slice: they took their turns one after the other, so that what else the machine did
   * reached both.
   */
  ratio(workload: string, pair: Pair): Spread {
    return spreadOf(this.#mediansOf(workload, pair).map(([one, other]) => one / other));
  }

  /** The time that one contestant takes longer than the other, in milliseconds, compared within each slice. */
  differenceMs(workload: string, pair: Pair): number {
    return median(this.#mediansOf(workload, pair).map(([one, other]) => one - other));
  }

  #mediansOf(workload: string, [one, other]: Pair): readonly (readonly [number, number])[] {
    const others = this.#slicesOf(workload, other);
    return this.#slicesOf(workload, one).map(
      (timesMs, index) => [median(timesMs), median(others[index] ?? [])] as const,
    );
  }

  #slicesOf(workload: string, contestant: string): readonly (readonly number[])[] {
    return this.#slices.get(workload)?.get(contestant) ?? [];
  }
}
