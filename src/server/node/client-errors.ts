import { CALLBACK_PATH } from '../../protocol/default-names.ts';
import type { IncomingMessage, Server } from 'node:http';
import { CLEAN_QUERY } from '../fallback-documents.ts';
import { inertHeaders } from '../inert-response.ts';
import { parsePath } from '../location.ts';

/** Options of {@link secureClientErrors}. */
export interface ClientErrorOptions {
  /**
   * Path of the callback on this origin, from which early errors lead away; `/auth/callback` by default, and none where `headers`
   * are given.
   */
  readonly callbackPath?: string;
  /** Headers of these answers; for the origin of an isolated callback, those of {@link createCallbackDocument}. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Makes a node:http server answer what is no proper request in a way that script cannot use. Node answers a URL or cookies
 * of more than 16 KB by itself and without any header, so that script could frame such an address and have a document of
 * the origin without a policy: in Chromium and Firefox an authorization flow then runs in a frame within it.
 *
 * At the callback the answer is a redirect: script plants cookies for that path, and an error there would leave a code in the
 * address of a document. The redirect clears the cookies of the site, which would be refused again and again. Where Node has
 * lost the path, because the head came in more than one packet, it redirects and clears nothing.
 *
 * @param server the server that browsers, or a proxy that passes such requests on, reach
 * @param options the path of the callback, or the headers of an origin without one
 * @throws TypeError if `callbackPath` is no path
 * @see https://nodejs.org/api/http.html#event-clienterror
 * @see https://www.w3.org/TR/clear-site-data/#header
 * @example
 * secureClientErrors(createServer(listener).listen(3000));
 */
export function secureClientErrors(server: Pick<Server, 'on'>, options: ClientErrorOptions = {}): void {
  const { headers = inertHeaders() } = options;
  const standardPath = options.headers === undefined ? DEFAULT_PATH : undefined;
  const callbackPath = options.callbackPath ?? standardPath;
  const callbacks = callbackPath === undefined ? [] : [parsePath(callbackPath, 'callbackPath')];
  answerErrors(server, headers, () => callbacks);
}

const DEFAULT_PATH = `/${CALLBACK_PATH}`;

/** @param callbackPaths returns the paths of the callbacks that are known when an error comes */
function answerErrors(
  server: Pick<Server, 'on'>,
  headers: Readonly<Record<string, string>>,
  callbackPaths: () => readonly string[],
): void {
  server.on('clientError', (error: ClientError, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const path = pathOf(error.rawPacket);
    const isOversized = error.code === 'HPE_HEADER_OVERFLOW';
    const callbacks = callbackPaths();
    // Any of them has a clean address to lead to where Node has lost the path.
    const callback = path === undefined && isOversized ? callbacks[0] : callbacks.find((known) => known === path);
    const isAtCallback = callback !== undefined;
    const status = isAtCallback ? '303 See Other' : (STATUS_BY_CODE[error.code ?? ''] ?? '400 Bad Request');
    const body = isAtCallback ? '' : `${status}\n`;
    const all = {
      ...headers,
      ...(isAtCallback && { location: `${callback}${CLEAN_QUERY}#_` }),
      ...((isAtCallback ? isOversized && path !== undefined : isWorkerScriptRefused(error)) && CLEAR_COOKIES),
      'content-type': 'text/plain',
      'content-length': body.length,
      connection: 'close',
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`);
  });
}

/**
 * Does so for the server that a request came to, at the first request, unless the app has a listener of its own for such errors.
 *
 * @param request a request that the server has given to its listener
 * @param callbackPaths returns the paths of the callbacks that are known when an error comes; without any, the default path counts
 */
export function secureServerOf(
  { socket }: Pick<IncomingMessage, 'socket'>,
  callbackPaths: () => readonly string[],
): void {
  const server: unknown = Reflect.get(socket, 'server');
  if (!isServer(server) || server.listenerCount('clientError') > 0) return;
  answerErrors(server, inertHeaders(), () => {
    const known = callbackPaths();
    return known.length > 0 ? known : [DEFAULT_PATH];
  });
}

/** Whether a value has the methods of an event emitter that are used here. */
function isServer(value: unknown): value is Pick<Server, 'on' | 'listenerCount'> {
  if (typeof value !== 'object' || value === null) return false;
  return typeof Reflect.get(value, 'on') === 'function' && typeof Reflect.get(value, 'listenerCount') === 'function';
}

/** An error of a connection, with the packet in which it was found. */
interface ClientError extends NodeJS.ErrnoException {
  readonly rawPacket?: Uint8Array;
}

const CLEAR_COOKIES = { 'clear-site-data': '"cookies"' };

/**
 * Returns whether the head of a request for a worker script was too long. Script in a page plants cookies for its path, so that the
 * worker is never updated again; no page can set this field, so no page can have the cookies cleared for another reason.
 */
function isWorkerScriptRefused({ code, rawPacket = new Uint8Array() }: ClientError): boolean {
  return (
    code === 'HPE_HEADER_OVERFLOW' &&
    /\r\nsec-fetch-dest: ?serviceworker\r/i.test(Buffer.from(rawPacket).toString('latin1'))
  );
}

/** The statuses that Node itself answers with. */
const STATUS_BY_CODE: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** Reads the path of a request line; `undefined` where the packet begins with no request line. */
function pathOf(packet: Uint8Array = new Uint8Array()): string | undefined {
  return /^[A-Z]+ (?:https?:\/\/[^/? ]*)?(\/[^? \r\n]*)/.exec(Buffer.from(packet).toString('latin1'))?.[1];
}
