import type { EngineName } from '../support/engines/engine.ts';
import type { Table } from '../support/table.ts';
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

/** Returns the table of all runs. */
export function tableOf(rows: readonly Row[]): Table {
  const cells = rows.map(({ attack, engine, naive, tokenward }) => [
    attack.id,
    attack.title,
    attack.scenario,
    ...(tokenward
      ? [word(naive, 'falls', 'HOLDS'), word(tokenward, 'LEAKS', 'holds'), engine]
      : [word(naive, 'FALLS', 'holds'), '', `${engine}: ${NOT_IN_ENGINE} ${attack.notIn?.[engine]}`]),
  ]);
  const head = ['id', 'attack', 'RFC 10017', 'naive victim', 'Tokenward', 'engine'];
  return { title: 'Attacks', head, rows: cells, notes: [] };
}

function word(ending: Ending | undefined, yes: string, no: string): string {
  if (!ending) return '';
  const { hasSucceeded, rounds } = ending;
  if (hasSucceeded === undefined) return 'NOT RUN';
  return (hasSucceeded ? yes : no) + (rounds > 1 ? `, ${rounds} rounds` : '');
}
