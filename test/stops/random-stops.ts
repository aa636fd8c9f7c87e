/** Part of the processes that may be stopped at the same time. */
const STOPPED_SHARE = 0.12;

/** Interval in which a process may be stopped, in milliseconds. */
const INTERVAL_MS = 100;

/** Ranges of the length of a stop, in milliseconds, each with the part of the stops that are in it or in one before: most are short. */
const LENGTHS = [
  { upTo: 0.55, minMs: 50, maxMs: 400 },
  { upTo: 0.9, minMs: 400, maxMs: 1500 },
  { upTo: 1, minMs: 1500, maxMs: 3000 },
] as const;

/** Processes, time and chance, as the stops need them. */
export interface StopSurroundings {
  /** Lists the ids of the processes that may be stopped. */
  readonly list: () => readonly number[];
  /** Sends a signal to a process. May throw if the process has ended. */
  readonly signal: (id: number, name: 'SIGSTOP' | 'SIGCONT') => void;
  /** Clock, in milliseconds. */
  readonly now: () => number;
  /** Random number from 0 to 1, without 1. */
  readonly random: () => number;
}

/** Stops of random processes for 0.05 to 3 seconds each, as on a machine that is busy with something else. They cost no processor time. */
export class RandomStops {
  readonly #surroundings: StopSurroundings;
  /** End of each stop, by the id of the process. */
  readonly #endsAtMs: Map<number, number> = new Map();
  #timer: NodeJS.Timeout | undefined;
  #stops = 0;
  #stoppedMs = 0;

  constructor(surroundings: StopSurroundings) {
    this.#surroundings = surroundings;
  }

  /** Stops processes from now on. */
  start(): void {
    this.#timer = setInterval(() => this.step(), INTERVAL_MS);
  }

  /** Continues each process whose stop is over, and stops another one unless enough of them are stopped. */
  step(): void {
    const { list, now } = this.#surroundings;
    for (const [id, endsAtMs] of this.#endsAtMs) if (endsAtMs <= now()) this.#continue(id);
    const all = list();
    const running = all.filter((id) => !this.#endsAtMs.has(id));
    if (running.length > 0 && this.#endsAtMs.size < STOPPED_SHARE * all.length) this.#stopOneOf(running);
  }

  /** Continues all processes, and stops no more. */
  end(): void {
    clearInterval(this.#timer);
    for (const id of this.#endsAtMs.keys()) this.#continue(id);
  }

  /** Number of stops, and their length in all, in seconds. */
  count(): { readonly stops: number; readonly stoppedSeconds: number } {
    return { stops: this.#stops, stoppedSeconds: Math.round(this.#stoppedMs / 1000) };
  }

  #stopOneOf(running: readonly number[]): void {
    const { now, random } = this.#surroundings;
    const id = running[Math.floor(random() * running.length)];
    if (id === undefined || !this.#send(id, 'SIGSTOP')) return;
    const lengthMs = lengthOf(random(), random());
    this.#endsAtMs.set(id, now() + lengthMs);
    this.#stops += 1;
    this.#stoppedMs += lengthMs;
  }

  #continue(id: number): void {
    this.#endsAtMs.delete(id);
    this.#send(id, 'SIGCONT');
  }

  /** Returns whether the process was there. */
  #send(id: number, name: 'SIGSTOP' | 'SIGCONT'): boolean {
    try {
      this.#surroundings.signal(id, name);
      return true;
    } catch {
      return false;
    }
  }
}

/** Returns the length of a stop, in milliseconds, by two random numbers: one for the range, one for the place in it. */
function lengthOf(range: number, place: number): number {
  const { minMs, maxMs } = LENGTHS.find(({ upTo }) => range < upTo) ?? LENGTHS[2];
  return minMs + place * (maxMs - minMs);
}
