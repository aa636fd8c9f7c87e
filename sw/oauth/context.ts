import type * as oauth from 'oauth4webapi';
import type { Configuration } from '../../src/configuration/parse-configuration.ts';
import type { RelayEndpoint } from '../../src/protocol/relay-proof.ts';
import type { RevocableTokens } from '../session/open-revocation.ts';
import type { RequestOptions } from './request-options.ts';
import type { SigningKeys } from './signing-keys.ts';

/** The authorization server, its metadata, and this client of it. */
export interface OAuthContext {
  readonly configuration: Configuration;
  /** This client. It knows the difference to the server's clock, if scripts may read the server's `Date`. */
  readonly client: oauth.Client;
  /** Metadata (RFC 8414, OpenID Connect Discovery 1.0), fetched when it is first needed and kept. */
  readonly metadata: () => Promise<oauth.AuthorizationServer>;
  /** Fetches the metadata anew, for an answer to whether the server can be reached. */
  readonly probe: () => Promise<void>;
  readonly requestOptions: RequestOptions;
  /** Returns the options for requests to an endpoint that the relay passes on, if the app has one. */
  readonly endpointOptions: (endpoint: RelayEndpoint) => RequestOptions;
  /** Keys by which the server's signatures are verified. */
  readonly signingKeys: SigningKeys;
  /** Endpoints for pushed requests: whether one has answered, or no answer of it can be read, since the worker was started. */
  readonly pushEndpoints: Map<string, 'answered' | 'unreadable'>;
  /** Revokes the tokens of a sign-in that was refused. It does not wait, and never throws. */
  readonly discard: (tokens: RevocableTokens) => void;
  /** Writes a warning for the developer. */
  readonly warn: (message: string) => void;
  /** The newest nonce for DPoP proofs, by origin (RFC 9449, sections 8 and 9). */
  readonly nonces: Map<string, string>;
  /** The clock, in milliseconds since the epoch. */
  readonly now: () => number;
}
