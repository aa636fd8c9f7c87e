import { formatTable, type Table } from './table.ts';

/** What became of a test in one place: a step against one server, a test in one engine. */
export type Outcome =
  | { readonly kind: 'passed'; readonly detail?: string | undefined }
  | { readonly kind: 'failed'; readonly detail: string }
  | { readonly kind: 'not run'; readonly detail: string };

/** How many cells of a matrix ended in each way. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly notRun: number;
}

const WORDS = { passed: 'ok', failed: 'FAILED', 'not run': 'not run' } as const;

/** What fits in a cell: an error code, say. */
const SHORT = 26;

/** Outcomes by row and column. A cell that nothing was put in was not run. */
export class Matrix {
  readonly #title: string;
  readonly #columns: readonly string[];
  readonly #words: Readonly<Record<Outcome['kind'], string>>;
  readonly #rows: Map<string, Map<string, Outcome>> = new Map();

  /** @param notRun what a cell says that was not run */
  constructor(title: string, columns: readonly string[], notRun: string = WORDS['not run']) {
    this.#title = title;
    this.#columns = columns;
    this.#words = { ...WORDS, 'not run': notRun };
  }

  /** Adds a row in which nothing has been run yet. */
  addRow(row: string): void {
    if (!this.#rows.has(row)) this.#rows.set(row, new Map());
  }

  /** Puts an outcome in a cell. */
  set(row: string, column: string, outcome: Outcome): void {
    this.addRow(row);
    this.#rows.get(row)?.set(column, outcome);
  }

  /** Marks every cell of a row that is still empty as not run. */
  leave(row: string, reason: string): void {
    this.addRow(row);
    for (const column of this.#columns) {
      if (this.#rows.get(row)?.has(column) !== true) this.set(row, column, { kind: 'not run', detail: reason });
    }
  }

  /** How many cells there are of each kind. */
  count(): Counts {
    const kinds = [...this.#rows.values()].flatMap((cells) =>
      this.#columns.map((column) => cells.get(column)?.kind ?? 'not run'),
    );
    const of = (kind: Outcome['kind']): number => kinds.filter((other) => other === kind).length;
    return { passed: of('passed'), failed: of('failed'), notRun: of('not run') };
  }

  /** Returns the lines of {@link Matrix.table}. */
  lines(): readonly string[] {
    return formatTable(this.table());
  }

  /** Returns the table, with one note for each reason for what was not run, and for each text that is too long for a cell. */
  table(): Omit<Table, 'title'> {
    const notes: string[] = [];
    const cell = (outcome: Outcome = { kind: 'not run', detail: 'not reached' }): string => {
      const { kind, detail } = outcome;
      // A failure is told where it happens.
      if (detail === undefined || kind === 'failed') return this.#words[kind];
      if (kind === 'passed' && detail.length <= SHORT) return `${this.#words[kind]} ${detail}`;
      const note = kind === 'passed' ? detail : `${this.#words[kind]}: ${detail}`;
      if (!notes.includes(note)) notes.push(note);
      return `${this.#words[kind]} (${notes.indexOf(note) + 1})`;
    };
    return {
      head: [this.#title, ...this.#columns],
      rows: [...this.#rows].map(([row, cells]) => [row, ...this.#columns.map((column) => cell(cells.get(column)))]),
      notes: notes.map((note, index) => `(${index + 1}) ${note}`),
    };
  }
}
