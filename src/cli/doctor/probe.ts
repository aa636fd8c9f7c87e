import { request as requestByHttp, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as requestByHttps } from 'node:https';

/** Request of a probe. It carries no cookies and no credentials, and does not follow redirects. */
export interface ProbeRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Response of a server. */
export interface Answer {
  readonly url: string;
  readonly status: number;
  /** Returns the header of a name, its lines joined; `undefined` if it is absent. */
  readonly header: (name: string) => string | undefined;
  /** Up to the {@link BODY_LIMIT_BYTES first bytes}. */
  readonly body: string;
  /** Time of arrival, in milliseconds since the epoch. */
  readonly atMs: number;
}

/** Sends one request; rejects with an `Error` whose message names the address where there is no answer. */
export type Send = (url: string, request?: ProbeRequest) => Promise<Answer>;

/** Limit of a response body that the probe reads; larger than any worker script. */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;

/**
 * Creates the function that sends the probes. It does not use `fetch()`: Node's `fetch()` adds `Sec-Fetch-Mode` and hides
 * redirects.
 *
 * @param timeoutMs time limit for each request and its response, in milliseconds
 */
export function createSend(timeoutMs: number): Send {
  return (url, { method = 'GET', headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const target = new URL(url);
      const fail = (reason: string): void => reject(new Error(`${target.origin}${target.pathname} ${reason}`));
      const timer = setTimeout(() => {
        fail(`did not answer within ${timeoutMs / 1000} seconds`);
        outgoing.destroy();
      }, timeoutMs);
      const outgoing = (target.protocol === 'https:' ? requestByHttps : requestByHttp)(
        target,
        { method, headers: { 'user-agent': 'tokenward-doctor', ...headers }, agent: false },
        (incoming) => {
          readBody(incoming).then(
            (text) => resolve(toAnswer(url, incoming, text)),
            () => fail('cut the connection in its answer'),
          );
        },
      );
      outgoing.on('error', (error: NodeJS.ErrnoException) =>
        fail(`cannot be reached (${error.code ?? error.message})`),
      );
      outgoing.on('close', () => clearTimeout(timer));
      outgoing.end(body);
    });
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    if (!(chunk instanceof Uint8Array)) continue;
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size >= BODY_LIMIT_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function toAnswer(url: string, { statusCode = 0, headers }: IncomingMessage, body: string): Answer {
  return { url, status: statusCode, header: (name) => joined(headers, name), body, atMs: Date.now() };
}

/** Policies may come in several lines, which mean the same as one line with commas (RFC 9110, section 5.3). */
function joined(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
