import type { Explanation } from '../../src/protocol/explanation.ts';
import { LIBRARY_VERSION } from '../../src/protocol/version.ts';
import type { WatchedRequest, WorkerReport } from '../../src/protocol/worker-api.ts';
import type { RequestTraits } from './protected-resource.ts';

/** Time for which a page gets reports after it asked for them, in milliseconds; it must ask again for more. */
const WATCH_MS = 10 * 60_000;

/** Dependencies of `createRequestWatch()`. */
export interface RequestWatchParts {
  readonly now: () => number;
  readonly explain: (url: URL, request: RequestTraits) => Promise<Explanation>;
  readonly tell: (request: WatchedRequest) => void;
}

/** Reports of requests while a page watches. Without a watcher, a request costs one comparison. */
export interface RequestWatch {
  /** Starts the reports; returns the worker's version and start time. */
  readonly begin: () => WorkerReport;
  /** Called with each request that reaches the worker. */
  readonly see: (url: URL, request: Request) => void;
}

/**
 * Creates the reports of requests.
 *
 * @param parts clock, explanation of requests, and receiver of reports
 */
export function createRequestWatch({ now, explain, tell }: RequestWatchParts): RequestWatch {
  const startedAtMs = now();
  let untilMs = 0;
  const report = async (url: URL, request: Request, atMs: number): Promise<void> => {
    const { method, destination } = request;
    tell({ url: addressOf(request), method, destination, atMs, ...(await explain(url, request)) });
  };
  return {
    begin: () => {
      untilMs = now() + WATCH_MS;
      return { version: LIBRARY_VERSION, startedAtMs };
    },
    see: (url, request) => {
      const atMs = now();
      if (atMs < untilMs) void report(url, request, atMs);
    },
  };
}

/** Returns the URL of a request without query and fragment, which may hold secrets. */
export function addressOf({ url }: Pick<Request, 'url'>): string {
  return url.replace(/[?#].*/, '');
}
