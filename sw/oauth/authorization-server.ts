import * as oauth from 'oauth4webapi';
import type { KnownMetadata } from '../../src/configuration/authorization-server.ts';
import { metadataUrlOf } from '../../src/configuration/server-location.ts';
import type { Configuration } from '../../src/configuration/parse-configuration.ts';
import { hasMembers } from '../../src/protocol/json.ts';
import type { OAuthContext } from './context.ts';
import { noteNonce } from './dpop.ts';
import { issuerError } from './failure.ts';
import { tolerateMetadata } from './harmless-deviations.ts';
import { FailedCheck } from './mismatch.ts';
import { RelayedRequests, type RelayParts } from './relay.ts';
import type { RequestOptions } from './request-options.ts';
import { SigningKeys } from './signing-keys.ts';

/** Network, clock and console of a context. Responses to `send` must not be stored in a cache. */
export type Surroundings = Pick<OAuthContext, 'now' | 'warn'> & {
  readonly send: typeof fetch;
  /** Revokes the tokens of a sign-in that was refused; nothing revokes them without it. */
  readonly discard?: OAuthContext['discard'];
  /** Identity of this worker at the relay, and the update by which it gets another one; `undefined` without a relay. */
  readonly relay?: Pick<RelayParts, 'identity' | 'updateWorker'> | undefined;
};

/**
 * Creates the context of requests to the authorization server.
 *
 * @param surroundings network, clock and console
 */
export function createOAuthContext(configuration: Configuration, surroundings: Surroundings): OAuthContext {
  const { send, now, warn, discard = () => {} } = surroundings;
  const { issuer, requestTimeoutMs } = configuration;
  const nonces = new Map<string, string>();
  const client: oauth.Client = { client_id: configuration.clientId };
  const sendBy =
    (sendRequest: typeof fetch): RequestOptions[typeof oauth.customFetch] =>
    async (url, { body, ...init }) => {
      const response = await sendRequest(url, {
        ...init,
        ...(body instanceof URLSearchParams ? { body } : {}),
        cache: 'no-store',
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
      });
      noteNonce({ nonces }, url, response);
      // The response to a GET may come from a cache, with an old date.
      const dateMs = init.method === 'POST' ? Date.parse(response.headers.get('date') ?? '') : Number.NaN;
      if (!Number.isNaN(dateMs)) client[oauth.clockSkew] = Math.round((dateMs - now()) / 1000);
      return response;
    };
  const requestOptions: RequestOptions = {
    [oauth.customFetch]: sendBy(send),
    // The configuration allows http for loopback only.
    [oauth.allowInsecureRequests]: issuer.protocol === 'http:',
    signal: () => AbortSignal.timeout(requestTimeoutMs),
  };
  const relayed = createRelayedRequests(configuration, surroundings);
  const fetchMetadata = (): Promise<oauth.AuthorizationServer> =>
    discover(configuration, requestOptions).catch((error: unknown) => {
      throw issuerError(error, configuration);
    });
  let discovering: Promise<oauth.AuthorizationServer> | undefined;
  return {
    configuration,
    client,
    requestOptions,
    endpointOptions: (endpoint) =>
      relayed
        ? { ...requestOptions, [oauth.customFetch]: sendBy((_url, init = {}) => relayed.send(endpoint, init)) }
        : requestOptions,
    signingKeys: new SigningKeys(now),
    nonces,
    pushEndpoints: new Map(),
    discard,
    warn,
    now,
    metadata: () => {
      discovering ??= fetchMetadata().catch((error: unknown) => {
        discovering = undefined;
        throw error;
      });
      return discovering;
    },
    probe: async () => {
      const server = await fetchMetadata();
      // Metadata that the configuration holds say nothing of the network: an answer of an endpoint does.
      if (metadataUrlOf(configuration) !== undefined) return;
      await reach(server, configuration, requestOptions).catch((error: unknown) => {
        throw issuerError(error, configuration);
      });
    },
  };
}

/** Creates the requests to the relay; `undefined` if the app has none. */
function createRelayedRequests(
  { relay: path, registrationScope }: Configuration,
  { send, now, warn, relay }: Surroundings,
): RelayedRequests | undefined {
  if (path === undefined || relay === undefined) return undefined;
  return new RelayedRequests({ ...relay, address: new URL(registrationScope).origin + path, send, now, warn });
}

/** Returns the metadata: those that the server publishes, with the members that the configuration names in their place. */
async function discover(configuration: Configuration, options: RequestOptions): Promise<oauth.AuthorizationServer> {
  const { issuer, authorizationServer } = configuration;
  const url = metadataUrlOf(configuration);
  const published = url === undefined ? undefined : await readMetadata(url, options);
  const response = published ?? Response.json({ issuer: authorizationServer?.issuer });
  const metadata = await oauth.processDiscoveryResponse(
    issuer,
    await withMembers(response, authorizationServer?.metadata ?? {}),
  );
  const methods = metadata.code_challenge_methods_supported;
  if (methods && !methods.includes('S256')) throw new FailedCheck('no PKCE with S256, RFC 9700, section 2.1.1');
  return metadata;
}

async function readMetadata(url: string, options: RequestOptions): Promise<Response> {
  const response = await get(url, options);
  // A browser shows no more of a redirect than that there is one.
  if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
    throw new FailedCheck('the URL of the metadata redirects', {
      next: 'Set "authorizationServer.metadataUrl" to the URL that it redirects to, if that is of the server that you mean',
    });
  }
  return tolerateMetadata(response);
}

/** Replaces members of metadata. The issuer is not among them: the published one is compared with the configured one. */
async function withMembers(response: Response, members: Partial<KnownMetadata>): Promise<Response> {
  const named = Object.entries(members).filter(([, value]) => value !== undefined);
  const published: unknown = response.ok && named.length > 0 ? await response.clone().json() : undefined;
  return hasMembers(published) ? Response.json({ ...published, ...Object.fromEntries(named) }) : response;
}

/** Reads the keys, or, where there are none, any answer of the token endpoint, or of the relay that reaches it. */
async function reach(
  { jwks_uri: keys, token_endpoint }: oauth.AuthorizationServer,
  { relay }: Configuration,
  options: RequestOptions,
): Promise<void> {
  const response = await get(keys ?? relay ?? token_endpoint ?? '', options);
  if (keys === undefined) return;
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok || !hasMembers(body)) throw new FailedCheck('the key set (jwks_uri) cannot be read');
}

function get(url: string, options: RequestOptions): Promise<Response> {
  return options[oauth.customFetch](url, {
    body: undefined,
    headers: { accept: 'application/json' },
    method: 'GET',
    redirect: 'manual',
    signal: options.signal(url),
  });
}
