import type { Server } from 'node:http';
import { inertHeaders } from './inert-response.ts';

/**
 * Makes a node:http server answer what is no proper request in a way that script cannot use. Node answers a URL or cookies
 * of more than 16 KB by itself and without any header, so that script could frame such an address and have a document of
 * the origin without a policy: in Chromium and Firefox an authorization flow then runs in a frame within it.
 *
 * @param server the server that browsers, or a proxy that passes such requests on, reach
 * @param headers the headers of these answers; for an isolated callback, those of {@link createCallbackDocument}
 * @see https://nodejs.org/api/http.html#event-clienterror
 */
export function secureClientErrors(
  server: Pick<Server, 'on'>,
  headers: Readonly<Record<string, string>> = inertHeaders(),
): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const status = STATUS_BY_CODE[error.code ?? ''] ?? '400 Bad Request';
    const body = `${status}\n`;
    const all = {
      ...headers,
      'content-type': 'text/plain',
      'content-length': body.length,
      connection: 'close',
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`);
  });
}

/** The statuses that Node itself answers with. */
const STATUS_BY_CODE: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};
