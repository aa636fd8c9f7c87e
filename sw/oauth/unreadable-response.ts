/** Obstacle between the worker and a response: the policy of its own script, the server's CORS headers, or something the browser does not report. */
export type Obstacle = 'policy' | 'cors' | 'unknown';

/** Network error of a request to the authorization server, with what is known of its cause. */
export class UnreadableResponse extends TypeError {
  readonly obstacle: Obstacle;
  /** Description of the cause: the URL, without a query, and the header or the policy. */
  readonly reason: string;
  /** Option or header to change. */
  readonly next: string;

  constructor(cause: unknown, obstacle: Obstacle, request: Unreadable) {
    const { reason, next } = describe(obstacle, request);
    super(reason, { cause });
    this.obstacle = obstacle;
    this.reason = reason;
    this.next = next;
  }
}

/** Request whose response could not be read. */
interface Unreadable {
  readonly url: URL;
  /** The app's origin. */
  readonly origin: string;
  /** Header fields of the request, which may need a preflight. */
  readonly headers: Headers;
  readonly method: string;
}

/** Dependencies of {@link explainUnreadable}. */
export interface UnreadableParts {
  /** The app's own origin, whose answers need no CORS headers. */
  readonly origin: string;
  /** Whether the browser has a network. */
  readonly isOnline: () => boolean;
  /** Whether the policy of the worker script has blocked an origin. It may wait for the browser's report. */
  readonly isBlocked: (origin: string) => Promise<boolean>;
  /** Receives the origin of each request to the authorization server. */
  readonly noteServer: (origin: string) => void;
  /** The network, for a request that only shows whether a server answers. */
  readonly probe: typeof fetch;
  /** Writes a warning for the developer. */
  readonly warn: (message: string) => void;
}

/**
 * Explains network errors of requests to the authorization server. A browser reports missing CORS headers and a policy of the worker script
 * that does not name the server as it reports a lost connection. A violation event distinguishes the policy; Chromium and Firefox send one.
 * A GET without credentials, headers and query that needs no CORS headers (mode `no-cors`) distinguishes a server that answers. A response
 * that was read before shows that the headers are right: then the connection was lost.
 *
 * @returns wraps a function that sends requests; the wrapped function throws {@link UnreadableResponse} in place of a network error
 */
export function explainUnreadable(parts: UnreadableParts): (send: typeof fetch) => typeof fetch {
  const { origin, isOnline, isBlocked, noteServer, probe, warn } = parts;
  const readable = new Set<string>();
  const warned = new Set<string>();
  const findObstacle = async (url: URL, signal: AbortSignal | null | undefined): Promise<Obstacle> => {
    const init: RequestInit = {
      mode: 'no-cors',
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    };
    try {
      await probe(url.href, { ...init, ...(signal && { signal }) });
      return 'cors';
    } catch {
      return (await isBlocked(url.origin)) ? 'policy' : 'unknown';
    }
  };
  return (send) => async (input, init) => {
    const url = withoutQuery(input);
    noteServer(url.origin);
    try {
      const response = await send(input, init);
      readable.add(url.href);
      return response;
    } catch (error) {
      if (!(error instanceof TypeError) || url.origin === origin || readable.has(url.href) || !isOnline()) throw error;
      const { headers, signal, method } =
        input instanceof Request ? input : { method: 'GET', ...init, headers: new Headers(init?.headers) };
      const obstacle = await findObstacle(url, signal);
      const unreadable = new UnreadableResponse(error, obstacle, { url, origin, headers, method });
      // The browser's report of a violation warns by itself.
      if (unreadable.obstacle === 'cors' && !warned.has(url.href)) {
        warned.add(url.href);
        warn(`${unreadable.reason}. ${unreadable.next}.`);
      }
      throw unreadable;
    }
  };
}

function withoutQuery(input: RequestInfo | URL): URL {
  const url = new URL(input instanceof Request ? input.url : input);
  url.search = '';
  url.hash = '';
  return url;
}

function describe(
  obstacle: Obstacle,
  { url, origin, headers, method }: Unreadable,
): { readonly reason: string; readonly next: string } {
  if (obstacle === 'policy') {
    return {
      reason: `the policy of the worker script (connect-src) blocks ${url.origin}`,
      next: `Set the option "authorizationServers" of tokenward/server, or connect-src of the worker script, so that it names ${url.origin}`,
    };
  }
  if (obstacle === 'cors') {
    const names = ['dpop', 'authorization'].filter((name) => headers.has(name));
    const preflight = names.length > 0 ? ` and "Access-Control-Allow-Headers: ${names.join(', ')}" to OPTIONS` : '';
    // A server seldom has CORS headers where its metadata is not.
    const first = url.pathname.includes('/.well-known/') ? 'Check "issuer"; if it is right, set' : 'Set';
    // A relay passes on what is posted: requests for tokens, revocations and pushed requests.
    const relay =
      method === 'POST'
        ? '. If the server has no setting for them, set the option "relay": the server of the app then sends these requests'
        : '';
    return {
      reason: `${url.href} answers, but its CORS headers do not allow ${origin} to read the response`,
      next: `${first} "Access-Control-Allow-Origin: ${origin}"${preflight} in the responses of the authorization server, errors too; if they are there, try again${relay}`,
    };
  }
  return {
    reason: `no answer of ${url.href}; the browser does not say why`,
    next:
      'Try again; if it goes on, check that the server runs, that its CORS headers allow this origin, and that the option ' +
      `"authorizationServers" of tokenward/server names ${url.origin}`,
  };
}
