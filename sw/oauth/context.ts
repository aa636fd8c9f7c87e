import type * as oauth from 'oauth4webapi';
import type { Configuration } from '../../src/configuration/parse-configuration.ts';

/** Options of oauth4webapi for every request to the authorization server. */
export interface RequestOptions {
  [oauth.customFetch]: (url: string, options: oauth.CustomFetchOptions<string, unknown>) => Promise<Response>;
  [oauth.allowInsecureRequests]: boolean;
  signal: (url: string) => AbortSignal;
}

/** The authorization server, its metadata, and this client of it. */
export interface OAuthContext {
  readonly configuration: Configuration;
  /** This client. It knows the difference to the server's clock, if scripts may read the server's `Date`. */
  readonly client: oauth.Client;
  /** Metadata (RFC 8414, OpenID Connect Discovery 1.0), fetched when it is first needed and kept. */
  readonly metadata: () => Promise<oauth.AuthorizationServer>;
  readonly requestOptions: RequestOptions;
  /** The newest nonce for DPoP proofs, by origin (RFC 9449, sections 8 and 9). */
  readonly nonces: Map<string, string>;
  /** The clock, in milliseconds since the epoch. */
  readonly now: () => number;
}
