import type { EngineName } from '../support/engines/engine.ts';
import type { Attack } from './attack.ts';

/** What a row says of an attack that an engine lacks something for, before the reason. */
export const NOT_IN_ENGINE = 'not in this engine, which';

/** How an attack on one victim ended; `undefined` where it was not run to its end. */
export interface Ending {
  readonly hasSucceeded: boolean | undefined;
  readonly hasSpoils: boolean;
  readonly detail: string;
  /** What came of tries before it, which did not count. */
  readonly lost: readonly string[];
  /** How often it was run to its end: more often than once where it came to nothing at first. */
  readonly rounds: number;
}

/** One attack in one engine. */
export interface Row {
  readonly attack: Attack;
  readonly engine: EngineName;
  /** Nothing where the naive victim was left out. */
  readonly naive: Ending | undefined;
  /** Nothing where the attack is not in the engine. */
  readonly tokenward: Ending | undefined;
}

/** The lines of the table of all runs. */
export function table(rows: readonly Row[]): readonly string[] {
  const cells = rows.map(({ attack, engine, naive, tokenward }) => [
    attack.id,
    attack.title,
    attack.scenario,
    ...(tokenward
      ? [word(naive, 'falls', 'HOLDS'), word(tokenward, 'LEAKS', 'holds'), engine]
      : [word(naive, 'FALLS', 'holds'), '', `${engine}: ${NOT_IN_ENGINE} ${attack.notIn?.[engine]}`]),
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

function word(ending: Ending | undefined, yes: string, no: string): string {
  if (!ending) return '';
  const { hasSucceeded, rounds } = ending;
  if (hasSucceeded === undefined) return 'NOT RUN';
  return (hasSucceeded ? yes : no) + (rounds > 1 ? `, ${rounds} rounds` : '');
}
