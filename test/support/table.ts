/** Cells of text under a head, as a command prints them and its file keeps them. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Lines below it, such as the reasons that cells refer to. */
  readonly notes: readonly string[];
}

/** Returns the lines of a table, in Markdown with columns of equal width, and its notes. */
export function formatTable({ head, rows, notes }: Omit<Table, 'title'>): readonly string[] {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const print = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [print(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(print), ...notes];
}
