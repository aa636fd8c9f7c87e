/** An answer that a server gives instead of its own. */
export interface FaultAnswer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the answer carries CORS headers; `allow` by default. Proxies in front of a server often send none. */
  readonly cors?: 'allow' | 'omit';
}

/** How one request goes wrong. */
export interface Fault {
  /**
   * Whether the fault strikes `before` the request is processed, or `after`: then everything has happened (a refresh
   * token was rotated, say) and only the answer is lost.
   */
  readonly stage: 'before' | 'after';
  /** How long the answer is held back, in milliseconds. */
  readonly delayMs?: number;
  /** What the answer waits for. */
  readonly until?: Promise<void>;
  /** What the client gets: a connection that is cut, or this answer; absent, the server's own answer. */
  readonly answer?: 'cut' | FaultAnswer;
}

/** Decides for each request whether, and how, it goes wrong. */
export type FaultRule<R> = (request: R) => Fault | undefined | Promise<Fault | undefined>;

interface PlannedFault<R> {
  readonly matches: (request: R) => boolean;
  readonly fault: Fault;
  remaining: number;
}

/** What goes wrong at a server: nothing, until a test says so. */
export class Faults<R> {
  #rule: FaultRule<R> | undefined;
  #planned: PlannedFault<R>[] = [];

  constructor(rule?: FaultRule<R>) {
    this.#rule = rule;
  }

  /** Asks `rule` at every request from now on; `undefined` ends it. */
  setRule(rule: FaultRule<R> | undefined): void {
    this.#rule = rule;
  }

  /** Makes the next request that matches go wrong, or the next few. */
  plan(matches: (request: R) => boolean, fault: Fault, times: number = 1): void {
    this.#planned.push({ matches, fault, remaining: times });
  }

  /** Forgets every plan and rule. */
  clear(): void {
    this.#rule = undefined;
    this.#planned = [];
  }

  /** What is to happen to a request. */
  async next(request: R): Promise<Fault | undefined> {
    const planned = this.#planned.find(({ matches, remaining }) => remaining > 0 && matches(request));
    if (planned !== undefined) {
      planned.remaining -= 1;
      return planned.fault;
    }
    return await this.#rule?.(request);
  }
}
