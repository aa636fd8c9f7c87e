import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TokenwardHandler } from '../handler.ts';
import { GATE_HEADER } from '../gate-header.ts';
import { inertHeaders } from '../inert-response.ts';
import { addSecurityHeaders } from './security-headers.ts';
import type { SecurityPolicy } from '../security-policy.ts';

/** Treatment of requests that are not for Tokenward, by {@link toNodeListener}. */
export interface NodeListenerOptions {
  /** Policy for every other response of the server, whichever code writes it, and for documents from the worker's cache. */
  readonly policy?: SecurityPolicy;
  /** Handler of other requests in a plain node:http server; without it they get 404. */
  readonly next?: (request: IncomingMessage, response: ServerResponse) => void;
}

/** Listener for `http.createServer()`, which is also a middleware for Express and Connect. */
export type NodeListener = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => void;

/**
 * Adapts a handler to node:http. As a middleware it must come before any that serves files.
 *
 * @param handler the result of {@link createTokenwardHandler}
 * @param options treatment of other requests
 * @throws TypeError if the handler is not a function
 * @example
 * // node:http
 * createServer(toNodeListener(handler, { policy, next: serveApp })).listen(3000);
 * // Express
 * app.use(toNodeListener(handler, { policy }));
 */
export function toNodeListener(handler: TokenwardHandler, options: NodeListenerOptions = {}): NodeListener {
  if (typeof handler !== 'function')
    throw new TypeError('toNodeListener() takes the result of createTokenwardHandler().');
  const site = { handler, policy: options.policy };
  return createNodeListener(() => Promise.resolve(site), options);
}

/** Handler for a request, and the policy for the responses of other code. */
export interface NodeSite {
  readonly handler: TokenwardHandler;
  readonly policy: SecurityPolicy | undefined;
  /** Whether the handler reads the body of a request to a path. The body of any other request belongs to the next listener. */
  readonly readsBody?: (path: string) => boolean;
}

/**
 * Creates a listener whose handler and policy depend on the request.
 *
 * @param find finds them; `undefined` for a request that Tokenward has nothing to do with
 * @param options treatment of other requests; `policy` is for those that are no proper request, whatever `find` would say
 */
export function createNodeListener(
  find: (request: Request) => Promise<NodeSite | undefined>,
  options: NodeListenerOptions,
): NodeListener {
  return (request, response, next) => {
    let { policy } = options;
    const handle = async (webRequest: Request): Promise<Response | undefined> => {
      const site = await find(webRequest);
      policy = site?.policy;
      const isRead = request.method === 'POST' && site?.readsBody?.(new URL(webRequest.url).pathname) === true;
      return site?.handler(isRead ? withBody(webRequest, request) : webRequest, policy);
    };
    // The gate needs its header on every script, with or without a policy.
    const secure = (): void => addSecurityHeaders(response, policy ?? { headers: [GATE_HEADER] });
    const goOn = async (): Promise<void> => {
      try {
        if (next !== undefined) next();
        else if (options.next === undefined) end(response, 404, 'Not found.');
        else {
          // A function that returns nothing may still return a promise.
          const done: unknown = options.next(request, response);
          await done;
        }
      } catch (error) {
        // Without a response the browser would wait, and an unhandled error would end the process.
        console.error(error);
        if (response.headersSent) response.destroy();
        else end(response, 500, 'The server could not answer.');
      }
    };
    answer(handle, request, response).then(
      (isAnswered) => {
        if (isAnswered) return undefined;
        secure();
        return goOn();
      },
      (error: unknown) => {
        secure();
        if (next !== undefined) return next(error);
        // Log it here, because nothing else does, and the response must not reveal it.
        console.error(error);
        end(response, 500, 'The server could not answer.');
      },
    );
  };
}

async function answer(handler: TokenwardHandler, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const webRequest = toWebRequest(request);
  const webResponse = webRequest === undefined ? undefined : await handler(webRequest);
  if (webResponse === undefined) return false;
  response.statusCode = webResponse.status;
  for (const [name, value] of webResponse.headers) {
    // HTTP/2 has no such field (RFC 9113, section 8.2.2): Node warns of it.
    if (name !== 'connection' || request.httpVersionMajor < 2) response.setHeader(name, value);
  }
  response.end(new Uint8Array(await webResponse.arrayBuffer()));
  return true;
}

/**
 * Converts the request without its body, which belongs to the next listener. The handler reads only method, path, query and
 * headers, and the body where {@link NodeSite.readsBody} says so, so the origin does not matter, and a proxy cannot falsify it.
 */
function toWebRequest(request: IncomingMessage): Request | undefined {
  // Express removes the path that a router is mounted at.
  const path = 'originalUrl' in request && typeof request.originalUrl === 'string' ? request.originalUrl : request.url;
  const url = path?.startsWith('/') === true ? `http://localhost${path}` : path;
  if (url === undefined || !URL.canParse(url) || NOT_FOR_FETCH.has(request.method ?? '')) return undefined;
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value === 'string' && !name.startsWith(':')) headers.set(name, value);
  }
  // A browser sends no `Host` over HTTP/2, and it does not count beside this field (RFC 9113, section 8.3.1).
  const authority = request.headers[':authority'];
  if (typeof authority === 'string') headers.set('host', authority);
  return new Request(url, { method: request.method ?? 'GET', headers });
}

/** Returns the request with its body as a stream, which is read as far as the handler reads it. */
function withBody(request: Request, source: IncomingMessage): Request {
  return new Request(request, { method: 'POST', body: streamOf(source), duplex: 'half' });
}

/** Returns the body of a request as a stream of the Web. If it is not read to its end, the connection stays for the response. */
function streamOf(source: IncomingMessage): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      // A parser of bodies that came before has read it.
      if (source.readableEnded) return controller.close();
      source.on('data', (chunk: Uint8Array) => {
        controller.enqueue(new Uint8Array(chunk));
        source.pause();
      });
      source.once('end', () => controller.close());
      source.once('error', (error) => controller.error(error));
      source.pause();
    },
    pull: () => void source.resume(),
    cancel: () => void source.pause(),
  });
}

/** Methods that a `Request` cannot have: https://fetch.spec.whatwg.org/#forbidden-method */
const NOT_FOR_FETCH: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK']);

function end(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(inertHeaders())) response.setHeader(name, value);
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end(`${text}\n`);
}
