const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;

/** Keeps a failing authorization server from being asked at every request: exponential delays with jitter. */
export class BackOff {
  readonly #now: () => number;
  #failures = 0;
  #untilMs = 0;
  #error: unknown;

  /** @param now the clock, in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @throws the error of the last attempt, while it is too early for another one */
  check(): void {
    // A clock that was set back must not make the wait longer than it can be.
    const remainingMs = this.#untilMs - this.#now();
    if (this.#failures > 0 && remainingMs > 0 && remainingMs <= LONGEST_DELAY_MS) throw this.#error;
  }

  /** Notes a failure that may pass. */
  fail(error: unknown): void {
    const delayMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#untilMs = this.#now() + delayMs * (0.5 + Math.random() / 2);
    this.#error = error;
  }

  /** Notes that the server answers again. */
  succeed(): void {
    this.#failures = 0;
  }
}
