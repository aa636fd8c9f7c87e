import { createServer, request as forward, type IncomingMessage } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { portOf } from './port-of.ts';

/** A request that goes through a front. */
export interface FrontRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An answer on its way back; a rule changes it in place. */
export interface FrontAnswer {
  status: number;
  /** By lower-case names. */
  readonly headers: Map<string, string | string[]>;
  body: string;
}

/** Changes what a server has answered. */
export type FrontRule = (answer: FrontAnswer, request: FrontRequest) => void;

/** A server before another one, which passes all requests on and alters what comes back. */
export interface AlteringFront {
  readonly origin: string;
  /** Every request of the run. */
  readonly requests: readonly FrontRequest[];
  /** Alters answers from now on; without a rule, nothing. */
  alter(rule?: FrontRule): void;
  close(): Promise<void>;
}

/**
 * Says which server is behind a front.
 *
 * @param origin where it listens
 * @param name the origin by which it names itself, where that is another one; it is then asked by its own host
 */
type SetTarget = (origin: string, name?: string) => void;

/**
 * Starts a front before a server. Where the server names its own origin, in headers or text, the front's stands instead, so
 * that it is to all others a server of its own.
 */
export async function startAlteringFront(): Promise<AlteringFront & { readonly setTarget: SetTarget }> {
  const requests: FrontRequest[] = [];
  let target = '';
  let targetName = '';
  let origin = '';
  let rule: FrontRule | undefined;
  const own = (text: string): string =>
    text.replaceAll(targetName, origin).replaceAll(encodeURIComponent(targetName), encodeURIComponent(origin));

  // As much as the longest address that a test sends: what is too long, the server behind has to say.
  const server = createServer({ maxHeaderSize: 1024 * 1024 }, (incoming, response) => {
    pass(incoming).then(
      ({ status, headers, body }) => {
        const lines = [...headers].filter(([name]) => !/^(content-length|transfer-encoding)$/.test(name));
        // A `Date` that a rule has changed is not to be replaced by Node's.
        response.sendDate = false;
        response.writeHead(status, Object.fromEntries(lines)).end(body);
      },
      () => response.destroy(),
    );
  });

  const pass = async (incoming: IncomingMessage): Promise<FrontAnswer> => {
    const { method = 'GET', url: path = '/', headers } = incoming;
    const request: FrontRequest = { method, path, headers, body: await readText(incoming) };
    requests.push(request);
    const host = target === targetName ? headers.host : new URL(target).host;
    const answer = await send(target, { ...request, headers: { ...headers, host } });
    answer.body = own(answer.body);
    for (const [name, value] of answer.headers) {
      answer.headers.set(name, typeof value === 'string' ? own(value) : value.map(own));
    }
    rule?.(answer, request);
    return answer;
  };

  await new Promise<void>((resolve) => {
    server.listen(0, 'localhost', resolve);
  });
  origin = `http://localhost:${portOf(server)}`;
  return {
    origin,
    requests,
    setTarget: (url, name = url) => {
      target = url;
      targetName = name;
    },
    alter: (next) => {
      rule = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(target: string, { method, path, headers, body }: FrontRequest): Promise<FrontAnswer> {
  return new Promise((resolve, reject) => {
    const { protocol, hostname, port } = new URL(target);
    // Not as a URL object: the path goes on as it came.
    const outgoing = forward({ protocol, hostname, port, path, method, headers, agent: false }, (incoming) => {
      readText(incoming).then(
        (text) =>
          resolve({
            status: incoming.statusCode ?? 502,
            headers: new Map(
              Object.entries(incoming.headersDistinct).map(([name, lines = []]) => [
                name,
                lines.length === 1 ? (lines[0] ?? '') : lines,
              ]),
            ),
            body: text,
          }),
        reject,
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
