import type { RelayProof } from '../../protocol/relay-proof.ts';

/** Time by which the clock of a worker may differ from that of the server, before or after, in milliseconds. */
export const MAX_DIFFERENCE_MS = 60_000;

/** Number of requests of one identity that the relay forwards within two minutes. */
export const MAX_REQUESTS = 120;

/** Number of identities, and of nonces of a window, that a process keeps in mind. */
const MAX_ENTRIES = 50_000;

/** Reason to refuse a request whose proof is valid. */
export type LimitReason = 'stale' | 'replayed' | 'limited';

/**
 * Limits of proven requests: their time, that each nonce is used once, and their number for each identity. Nonces and numbers are in
 * the memory of this process alone, for two windows at most: another process, or another place of an edge network, has its own.
 */
export class RequestLimits {
  readonly #now: () => number;
  #windowStart = 0;
  #counts = new Map<string, number>();
  #nonces = new Set<string>();
  #noncesBefore: ReadonlySet<string> = new Set();

  /** @param now the clock, in milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Counts a request whose proof is valid.
   *
   * @returns the reason to refuse it, if there is one
   */
  count({ workerId, timeMs, nonce }: Omit<RelayProof, 'mac'>): LimitReason | undefined {
    const now = this.#now();
    if (Math.abs(now - timeMs) > MAX_DIFFERENCE_MS) return 'stale';
    this.#beginWindow(now);
    const key = `${workerId}.${nonce}`;
    if (this.#nonces.has(key) || this.#noncesBefore.has(key)) return 'replayed';
    const number = (this.#counts.get(workerId) ?? 0) + 1;
    if (number > MAX_REQUESTS) return 'limited';
    this.#counts.delete(workerId);
    if (this.#counts.size >= MAX_ENTRIES) this.#counts.delete(this.#counts.keys().next().value ?? '');
    this.#counts.set(workerId, number);
    if (this.#nonces.size >= MAX_ENTRIES) this.#nonces.delete(this.#nonces.values().next().value ?? '');
    this.#nonces.add(key);
    return undefined;
  }

  /** Begins the next window if the present one is over. A nonce is known for one whole window after its own. */
  #beginWindow(now: number): void {
    // A proof is valid from one difference before its time to one after it.
    const ageMs = now - this.#windowStart;
    if (ageMs >= 0 && ageMs < WINDOW_MS) return;
    this.#noncesBefore = ageMs < 2 * WINDOW_MS ? this.#nonces : new Set();
    this.#nonces = new Set();
    this.#counts = new Map();
    this.#windowStart = now;
  }
}

const WINDOW_MS = 2 * MAX_DIFFERENCE_MS;
