import { Log } from './log.ts';

/** The endpoints of the authorization server, as the log names them. */
export type Endpoint =
  | 'authorization'
  | 'discovery'
  | 'end_session'
  | 'interaction'
  | 'introspection'
  | 'jwks'
  | 'other'
  | 'pushed_authorization_request'
  | 'revocation'
  | 'token'
  | 'userinfo';

/** A request to the authorization server. */
export interface EndpointRequest {
  readonly endpoint: Endpoint;
  readonly method: string;
  readonly path: string;
  /** The query's or the form's parameters; of an authorization request that was pushed (RFC 9126), what was pushed. */
  readonly parameters: URLSearchParams;
  /** The token request's `grant_type`. */
  readonly grantType: string | undefined;
  /** The `Origin` header. */
  readonly origin: string | undefined;
  /** The `DPoP` header: a proof. */
  readonly dpop: string | undefined;
  readonly atMs: number;
}

/** A request and what became of it. */
export interface AnsweredRequest extends EndpointRequest {
  /** The answer's status; 0 if the connection was cut. */
  readonly status: number;
  /** The OAuth error code and description of the answer. */
  readonly error: string | undefined;
  readonly errorDescription: string | undefined;
  /** What the server knows about the error and does not tell the client. */
  readonly errorDetail: string | undefined;
}

/** Every request that the authorization server has answered, by endpoint and grant type. */
export class RequestLog extends Log<AnsweredRequest, 'endpoint', 'grantType'> {
  constructor() {
    super('endpoint', 'grantType');
  }

  /** How often a refresh token came a second time: with reuse detection each of these ends a session. */
  countRefreshTokenReuses(): number {
    return this.list('token', 'refresh_token').filter(({ errorDetail }) => errorDetail === 'refresh token already used')
      .length;
  }
}

/** Every secret of a run, for a search through all that the page can reach. */
export class IssuedSecrets {
  readonly accessTokens: Set<string> = new Set();
  readonly refreshTokens: Set<string> = new Set();
  readonly idTokens: Set<string> = new Set();
  /** Authorization codes. */
  readonly codes: Set<string> = new Set();
  /** Seen in token requests: until then nobody but the client knows them. */
  readonly codeVerifiers: Set<string> = new Set();
  /** Seen in authorization requests. A page has no use for them, though they are not secrets in themselves. */
  readonly states: Set<string> = new Set();
  readonly nonces: Set<string> = new Set();

  /** All that must never be found: tokens, codes and verifiers. */
  all(): readonly string[] {
    return [...this.accessTokens, ...this.refreshTokens, ...this.idTokens, ...this.codes, ...this.codeVerifiers];
  }

  /** Forgets them. */
  clear(): void {
    for (const secrets of [this.accessTokens, this.refreshTokens, this.idTokens, this.codes]) secrets.clear();
    for (const secrets of [this.codeVerifiers, this.states, this.nonces]) secrets.clear();
  }

  /** Takes down what an authorization or token request holds. */
  noteRequest(parameters: URLSearchParams): void {
    note(this.codeVerifiers, parameters.get('code_verifier'));
    note(this.states, parameters.get('state'));
    note(this.nonces, parameters.get('nonce'));
  }

  /** Takes down what an authorization or token response holds. */
  noteResponse(response: unknown): void {
    if (typeof response !== 'object' || response === null) return;
    const members = new Map<string, unknown>(Object.entries(response));
    note(this.accessTokens, members.get('access_token'));
    note(this.refreshTokens, members.get('refresh_token'));
    note(this.idTokens, members.get('id_token'));
    note(this.codes, members.get('code'));
  }
}

function note(secrets: Set<string>, value: unknown): void {
  if (typeof value === 'string' && value !== '') secrets.add(value);
}
