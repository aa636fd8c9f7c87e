import type { Outcome } from '../matrix.ts';
import type { EngineName } from './engine.ts';

/** A test in an engine, and what became of it. */
export interface Cell {
  readonly engine: EngineName;
  /** What ran it, such as `Firefox 153.7.0`; nothing where the test got as far as no browser. */
  readonly label: string | undefined;
  readonly test: string;
  readonly outcome: Outcome;
}

/** Whether a message of another process is a {@link Cell}. */
export function isCell(message: unknown): message is Cell {
  return typeof message === 'object' && message !== null && 'engine' in message && 'test' in message;
}
