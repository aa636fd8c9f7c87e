import { hasStrings } from './json.ts';

/** What only an attack, or a grave mistake, sets off. `docs/tripwires.md` says of each what it means. */
export const TRIPWIRES = [
  'worker_unregistered',
  'worker_replaced',
  'worker_impersonated',
  'foreign_response',
  'token_reflected',
  'call_flood',
  'update_failed',
] as const;

/** What set off an alarm. */
export type Tripwire = (typeof TRIPWIRES)[number];

/** A tripwire that went off. There is no secret in it, nor anything that an attacker has written. */
export interface Alarm {
  readonly tripwire: Tripwire;
  /**
   * What the worker did besides telling of it: nothing (`reported`), kept an answer or calls from going through (`stopped`),
   * ended the session (`wiped`), and revoked its tokens (`revoked`).
   */
  readonly consequence: 'reported' | 'stopped' | 'wiped' | 'revoked';
  /** When, in milliseconds since the epoch. */
  readonly atMs: number;
  /** How often it went off since it was last told of: each tripwire is at most once a minute. */
  readonly count: number;
  /** The URL that was requested, without its query, where the tripwire is about a request. */
  readonly url?: string;
}

/** Whether a value that came from the worker is an alarm. */
export function isAlarm(value: unknown): value is Alarm {
  return hasStrings(value, 'tripwire', 'consequence');
}
