import type { Explanation } from '../../src/protocol/explanation.ts';
import { LIBRARY_VERSION } from '../../src/protocol/version.ts';
import type { WatchedRequest, WorkerReport } from '../../src/protocol/worker-api.ts';
import type { RequestTraits } from './protected-resource.ts';

/** How long somebody who asked is told of requests, in milliseconds; who still wants to hear of them asks again. */
const WATCH_MS = 10 * 60_000;

/** What a watch needs of its surroundings. */
export interface RequestWatchParts {
  readonly now: () => number;
  readonly explain: (url: URL, request: RequestTraits) => Promise<Explanation>;
  readonly tell: (request: WatchedRequest) => void;
}

/** Tells of requests while somebody listens, and costs a comparison while nobody does. */
export interface RequestWatch {
  /** Says what runs, too. */
  readonly begin: () => WorkerReport;
  /** Comes with each request that the worker is asked about. */
  readonly see: (url: URL, request: Request) => void;
}

/** @param parts the clock, what explains requests, and who is told */
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
