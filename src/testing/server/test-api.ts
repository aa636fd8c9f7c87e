import type { IncomingMessage, ServerResponse } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import type { Grant } from './grants.ts';
import { listen } from './listen.ts';

/** Request to the API with a valid access token. */
export interface TestApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Parsed body if it is JSON; otherwise its text. */
  readonly body: unknown;
  readonly sub: string;
  readonly scopes: readonly string[];
}

/** Handles requests to a path. It returns a `Response`, nothing (204), or a value that is sent as JSON. */
export type TestRoute = (request: TestApiRequest) => unknown;

/** Request that reached the API; its token is not stored. */
export interface SeenTestRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** `sub` of the access token; `undefined` without a valid one. */
  readonly sub: string | undefined;
}

/** Running API. */
export interface TestApi {
  readonly url: string;
  readonly requests: readonly SeenTestRequest[];
  readonly close: () => Promise<void>;
}

/** Options of the API. */
export interface TestApiOptions {
  readonly port: number;
  readonly findAccess: (accessToken: string) => Grant | undefined;
  /**
   * Routes by method and path, such as `GET /notes`; by default every request gets the `sub` and the scopes of its access
   * token.
   */
  readonly routes?: Readonly<Record<string, TestRoute>>;
}

const CORS = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers': '*, authorization',
  'access-control-expose-headers': 'WWW-Authenticate',
  'access-control-max-age': '7200',
};
const INVALID_TOKEN = { 'www-authenticate': 'Bearer error="invalid_token"' };

/** Starts an API that requires an access token for all requests but preflights, and allows every origin (CORS). */
export async function startTestApi({ port, findAccess, routes }: TestApiOptions): Promise<TestApi> {
  const requests: SeenTestRequest[] = [];
  const find = (method: string, path: string): TestRoute | undefined =>
    routes ? routes[`${method} ${path}`] : ({ sub, scopes }) => ({ sub, scopes });

  const answer = async (request: IncomingMessage): Promise<{ response: Response; grant: Grant | undefined }> => {
    const { method = '', headers } = request;
    const { pathname: path, searchParams: query } = new URL(request.url ?? '', 'http://localhost');
    const text = await readText(request);
    const grant = findAccess(headers.authorization?.replace(/^Bearer /, '') ?? '');
    if (!grant) {
      // Without credentials the challenge says nothing of errors (RFC 6750, section 3.1).
      const challenge = headers.authorization === undefined ? { 'www-authenticate': 'Bearer' } : INVALID_TOKEN;
      return { response: new Response(null, { status: 401, headers: challenge }), grant };
    }
    const route = find(method, path);
    if (!route) return { response: new Response(null, { status: 404 }), grant };
    const { sub, scopes } = grant;
    return { response: toResponse(await route({ method, path, query, body: parseBody(text), sub, scopes })), grant };
  };
  const reply = async (request: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method = '', headers, url = '' } = request;
    const cors = { ...CORS, 'access-control-allow-origin': headers.origin ?? '*', vary: 'Origin' };
    if (method === 'OPTIONS') return void outgoing.writeHead(204, cors).end();
    const { response, grant } = await answer(request);
    const { status } = response;
    requests.push({ method, path: new URL(url, 'http://localhost').pathname, status, sub: grant?.sub });
    outgoing.writeHead(status, { ...cors, ...Object.fromEntries(response.headers) });
    outgoing.end(new Uint8Array(await response.arrayBuffer()));
  };

  const { origin, close } = await listen((request, response) => {
    reply(request, response).catch((error: unknown) => {
      // A route that throws is a mistake of the test, which must see it.
      console.error(error);
      response.writeHead(500, CORS).end();
    });
  }, port);
  return { url: origin, requests, close };
}

function toResponse(value: unknown): Response {
  if (value instanceof Response) return value;
  return value === undefined ? new Response(null, { status: 204 }) : Response.json(value);
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
