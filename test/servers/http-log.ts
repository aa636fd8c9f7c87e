import { Log } from './log.ts';

/** A request to the API or to the app's server. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** The `Origin` header. */
  readonly origin: string | undefined;
  /** The scheme of the `Authorization` header, such as `Bearer`; the credentials themselves are not kept. */
  readonly authorizationScheme: string | undefined;
  /** Digest of the access token: requests that carry the same token have the same one. */
  readonly tokenDigest: string | undefined;
  /** What the access token says that it is for, be it valid or not. */
  readonly audience: string | undefined;
  /** The `DPoP` header: a proof. */
  readonly dpop: string | undefined;
  /** The `Sec-Fetch-Dest` header. */
  readonly destination: string | undefined;
  readonly atMs: number;
}

/** A request and what became of it. */
export interface AnsweredHttpRequest extends HttpRequest {
  /** Whether it came with a valid access token. */
  readonly isAuthorised: boolean;
  /** The access token's subject. */
  readonly sub: string | undefined;
  /** The answer's status; 0 if the connection was cut. */
  readonly status: number;
}

/** Every request that a server has answered, by path and method. */
export class HttpLog extends Log<AnsweredHttpRequest, 'path', 'method'> {
  constructor() {
    super('path', 'method');
  }
}
