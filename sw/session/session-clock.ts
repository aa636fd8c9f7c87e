import { afterTime, type SessionTime, TOLERANCE_MS } from './session-time.ts';

/** Clocks of the worker, in milliseconds. */
export interface Clocks {
  /** The clock that can be changed, since the epoch. */
  readonly now: () => number;
  /** A clock that no one can set back. It begins anew with each start of the worker, and may stop while the machine sleeps. */
  readonly monotonicNow: () => number;
}

/** Time of a session, as a clock has read it. */
export interface ClockReading {
  readonly time: SessionTime;
  /** Whether the clock was set back since the time was written down. */
  readonly isSetBack: boolean;
}

/** A time that was written down, and how it has gone on since. */
interface Followed {
  readonly from: SessionTime;
  readonly reading: ClockReading;
  readonly monotonicMs: number;
}

/**
 * Clock of a session. Of two clocks, that counts which has gone further: one can be set back, the other stops while the machine sleeps.
 * Where a worker was stopped, there is only the clock that can be set back: what it hides, the session must ask the server.
 */
export class SessionClock {
  readonly #clocks: Clocks;
  #followed: Followed | undefined;

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
  }

  /** Returns how a time has gone on since it was written down. */
  read(from: SessionTime): ClockReading {
    const nowMs = this.#clocks.now();
    const monotonicMs = this.#clocks.monotonicNow();
    const followed = this.#followed?.from === from ? this.#followed : undefined;
    const { time, isSetBack } = followed?.reading ?? { time: from, isSetBack: false };
    const byClockMs = nowMs - time.readAtMs;
    const monotonicPassedMs = followed ? monotonicMs - followed.monotonicMs : 0;
    const passed = afterTime(time, Math.max(0, byClockMs, monotonicPassedMs), nowMs);
    const isBehind = byClockMs < monotonicPassedMs - TOLERANCE_MS;
    // Without a clock that has run all the time, it is unknown how much time has passed.
    const isUnknown = isBehind && !followed;
    const reading = {
      time: isUnknown ? { ...passed, isInDoubt: true as const } : passed,
      isSetBack: isSetBack || isBehind,
    };
    this.#followed = { from, reading, monotonicMs };
    return reading;
  }
}
