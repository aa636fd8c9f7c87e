import type { webcrypto } from 'node:crypto';
import { ClientSecretBasic, ClientSecretPost, None, PrivateKeyJwt, type ClientAuth } from 'oauth4webapi';
import { describeUnknownOption } from '../../protocol/unknown-option.ts';

/** Client authentication of the relay. Its secrets stay on the server: no worker, page or static file gets them. */
export interface RelayOptions {
  /**
   * Client secret, or a function that returns the present one, such as a JWT that expires (Apple). Take it from the environment of the
   * server, never from `tokenward.config.js`.
   */
  readonly clientSecret?: string | (() => string | Promise<string>);
  /**
   * Form of the client authentication (OpenID Connect Core 1.0, section 9): with `clientSecret`, `client_secret_basic` (default) or
   * `client_secret_post`; `none` for a public client of a server whose token endpoint has no CORS headers.
   */
  readonly authentication?: 'client_secret_basic' | 'client_secret_post' | 'none';
  /** Private key for `private_key_jwt` (RFC 7523), in place of `clientSecret`. */
  readonly privateKey?: webcrypto.CryptoKey;
  /** `kid` of the private key, if the server needs it. */
  readonly keyId?: string;
  /**
   * Key from which the server derives the identities of workers: at least 32 random characters. Without this option, it is the client
   * secret, if that is long enough. If it changes, each worker gets another identity at its next update.
   */
  readonly key?: string;
}

/** Client that a relay authenticates. */
export interface RelayClient {
  /** Origin of the app. */
  readonly origin: string;
  /** Issuer identifier of the authorization server that gets the secret. */
  readonly issuer: string;
  /** Client identifier of the configuration. */
  readonly clientId: string;
}

/**
 * Function that returns the options of the relay for a client. A configuration that depends on the host needs it: the client of one
 * host has another secret than that of another host, and its authorization server must not get that one.
 */
export type RelayOptionsFunction = (client: RelayClient) => RelayOptions;

/** Client authentication and key of a relay, after their check. */
export interface RelaySecrets {
  readonly authenticate: () => Promise<ClientAuth>;
  readonly key: string;
}

const NAMES = ['clientSecret', 'authentication', 'privateKey', 'keyId', 'key'] satisfies (keyof RelayOptions)[];

/** Length under which a secret could be guessed from the identity of a worker, in characters. */
const MIN_KEY_CHARACTERS = 32;

/**
 * Checks the options of a relay.
 *
 * @throws TypeError that names the option, and holds no secret
 */
export function parseRelayOptions(options: RelayOptions): RelaySecrets {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null) throw new TypeError('relay must be an object with "clientSecret".');
  const unknown = describeUnknownOption(options, NAMES, 'relay.');
  if (unknown !== undefined) throw new TypeError(unknown);
  const { clientSecret, key = typeof clientSecret === 'string' ? clientSecret : undefined } = options;
  const authenticate = parseAuthentication(options);
  if (typeof key === 'string' && key.length >= MIN_KEY_CHARACTERS) return { authenticate, key };
  throw new TypeError(
    `relay.key must be at least ${MIN_KEY_CHARACTERS} random characters: ` +
      'a client secret that is shorter, or is not a text, cannot take its place.',
  );
}

function parseAuthentication({
  clientSecret,
  authentication,
  privateKey,
  keyId,
}: RelayOptions): RelaySecrets['authenticate'] {
  const methods: readonly unknown[] = ['client_secret_basic', 'client_secret_post', 'none', undefined];
  if (!methods.includes(authentication)) {
    throw new TypeError('relay.authentication must be "client_secret_basic", "client_secret_post" or "none".');
  }
  const isNone = authentication === 'none';
  if ([clientSecret !== undefined, privateKey !== undefined, isNone].filter(Boolean).length !== 1) {
    throw new TypeError('relay needs one of "clientSecret", "privateKey" and "authentication": "none".');
  }
  if (isNone) return async () => None();
  if (privateKey !== undefined) {
    if (authentication !== undefined) throw new TypeError('relay.authentication does not go with "privateKey".');
    return async () => PrivateKeyJwt(keyId === undefined ? privateKey : { key: privateKey, kid: keyId });
  }
  if (keyId !== undefined) throw new TypeError('relay.keyId goes with "privateKey" only.');
  if (typeof clientSecret !== 'function' && (typeof clientSecret !== 'string' || clientSecret === '')) {
    throw new TypeError('relay.clientSecret must be a string that is not empty, or a function that returns one.');
  }
  const authenticateBy = authentication === 'client_secret_post' ? ClientSecretPost : ClientSecretBasic;
  return async () => authenticateBy(typeof clientSecret === 'function' ? await clientSecret() : clientSecret);
}
