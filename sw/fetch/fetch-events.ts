/** Listener for fetch events. */
type FetchListener = (event: FetchEvent) => unknown;

/**
 * Fetch events of the worker, whose other code listens for them too. The constructor keeps the browser's own `respondWith()`, so it runs
 * before other code can replace that.
 */
export class FetchEvents {
  readonly #scope: ServiceWorkerGlobalScope;
  readonly #own: WeakSet<object> = new WeakSet();
  readonly #respondWith: FetchEvent['respondWith'] = new Proxy(FetchEvent.prototype.respondWith, {});

  constructor(scope: ServiceWorkerGlobalScope) {
    this.#scope = scope;
  }

  /** Adds a listener of Tokenward. */
  listen(listener: FetchListener): void {
    this.#own.add(listener);
    this.#scope.addEventListener('fetch', listener);
  }

  /**
   * Adds a listener of Tokenward after every other listener that the worker's script adds. The script has come to its end when a
   * microtask runs, its evaluation has not, which is when a listener must be there (Service Workers, "Run Service Worker").
   */
  listenLast(listener: FetchListener): void {
    queueMicrotask(() => this.listen(listener));
  }

  /** Answers a fetch event. The browser asks no other listener then (Service Workers, "respondWith()"). */
  respond(event: FetchEvent, response: Promise<Response>): void {
    Reflect.apply(this.#respondWith, event, [response]);
  }

  /** Calls `observe` after other code has answered a fetch event. */
  onOtherResponse(observe: (event: FetchEvent, response: unknown) => void): void {
    FetchEvent.prototype.respondWith = new Proxy(this.#respondWith, {
      apply: (respondWith, event: unknown, given: readonly unknown[]) => {
        Reflect.apply(respondWith, event, given);
        try {
          if (event instanceof FetchEvent) observe(event, given[0]);
        } catch (error) {
          // The other code must not fail because Tokenward does.
          this.#scope.reportError(error);
        }
      },
    });
  }

  /**
   * Watches whether other code adds a fetch listener from now on.
   *
   * @returns reports whether there is such a listener
   */
  watchOthers(): () => boolean {
    let hasOthers = false;
    this.#scope.addEventListener = new Proxy(this.#scope.addEventListener, {
      apply: (add, target, given: readonly unknown[]): unknown => {
        const [type, listener] = given;
        const isOwn = typeof listener === 'function' && this.#own.has(listener);
        if (type === 'fetch' && !isOwn) hasOthers = true;
        return Reflect.apply(add, target, given);
      },
    });
    return () => hasOthers || this.#scope.onfetch !== null;
  }
}
