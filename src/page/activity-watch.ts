import { isVisible, monotonicNow, onUserEvent, onVisible } from './platform.ts';
import type { Claims } from '../protocol/session.ts';
import type { ActivityReport } from '../protocol/worker-api.ts';
import type { SessionStore } from './session-store.ts';

/** Events of a user who uses a key or the pointer. */
const INPUT = ['keydown', 'pointerdown', 'pointermove', 'wheel'];

/** Shortest interval between two reports, in milliseconds. */
const INTERVAL_MS = 15_000;

/** Moment by two clocks: one can be set back, the other may stop while the machine sleeps. */
interface Moment {
  readonly monotonicMs: number;
  readonly clockMs: number;
}

/**
 * Watch for the activity of the user, while the session has an idle limit. It reports the first activity at once, and then at most one in
 * an interval, by all tabs together; nothing while the user is idle.
 */
export class ActivityWatch<C extends Claims> {
  readonly #store: SessionStore<C>;
  readonly #report: (report: ActivityReport) => Promise<void>;
  #lastActivity: Moment = now();
  /** Time of the last activity that the worker knows, by the clock that cannot be set back. */
  #reportedMs = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stop: AbortController | undefined;

  /**
   * @param store store of the session
   * @param report reports to the worker
   */
  constructor(store: SessionStore<C>, report: (report: ActivityReport) => Promise<void>) {
    this.#store = store;
    this.#report = report;
  }

  /** Begins to watch, for as long as the page is there. */
  begin(): void {
    this.#store.subscribe((session) => {
      const idle = session.status === 'signed-in' ? session.limits?.idle : undefined;
      // Another tab may have reported an activity.
      if (idle) this.#reportedMs = Math.max(this.#reportedMs, monotonicNow() - (idle.lengthMs - idle.leftMs));
      if (idle && !this.#stop) this.#listen();
      else if (!idle) this.#end();
    });
  }

  #listen(): void {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const note = (): void => this.#note();
    onUserEvent(INPUT, note, signal);
    onVisible(() => isVisible() && note(), signal);
  }

  #end(): void {
    this.#stop?.abort();
    this.#stop = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #note(): void {
    this.#lastActivity = now();
    this.#timer ??= setTimeout(
      () => this.#send(),
      Math.max(0, this.#reportedMs + INTERVAL_MS - this.#lastActivity.monotonicMs),
    );
  }

  #send(): void {
    this.#timer = undefined;
    const { monotonicMs, clockMs } = now();
    // Another tab has reported since.
    const waitMs = this.#reportedMs + INTERVAL_MS - monotonicMs;
    if (waitMs > 0) {
      this.#timer = setTimeout(() => this.#send(), waitMs);
      return;
    }
    this.#reportedMs = monotonicMs;
    const agoMs = Math.max(0, monotonicMs - this.#lastActivity.monotonicMs, clockMs - this.#lastActivity.clockMs);
    // A worker that does not answer is told with the next activity.
    this.#report({ agoMs }).catch(() => {});
  }
}

function now(): Moment {
  return { monotonicMs: monotonicNow(), clockMs: Date.now() };
}
