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

/** What a run of one engine says at its end. */
export interface EngineEnd {
  /** Number of files with a test that has not run, since the run was ended early. */
  readonly filesLeft: number;
  /** Number of errors outside of tests. */
  readonly errors: number;
}

/** Whether a message of another process is an {@link EngineEnd}. */
export function isEngineEnd(message: unknown): message is EngineEnd {
  return typeof message === 'object' && message !== null && 'filesLeft' in message;
}

/** What a run is told that must begin no other test. */
export const END_NOW = 'tokenward:end-now';
