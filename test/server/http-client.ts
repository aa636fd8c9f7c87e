import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';

/** What a server sent, before anything was made of it. */
export interface RawResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Every line of a header that may come more than once. */
  readonly lines: (name: string) => readonly string[];
  readonly body: string;
}

/** What to send. */
export interface RawRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends a request as it is; the `fetch` of Node adds `Sec-Fetch-Mode`, and hides how often a header came. */
export function send(url: string, { method = 'GET', headers = {}, body }: RawRequest = {}): Promise<RawResponse> {
  const { href, origin } = new URL(url);
  // By itself Node leaves out an empty query.
  const path = href.slice(origin.length);
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(origin, { path, method, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          lines: (name) => incoming.headersDistinct[name] ?? [],
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
