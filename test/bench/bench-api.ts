import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { listen } from '../servers/listener.ts';

/** An API that does next to nothing, so that the way to it can be seen. */
export interface BenchApi {
  readonly origin: string;
  /** The protected resource. */
  readonly url: string;
  /** Beside it: a page's requests for it are not ours. */
  readonly openUrl: string;
  /** Returns how many requests have come since the last call, with an `Authorization` header and without. */
  takeCounts(): RequestCounts;
  close(): Promise<void>;
}

/** Requests, preflights not among them. */
interface RequestCounts {
  readonly authorized: number;
  readonly others: number;
}

const CHUNK = new Uint8Array(64 * 1024);

/** Starts the API; every origin may call. */
export async function startBenchApi(): Promise<BenchApi> {
  let counts: RequestCounts = { authorized: 0, others: 0 };
  const app = new Hono();
  // Each distinct URL costs one preflight, with or without a worker.
  app.use(cors({ origin: (origin) => origin, maxAge: 7200 }));
  // Where many ask for one URL that may be stored, the browser's cache lets one after the other through.
  app.use(async (context, next) => {
    await next();
    context.header('cache-control', 'no-store');
  });
  app.use(async (context, next) => {
    const { authorized, others } = counts;
    const isAuthorized = context.req.header('authorization') !== undefined;
    counts = isAuthorized ? { authorized: authorized + 1, others } : { authorized, others: others + 1 };
    await next();
  });
  app.get('/api/small', (context) => context.json({ ok: true }));
  app.get('/open/small', (context) => context.json({ ok: true }));
  app.post('/api/upload', async (context) => {
    let bytes = 0;
    for await (const chunk of context.req.raw.body ?? []) bytes += chunk.length;
    return context.json({ bytes });
  });
  app.get('/api/download', (context) => {
    let left = Number(context.req.query('bytes'));
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (left <= 0) return controller.close();
        controller.enqueue(CHUNK.subarray(0, Math.min(left, CHUNK.length)));
        left -= CHUNK.length;
      },
    });
    return new Response(body, { headers: { 'content-type': 'application/octet-stream' } });
  });
  const listener = await listen((_origin, server) => {
    // A browser does not send an upload again whose connection the server has just closed.
    server.keepAliveTimeout = 600_000;
    return getRequestListener(app.fetch);
  });
  return {
    origin: listener.origin,
    url: `${listener.origin}/api`,
    openUrl: `${listener.origin}/open`,
    takeCounts: () => {
      const taken = counts;
      counts = { authorized: 0, others: 0 };
      return taken;
    },
    close: listener.close,
  };
}
