import { monotonicNow, onLook, onRestored } from './platform.ts';
import { type Claims, type LimitEnd, type Session, SESSION_LIMITS, type SessionLimit } from '../protocol/session.ts';
import type { ExpiryReport } from '../protocol/worker-api.ts';
import type { SessionStore } from './session-store.ts';

/** Session that is about to reach a limit. */
export interface Expiring {
  /** Limit that comes first. */
  readonly limit: SessionLimit;
  /** Time until the end, in milliseconds. */
  readonly leftMs: number;
}

/** Listener for a session that is about to reach a limit; `undefined` if it is not any more. */
export type ExpiringListener = (expiring: Expiring | undefined) => void;

/** End of a session by the clocks of this page. */
interface Deadline extends ExpiryReport {
  /** By the clock that cannot be set back, in milliseconds. */
  readonly monotonicMs: number;
  /** By the other clock, which does not stop while the machine sleeps, in milliseconds since the epoch. */
  readonly clockMs: number;
}

const TICK_MS = 1000;
/** Time until another report to a worker that did not answer, in milliseconds. */
const RETRY_MS = 10_000;
/** Longest delay of a timer, in milliseconds. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * Watch for the end of the session by its limits. One timer waits for the next moment that counts, and the worker gets one message, at
 * the end.
 */
export class ExpiryWatch<C extends Claims> {
  readonly #report: (report: ExpiryReport) => Promise<void>;
  readonly #listeners: Set<ExpiringListener> = new Set();
  #deadlines: readonly Deadline[] = [];
  #warnBeforeMs = 0;
  #isExpiring = false;
  #reportedAtMs = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param store store of the session
   * @param report reports the end to the worker
   */
  constructor(store: SessionStore<C>, report: (report: ExpiryReport) => Promise<void>) {
    this.#report = report;
    store.subscribe((session) => this.#follow(session));
    // Timers do not run while the browser freezes or keeps the page, or the machine sleeps.
    onLook(() => this.#look());
    onRestored(() => this.#look());
  }

  /** Adds a listener. Returns the function that removes it. */
  readonly onExpiring = (listener: ExpiringListener): (() => void) => {
    const tell: ExpiringListener = (expiring) => listener(expiring);
    this.#listeners.add(tell);
    this.#look();
    return () => void this.#listeners.delete(tell);
  };

  #follow(session: Session): void {
    const limits = session.status === 'signed-in' ? session.limits : undefined;
    this.#warnBeforeMs = limits?.warnBeforeMs ?? 0;
    this.#deadlines = SESSION_LIMITS.flatMap((limit) => {
      const end = limits?.[limit];
      return end ? [this.#deadlineOf(limit, end)] : [];
    });
    this.#look();
  }

  /** Returns a deadline; the one that is known, if the worker has reported the same end before: its clock goes on. */
  #deadlineOf(limit: SessionLimit, { endsAtMs, leftMs }: LimitEnd): Deadline {
    const known = this.#deadlines.find((deadline) => deadline.limit === limit && deadline.endsAtMs === endsAtMs);
    const monotonicMs = Math.min(known?.monotonicMs ?? Infinity, monotonicNow() + leftMs);
    const clockMs = Math.min(known?.clockMs ?? Infinity, Date.now() + leftMs);
    return { limit, endsAtMs, monotonicMs, clockMs };
  }

  #look(): void {
    clearTimeout(this.#timer);
    const leftMs = Math.min(...this.#deadlines.map(leftUntil));
    const deadline = this.#deadlines.find((candidate) => leftUntil(candidate) <= leftMs);
    if (!deadline) return this.#tell(undefined);
    if (leftMs <= 0) return this.#end(deadline);
    const isExpiring = leftMs <= this.#warnBeforeMs;
    this.#tell(isExpiring ? { limit: deadline.limit, leftMs } : undefined);
    const isCounting = isExpiring && this.#listeners.size > 0;
    this.#wait(isCounting ? Math.min(TICK_MS, leftMs) : isExpiring ? leftMs : leftMs - this.#warnBeforeMs);
  }

  #end(deadline: Deadline): void {
    const nowMs = monotonicNow();
    this.#wait(RETRY_MS);
    if (nowMs - this.#reportedAtMs < TICK_MS) return;
    this.#reportedAtMs = nowMs;
    const { limit, endsAtMs } = deadline;
    this.#report({ limit, endsAtMs }).catch(() => {});
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => this.#look(), Math.min(Math.ceil(ms), MAX_DELAY_MS));
  }

  #tell(expiring: Expiring | undefined): void {
    if (!expiring && !this.#isExpiring) return;
    this.#isExpiring = expiring !== undefined;
    for (const listener of this.#listeners) listener(expiring);
  }
}

function leftUntil({ monotonicMs, clockMs }: Deadline): number {
  return Math.min(monotonicMs - monotonicNow(), clockMs - Date.now());
}
