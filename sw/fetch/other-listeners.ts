import { addressOf } from './request-watch.ts';

/** Properties that distinguish requests here. */
type Sent = Pick<Request, 'method' | 'url'>;

/** A request that code other than Tokenward's is answering. */
interface OtherAnswer {
  readonly key: string;
  /** Whether that code sends it by Tokenward, so that it carries the token. */
  isAuthorized: boolean;
}

/** Receivers of what {@link OtherListeners} finds. */
export interface OtherListenersParts {
  /** Receives each request that another listener has answered without a token. */
  readonly tell: (request: Request) => void;
  /** Receives the first such request of each protected resource. */
  readonly warn: (request: Request) => void;
}

/** Number of requests that are remembered for one protected resource. */
const MAX_KEYS = 100;

/**
 * Requests to protected resources that another fetch listener of the worker answers. The listener that calls `respondWith()` first
 * wins (Service Workers, "Handle Fetch"), so Tokenward adds no token to these.
 */
export class OtherListeners {
  readonly #answering = new Set<OtherAnswer>();
  readonly #taken = new Map<object, Set<string>>();
  readonly #reached = new WeakSet();
  readonly #current = new Set<string>();
  readonly #parts: OtherListenersParts;

  constructor(parts: OtherListenersParts) {
    this.#parts = parts;
  }

  /**
   * Notes that another listener answers a request. When its response is there, the request counts as taken, unless that
   * listener has sent it by Tokenward.
   *
   * @param request the request of the page
   * @param resource the protected resource, or endpoint, that it is for
   * @param response what the listener gave to `respondWith()`
   */
  note(request: Request, resource: object, response: unknown): void {
    const key = keyOf(request);
    const answer: OtherAnswer = { key, isAuthorized: this.#current.has(key) };
    this.#answering.add(answer);
    const settle = (): void => {
      this.#answering.delete(answer);
      if (answer.isAuthorized) this.reach(request, resource);
      else this.#take(request, resource);
    };
    Promise.resolve(response).then(settle, settle);
  }

  /** Notes that the worker's own code uses Tokenward for a request. */
  exempt(request: Sent): void {
    const key = keyOf(request);
    // A listener may call `respondWith(tokenward.fetch(…))`.
    this.#current.add(key);
    queueMicrotask(() => this.#current.delete(key));
    for (const answer of this.#answering) if (answer.key === key) answer.isAuthorized = true;
  }

  /** Notes that a request to a protected resource goes by Tokenward. */
  reach(request: Sent, resource: object): void {
    this.#reached.add(resource);
    if (this.#taken.size > 0) this.#taken.get(resource)?.delete(keyOf(request));
  }

  /**
   * Whether another listener is expected to answer a request: it answered the same before, or has answered all
   * requests to this protected resource so far.
   */
  answers(request: Sent, resource: object): boolean {
    const taken = this.#taken.get(resource);
    if (!taken?.size) return false;
    return !this.#reached.has(resource) || taken.has(keyOf(request));
  }

  #take(request: Request, resource: object): void {
    const taken = this.#taken.get(resource) ?? new Set();
    const isFirst = !this.#taken.has(resource);
    this.#taken.set(resource, taken);
    if (taken.size === MAX_KEYS) taken.clear();
    taken.add(keyOf(request));
    if (isFirst) this.#parts.warn(request);
    this.#parts.tell(request);
  }
}

function keyOf({ method, url }: Sent): string {
  return `${method} ${url}`;
}

/** Describes for the developer why a request has no token, and what to change. */
export function describeOtherListener(request: Sent): string {
  return (
    `Another fetch listener of this worker answered ${request.method} ${addressOf(request)} before Tokenward, so it has no ` +
    'token. Import Tokenward before the other code. If that code must answer such requests itself, it needs the plugin ' +
    'of forWorkbox(); otherwise set "precedence" to "first".'
  );
}
