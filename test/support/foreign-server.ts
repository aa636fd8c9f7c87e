import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { listen } from '../servers/listener.ts';

/** A request that reached the foreign server, preflights included. */
export interface ForeignRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/**
 * A server that is none of ours: it answers everything, lets every origin in, and takes down what it gets. A query
 * `redirect` makes it redirect there, with `hops` so many times to itself before.
 */
export interface ForeignServer {
  readonly origin: string;
  readonly port: number;
  readonly requests: readonly ForeignRequest[];
  close(): Promise<void>;
}

/** How `?echo=` gives the `Authorization` header back, besides in a header field of its own. */
const ECHOES: Readonly<Record<string, (authorization: string, path: string) => string>> = {
  body: (authorization) => JSON.stringify({ headers: { authorization } }),
  base64: (authorization) => JSON.stringify({ request: btoa(`GET / HTTP/1.1\nAuthorization: ${authorization}`) }),
  // As MIME has it (RFC 2045, section 6.8).
  wrapped: (authorization, path) =>
    btoa(`GET ${path} HTTP/1.1\r\nAuthorization: ${authorization}`).replace(/.{76}/g, '$&\r\n'),
};

/** The part of an answer that a request asks for (RFC 9110, section 14.2), one character a byte. */
function partOf(body: string, range: string | undefined): string | undefined {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  return first === undefined ? undefined : body.slice(Number(first), Number(last) + 1);
}

/** URL that a request is redirected to. */
function nextLocation(query: URLSearchParams): string | null {
  const hops = Number(query.get('hops') ?? 0);
  if (hops === 0) return query.get('redirect');
  const rest = new URLSearchParams(query);
  rest.set('hops', String(hops - 1));
  return `/?${rest}`;
}

/** @param port the port to listen on; any free one by default */
export async function startForeignServer(port?: number): Promise<ForeignServer> {
  const requests: ForeignRequest[] = [];
  const listener = await listen(
    () => async (request, response) => {
      const { method = '', url: path = '', headers } = request;
      // Before the body is there: a test may look as soon as the request has come.
      const received = { method, path, headers, body: '' };
      requests.push(received);
      received.body = await text(request).catch(() => '');
      const { searchParams } = new URL(path, 'http://localhost');
      const location = method === 'OPTIONS' ? null : nextLocation(searchParams);
      const { authorization = '' } = headers;
      const body = ECHOES[searchParams.get('echo') ?? '']?.(authorization, path) ?? '{}';
      const part = partOf(body, headers.range);
      response.writeHead(location === null ? (part === undefined ? 200 : 206) : 307, {
        ...(location !== null && { location }),
        'access-control-allow-origin': request.headers.origin ?? '*',
        'access-control-allow-credentials': 'true',
        'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '',
        'access-control-allow-methods': request.headers['access-control-request-method'] ?? 'GET',
        'content-type': 'application/json',
        ...(searchParams.get('echo') === 'header' && {
          'x-request': authorization,
          'access-control-expose-headers': 'X-Request',
        }),
      });
      response.end(part ?? body);
    },
    port,
  );
  return { origin: listener.origin, port: listener.port, requests, close: listener.close };
}

/**
 * Finds a free port whose digits, with another behind them, make a free port too: the origin with the first is the
 * beginning of the origin with the second.
 */
export async function findPortAndLookAlike(): Promise<readonly [port: number, lookAlike: number]> {
  for (;;) {
    const port = 4100 + Math.floor(Math.random() * 2400);
    const lookAlike = port * 10 + 1;
    if ((await isFree(port)) && (await isFree(lookAlike))) return [port, lookAlike];
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, 'localhost', () => server.close(() => resolve(true)));
  });
}
