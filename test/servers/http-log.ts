/** A request to the API or to the app's server. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** The `Origin` header. */
  readonly origin: string | undefined;
  /** The scheme of the `Authorization` header, such as `Bearer`; the credentials themselves are not kept. */
  readonly authorizationScheme: string | undefined;
  /** Digest of the access token: requests that carry the same token have the same one. */
  readonly tokenDigest: string | undefined;
  /** What the access token says that it is for, be it valid or not. */
  readonly audience: string | undefined;
  /** The `DPoP` header: a proof. */
  readonly dpop: string | undefined;
  /** The `Sec-Fetch-Dest` header. */
  readonly destination: string | undefined;
  readonly atMs: number;
}

/** A request and what became of it. */
export interface AnsweredHttpRequest extends HttpRequest {
  /** Whether it came with a valid access token. */
  readonly isAuthorised: boolean;
  /** The access token's subject. */
  readonly sub: string | undefined;
  /** The answer's status; 0 if the connection was cut. */
  readonly status: number;
}

/** Every request that a server has answered. */
export class HttpLog {
  #requests: AnsweredHttpRequest[] = [];

  /** Adds a request. */
  add(request: AnsweredHttpRequest): void {
    this.#requests.push(request);
  }

  /** All of them, preflights left out, oldest first; or those to one path, with one method. */
  list(path?: string, method?: string): readonly AnsweredHttpRequest[] {
    return this.#requests.filter(
      (request) =>
        request.method !== 'OPTIONS' &&
        (path === undefined || request.path === path) &&
        (method === undefined || request.method === method),
    );
  }

  /** How many there were. */
  count(path?: string, method?: string): number {
    return this.list(path, method).length;
  }

  /** How many CORS preflights there were. */
  countPreflights(): number {
    return this.#requests.filter(({ method }) => method === 'OPTIONS').length;
  }

  /** Forgets them. */
  clear(): void {
    this.#requests = [];
  }
}
