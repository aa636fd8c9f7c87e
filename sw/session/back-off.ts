import { isTokenwardError, TokenwardError } from '../../src/protocol/error.ts';

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;
/** Longest time for which a server is left alone, whatever it asks for. */
const MAX_RETRY_AFTER_MS = 60 * 60 * 1000;

/** Pauses between requests to a failing authorization server: exponential delays with jitter. */
export class BackOff {
  readonly #now: () => number;
  #failures = 0;
  #untilMs = 0;
  #delayMs = 0;
  #lastError: unknown;

  /** @param now the clock, in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @throws the error of the last attempt, with the time that is left, while it is too early for another one */
  check(): void {
    // A clock that was set back must not make the wait longer than it can be.
    const remainingMs = this.#untilMs - this.#now();
    if (this.#failures > 0 && remainingMs > 0 && remainingMs <= this.#delayMs) {
      throw withRetryAfter(this.#lastError, remainingMs);
    }
  }

  /** Notes a failure that may pass. */
  fail(error: unknown): void {
    const nowMs = this.#now();
    const exponentialMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures);
    const ownMs = exponentialMs * (0.5 + Math.random() / 2);
    const askedMs = Math.min(MAX_RETRY_AFTER_MS, retryAfterMs(error, nowMs));
    // Whole: a fraction would be another one after it was added to the time and taken off again.
    this.#delayMs = Math.ceil(Math.max(ownMs, askedMs));
    this.#untilMs = nowMs + this.#delayMs;
    this.#failures += 1;
    this.#lastError = error;
  }

  /** Notes that the server answers again. */
  succeed(): void {
    this.#failures = 0;
  }
}

/** Returns an error that says how long to wait. */
function withRetryAfter(error: unknown, remainingMs: number): unknown {
  if (!isTokenwardError(error)) return error;
  const { code, message, cause, serverCode } = error;
  return new TokenwardError(code, message, { cause, serverCode, retryAfter: String(Math.ceil(remainingMs / 1000)) });
}

/**
 * Returns the time for which a server asks to be left alone (RFC 9110, section 10.2.3), in milliseconds: the header has seconds, or a
 * date; 0 without it.
 */
function retryAfterMs(error: unknown, nowMs: number): number {
  const retryAfter = (isTokenwardError(error) && error.retryAfter) || '0';
  return (/^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - nowMs) || 0;
}
