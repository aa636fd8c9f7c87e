import { openRevocation, type OpenRevocation, type RevocableTokens } from './open-revocation.ts';
import type { StateRecord } from './limited-record.ts';
import type { SessionState } from './session-state.ts';

/** Dependencies of the revocations. */
export interface RevocationParts {
  /**
   * Revokes tokens (RFC 7009).
   *
   * @returns whether the authorization server has answered; it never throws
   */
  readonly revoke: (tokens: RevocableTokens) => Promise<boolean>;
  readonly now: () => number;
  /** Does something later, if the worker still runs then. */
  readonly schedule: (act: () => void, delayMs: number) => void;
}

const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 60_000;
/** Number of times that a timer tries; after that, only events do. */
const MAX_TIMERS = 5;

/** Lists the revocations that wait for no end of a session. One that was lost has not ended: a renewal may share its grant. */
function dueIn({ open, tokens, lost, position }: SessionState): readonly OpenRevocation[] {
  const hasEnded = !tokens && !lost;
  return open.filter(({ sessionId }) => hasEnded || sessionId !== position.id);
}

/**
 * Revocations that the authorization server has not answered yet. A page can keep a request from going out (it fills the socket pool,
 * stops the worker, waits until there is no network), so each one is tried again: later, at the next request, at the next start of the
 * worker.
 */
export class Revocations {
  readonly #record: StateRecord;
  readonly #parts: RevocationParts;
  #sending: Promise<void> | undefined;
  #failures = 0;
  #failedAtMs = 0;

  constructor(record: StateRecord, parts: RevocationParts) {
    this.#record = record;
    this.#parts = parts;
  }

  /**
   * Adds the revocation of tokens, and sends it when it is due.
   *
   * @param waitsFor returns the session whose end the revocation waits for; `undefined` if it is due at once
   */
  async add(tokens: RevocableTokens, waitsFor: (known: SessionState) => string | undefined): Promise<void> {
    await this.#record.change((known) => {
      const revocation = openRevocation(tokens, this.#parts.now(), waitsFor(known));
      return { ...known, open: [...known.open, revocation] };
    });
    await this.send();
  }

  /** Sends each of them, and forgets those that the server has answered and those whose tokens have expired. */
  async send(): Promise<void> {
    // What was opened while others were being sent goes with the next turn.
    await this.#sending;
    this.#sending ??= this.#sendDue().finally(() => (this.#sending = undefined));
    await this.#sending;
  }

  /** Sends them again, unless it is too early. */
  retry(): void {
    const isEarly = this.#failures > 0 && Math.abs(this.#parts.now() - this.#failedAtMs) < this.#delayMs();
    const known = this.#record.known();
    if (!isEarly && !this.#sending && known && dueIn(known).length > 0) void this.send();
  }

  async #sendDue(): Promise<void> {
    const due = dueIn(await this.#record.load());
    if (due.length === 0) return;
    const isOver = await Promise.all(due.map((one) => this.#revokeUnlessExpired(one)));
    const ended = new Set(due.filter((_, index) => isOver[index]).map(({ id }) => id));
    if (ended.size > 0) {
      await this.#record.change((state) => ({ ...state, open: state.open.filter(({ id }) => !ended.has(id)) }));
    }
    this.#note(ended.size === due.length);
  }

  /** Revokes tokens that are still good for something. @returns whether there is nothing left to revoke */
  async #revokeUnlessExpired(revocation: OpenRevocation): Promise<boolean> {
    return revocation.untilMs <= this.#parts.now() || this.#parts.revoke(revocation);
  }

  /** Notes whether the server has answered all, and sends the rest again later. */
  #note(isAnswered: boolean): void {
    this.#failures = isAnswered ? 0 : this.#failures + 1;
    this.#failedAtMs = this.#parts.now();
    if (this.#failures > 0 && this.#failures <= MAX_TIMERS) this.#parts.schedule(() => this.retry(), this.#delayMs());
  }

  #delayMs(): number {
    if (this.#failures === 0) return 0;
    return Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#failures - 1));
  }
}
