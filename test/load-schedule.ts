import type { Table } from './support/table.ts';

/** Number of files that one run takes: to start a run takes seconds, and the last one should end soon after the time limit. */
const FILES_OF_PORTION = 4;

/** Folder of the files that run in three engines, one after the other: each is a run by itself. */
const IN_ALL_ENGINES = 'test/engines';

/** What to run. */
export interface LoadPlan {
  /** Files or folders of tests; the most important come first. */
  readonly files: readonly string[];
  /** How often each should run. */
  readonly times: number;
  /** Time limit for all runs, in milliseconds. */
  readonly limitMs: number;
}

/** Files that run together. */
export interface Portion {
  readonly title: string;
  readonly files: readonly string[];
  readonly startedAtMs: number;
}

interface FileCount {
  runs: number;
  failures: number;
}

/**
 * Order of runs within a time limit. All files run once before any runs for the second time, since a test that cannot pass under load
 * shows that at once. Nothing begins that would not end in time if it took as long as the longest run so far.
 */
export class LoadSchedule {
  readonly #counts: Map<string, FileCount>;
  readonly #portions: readonly (readonly string[])[];
  readonly #plan: LoadPlan;
  readonly #now: () => number;
  readonly #endsAtMs: number;
  #longestMs = 0;
  #begun = 0;

  /** @param now the clock, in milliseconds */
  constructor(plan: LoadPlan, now: () => number) {
    const { files, limitMs } = plan;
    this.#plan = plan;
    this.#now = now;
    this.#endsAtMs = now() + limitMs;
    this.#counts = new Map(files.map((file) => [file, { runs: 0, failures: 0 }]));
    this.#portions = portionsOf(files);
  }

  /** Returns the files to run next; nothing once all have run, or the time is over. */
  next(): Portion | undefined {
    const round = Math.floor(this.#begun / this.#portions.length) + 1;
    const files = this.#portions[this.#begun % this.#portions.length];
    if (files === undefined || round > this.#plan.times || this.remainingMs() < this.#longestMs) return undefined;
    this.#begun += 1;
    return { title: `run ${round} of ${this.#plan.times}`, files, startedAtMs: this.#now() };
  }

  /** Time that is left, in milliseconds. */
  remainingMs(): number {
    return Math.max(0, this.#endsAtMs - this.#now());
  }

  /** Notes that files have run. @param failedFiles the files of tests that failed */
  note({ files, startedAtMs }: Portion, failedFiles: readonly string[]): void {
    this.#longestMs = Math.max(this.#longestMs, this.#now() - startedAtMs);
    for (const file of files) {
      const count = this.#counts.get(file);
      if (count === undefined) continue;
      count.runs += 1;
      if (failedFiles.some((failed) => failed.startsWith(file))) count.failures += 1;
    }
  }

  /** Number of runs of files, and of files that have not run. */
  count(): { readonly runs: number; readonly left: number } {
    const counts = [...this.#counts.values()];
    return {
      runs: counts.reduce((sum, { runs }) => sum + runs, 0),
      left: counts.filter(({ runs }) => runs === 0).length,
    };
  }

  /** Returns how often each file has run and failed, and which have not run. */
  table(): Table {
    const counts = [...this.#counts];
    const left = counts.flatMap(([file, { runs }]) => (runs === 0 ? [file] : []));
    return {
      title: 'Tests under load',
      head: ['file', 'runs', 'failed runs'],
      rows: counts
        .filter(([, { runs }]) => runs > 0)
        .map(([file, { runs, failures }]) => [file, String(runs), String(failures)]),
      notes: left.length === 0 ? [] : [`The time did not suffice for ${left.length} files: ${left.join(', ')}`],
    };
  }
}

/** Divides files into portions, in their order. */
function portionsOf(files: readonly string[]): readonly (readonly string[])[] {
  const portions: string[][] = [];
  for (const file of files) {
    const last = portions.at(-1);
    const fits = last !== undefined && last.length < FILES_OF_PORTION;
    if (fits && ![file, ...last].some((other) => other.startsWith(IN_ALL_ENGINES))) last.push(file);
    else portions.push([file]);
  }
  return portions;
}
