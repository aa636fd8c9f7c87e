import type { Attack, EngineName } from './attack.ts';

/** One attack in one engine; `undefined` where it was not run to its end. */
export interface Row {
  readonly attack: Attack;
  readonly engine: EngineName;
  readonly naive: { readonly hasSucceeded: boolean | undefined; readonly detail: string };
  readonly tokenward: { readonly hasSucceeded: boolean | undefined; readonly detail: string };
}

/** The lines of the table of all runs. */
export function table(rows: readonly Row[]): readonly string[] {
  const cells = rows.map(({ attack, engine, naive, tokenward }) => [
    attack.id,
    attack.title,
    attack.scenario,
    word(naive.hasSucceeded, 'falls', 'HOLDS'),
    word(tokenward.hasSucceeded, 'LEAKS', 'holds'),
    engine,
  ]);
  const all = [['', 'attack', 'RFC 10017', 'naive victim', 'Tokenward', 'engine'], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function word(hasSucceeded: boolean | undefined, yes: string, no: string): string {
  if (hasSucceeded === undefined) return 'NOT RUN';
  return hasSucceeded ? yes : no;
}
