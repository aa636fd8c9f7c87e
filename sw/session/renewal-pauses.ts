/** Shortest time between two renewals for one target, in milliseconds. */
const FIRST_PAUSE_MS = 30_000;

/** Time in which there is no renewal for a target. */
interface Pause {
  readonly untilMs: number;
  readonly lengthMs: number;
  /** Whether a resource has accepted a renewed token since. */
  readonly isAccepted: boolean;
}

/**
 * Pauses between renewals of access tokens that resources refuse, by the keys of the tokens' targets. The length of a pause doubles until
 * a resource accepts a token that was renewed. Neither other tokens nor a new session end a pause.
 */
export class RenewalPauses {
  readonly #now: () => number;
  readonly #maxPauseMs: number;
  readonly #pauses: Map<string, Pause> = new Map();

  /**
   * @param now the clock, in milliseconds
   * @param maxPauseMs the longest pause, in milliseconds
   */
  constructor(now: () => number, maxPauseMs: number) {
    this.#now = now;
    this.#maxPauseMs = maxPauseMs;
  }

  /** Whether it is too early for another renewal. */
  isPaused(key: string): boolean {
    const { untilMs = 0, lengthMs = 0 } = this.#pauses.get(key) ?? {};
    const remainingMs = untilMs - this.#now();
    // A clock that was set back must not make a pause longer than it can be.
    return remainingMs > 0 && remainingMs <= lengthMs;
  }

  /** Begins a pause, unless there is one. */
  begin(key: string): void {
    if (this.isPaused(key)) return;
    const last = this.#pauses.get(key);
    const lengthMs = !last || last.isAccepted ? FIRST_PAUSE_MS : Math.min(this.#maxPauseMs, last.lengthMs * 2);
    this.#pauses.set(key, { untilMs: this.#now() + lengthMs, lengthMs, isAccepted: false });
  }

  /** Notes that a resource accepted a token after a renewal: the next pause is a short one again. */
  noteAccepted(key: string): void {
    const pause = this.#pauses.get(key);
    if (pause) this.#pauses.set(key, { ...pause, isAccepted: true });
  }
}
