/** Every request that a server has answered, oldest first. */
export class Log<R extends { readonly method: string }, K extends keyof R, L extends keyof R> {
  readonly #keys: readonly [K, L];
  #requests: R[] = [];

  /** @param keys members by which requests are asked for */
  constructor(...keys: [K, L]) {
    this.#keys = keys;
  }

  /** Adds a request. */
  add(request: R): void {
    this.#requests.push(request);
  }

  /** Lists the requests without preflights: all, or those with one value of the first member, and of the second. */
  list(first?: R[K], second?: R[L]): readonly R[] {
    const [one, other] = this.#keys;
    return this.#requests.filter(
      (request) =>
        request.method !== 'OPTIONS' &&
        (first === undefined || request[one] === first) &&
        (second === undefined || request[other] === second),
    );
  }

  /** Counts them. */
  count(first?: R[K], second?: R[L]): number {
    return this.list(first, second).length;
  }

  /** Forgets them. */
  clear(): void {
    this.#requests = [];
  }
}
