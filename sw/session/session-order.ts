import { hasStrings } from '../../src/protocol/json.ts';

/**
 * Place of a state in the order of all states of this origin. Storage gives no freshness: page script can put an old record back,
 * sealed as it is. So a living worker takes over only what is later than what it knows.
 */
export interface Position {
  /** Begin of the session, in milliseconds since the epoch; 0 before the first one. */
  readonly startedAtMs: number;
  /** Random name of the session. */
  readonly id: string;
  /** Number of changes since the session began. */
  readonly turn: number;
  /** Number of sign-outs before this state. It does not matter for the order. */
  readonly signOuts: number;
}

/** A state, as far as its order matters. */
interface Ordered {
  readonly position: Position;
  /** The tokens; absent once the session has ended. */
  readonly tokens?: unknown;
}

/** The place before the first session. */
export const BEFORE_ALL: Position = { startedAtMs: 0, id: '', turn: 0, signOuts: 0 };

/** Creates the place of a session that begins now, after another one. */
export function positionAfter(known: Position, nowMs: number): Position {
  // A clock that was set back must not make a new session an old one.
  return { ...known, startedAtMs: Math.max(nowMs, known.startedAtMs + 1), id: crypto.randomUUID(), turn: 0 };
}

/** Creates the place of the state after a sign-out. */
export function afterSignOut({ turn, signOuts, ...rest }: Position): Position {
  return { ...rest, turn: turn + 1, signOuts: signOuts + 1 };
}

/**
 * Returns whether a state comes after another one: of a later session, or of the same session and nearer to its end. The order is
 * total, so that all versions of the worker end with the same state.
 */
export function isLater(state: Ordered, known: Ordered): boolean {
  const [mine, other] = [state.position, known.position];
  if (mine.startedAtMs !== other.startedAtMs) return mine.startedAtMs > other.startedAtMs;
  if (mine.id !== other.id) return mine.id > other.id;
  if (!state.tokens !== !known.tokens) return !state.tokens;
  return mine.turn > other.turn;
}

/** Reads a place from the vault; a record of an earlier release has none. */
export function parsePosition(value: unknown): Position {
  if (!hasStrings(value, 'id')) return BEFORE_ALL;
  const { startedAtMs, id, turn, signOuts = 0 } = value;
  if (typeof startedAtMs !== 'number' || typeof turn !== 'number' || typeof signOuts !== 'number') return BEFORE_ALL;
  return { startedAtMs, id, turn, signOuts };
}
