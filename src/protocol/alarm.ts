import { hasMembers } from './json.ts';

/** Tripwires: only an attack, or a grave mistake, sets one off. `docs/tripwires.md` explains each. */
export const TRIPWIRES = [
  'worker_unregistered',
  'worker_replaced',
  'worker_impersonated',
  'foreign_response',
  'token_reflected',
  'call_flood',
  'update_failed',
] as const;

/** Tripwire that went off. */
export type Tripwire = (typeof TRIPWIRES)[number];

/** A tripwire that went off. There is no secret in it, nor anything that an attacker has written. */
export interface Alarm {
  readonly tripwire: Tripwire;
  /**
   * Reaction of the worker besides the report: none (`reported`), kept an answer or calls from going through (`stopped`),
   * ended the session (`wiped`), and revoked its tokens (`revoked`).
   */
  readonly consequence: 'reported' | 'stopped' | 'wiped' | 'revoked';
  /** Time of the alarm, in milliseconds since the epoch. */
  readonly atMs: number;
  /** Number of times that it went off since its last report: each tripwire is reported once a minute at most. */
  readonly count: number;
  /** The URL that was requested, without its query, where the tripwire is about a request. */
  readonly url?: string;
}

/** Parses an alarm that came from the worker; `undefined` if it is none that this release knows. */
export function parseAlarm(value: unknown): Alarm | undefined {
  if (!hasMembers(value)) return undefined;
  const { atMs, count, url } = value;
  const tripwire = TRIPWIRES.find((known) => known === value['tripwire']);
  const consequence = CONSEQUENCES.find((known) => known === value['consequence']);
  if (!tripwire || !consequence || typeof atMs !== 'number' || typeof count !== 'number') return undefined;
  return { tripwire, consequence, atMs, count, ...(typeof url === 'string' && { url }) };
}

const CONSEQUENCES: readonly Alarm['consequence'][] = ['reported', 'stopped', 'wiped', 'revoked'];
