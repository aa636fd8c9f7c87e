/**
 * Message of the active version to the one that waits for its place. Page script may send it too: the version wants the place anyway. An
 * app's own worker does not listen to it: its code decides when a version takes the place, and may wait for the user.
 */
export const ACTIVATE = 'tokenward:activate';

/** Next version of the worker, as the active one sees it. */
export interface Successor {
  readonly state: ServiceWorkerState;
  readonly postMessage: (message: unknown) => void;
}

/** Dependencies of {@link ActivationDelay}. */
export interface ActivationDelayParts {
  /** Finds the next version; `undefined` if there is none, or the browser needs no help. */
  readonly findSuccessor: () => Successor | undefined;
  /** A clock, in milliseconds. */
  readonly now: () => number;
  /** Waits for some milliseconds. */
  readonly delay: (delayMs: number) => Promise<void>;
}

/** Event that this version must stay busy for. */
export interface BusyEvent {
  readonly waitUntil: (promise: Promise<void>) => void;
  /** Promise that ends when the browser has the response to a request. Only fetch events have it, and not in every browser. */
  readonly handled?: Promise<unknown>;
}

const LOOK_INTERVAL_MS = 50;

/** Time without an event after which the pages are taken to be quiet, in milliseconds. A busy machine stops a worker in less. */
const QUIET_MS = 500;

/** Time of waiting for quiet pages, in milliseconds. Then the end of a response is the best moment that there is. */
const QUIET_TIMEOUT_MS = 3000;

/** Longest time for which this version stays busy after the next one is installed, or while it is being installed, in milliseconds. */
const TIMEOUT_MS = 10_000;

/**
 * Delay of the activation of the next version: the active one chooses the moment at which it gives way.
 *
 * Chromium stops the active version as soon as it is idle once the next one has asked for its place. If a page sends a request
 * before it has stopped, Chromium starts it again and forgets what the next version has asked for. It takes such a request into
 * account only twice: at the end of the installation, and once after that. Then the next version would wait until a page is loaded,
 * until no page has sent a request for half a minute, or for five minutes. So the active version stays busy until the pages are quiet.
 */
export class ActivationDelay {
  readonly #parts: ActivationDelayParts;
  /** Versions for which this run has stayed busy. */
  readonly #helped: WeakSet<object> = new WeakSet();
  #isBusy = false;
  /** Time of the last event, or of the last response. */
  #lastAtMs = Number.NEGATIVE_INFINITY;
  #onResponse: (() => void) | undefined;

  constructor(parts: ActivationDelayParts) {
    this.#parts = parts;
  }

  /** Notes an event of this version. The first one that finds a next version stays open until the pages are quiet. */
  note(event: BusyEvent): void {
    this.#lastAtMs = this.#parts.now();
    if (this.#isBusy) {
      const onEnd = (): void => this.#noteResponse();
      event.handled?.then(onEnd, onEnd);
      return;
    }
    const successor = this.#parts.findSuccessor();
    if (!successor || this.#helped.has(successor)) return;
    // This version was started after the next one had asked, so that the browser has forgotten it.
    if (successor.state === 'installed') successor.postMessage(ACTIVATE);
    this.#isBusy = true;
    event.waitUntil(this.#stayBusy(successor));
  }

  #noteResponse(): void {
    this.#lastAtMs = this.#parts.now();
    this.#onResponse?.();
  }

  async #stayBusy(successor: Successor): Promise<void> {
    await this.#until(() => successor.state !== 'installing', TIMEOUT_MS);
    if (successor.state !== 'installing') this.#helped.add(successor);
    if (successor.state === 'installed') {
      const isOver = (): boolean => successor.state !== 'installed';
      const isQuiet = (): boolean => this.#parts.now() - this.#lastAtMs >= QUIET_MS;
      await this.#until(() => isOver() || isQuiet(), QUIET_TIMEOUT_MS);
      if (!isOver() && !isQuiet()) await this.#nextResponse(TIMEOUT_MS - QUIET_TIMEOUT_MS);
    }
    this.#isBusy = false;
  }

  async #until(isSo: () => boolean, timeoutMs: number): Promise<void> {
    const { now, delay } = this.#parts;
    for (const endMs = now() + timeoutMs; !isSo() && now() < endMs;) await delay(LOOK_INTERVAL_MS);
  }

  async #nextResponse(timeoutMs: number): Promise<void> {
    await Promise.race([
      this.#parts.delay(timeoutMs),
      new Promise<void>((resolve) => {
        this.#onResponse = resolve;
      }),
    ]);
    this.#onResponse = undefined;
  }
}
