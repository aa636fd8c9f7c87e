import * as oauth from 'oauth4webapi';
import type { Configuration } from '../../src/configuration/parse-configuration.ts';
import type { OAuthContext } from './context.ts';
import { noteNonce } from './dpop.ts';
import { issuerError } from './failure.ts';
import { tolerateMetadata } from './harmless-deviations.ts';
import { FailedCheck } from './mismatch.ts';
import type { RequestOptions } from './request-options.ts';
import { SigningKeys } from './signing-keys.ts';

/** Network and clock of a context. Responses to `send` must not be stored in a cache. */
export type Surroundings = Pick<OAuthContext, 'now'> & { readonly send: typeof fetch };

/**
 * Creates the context of requests to the authorization server.
 *
 * @param surroundings network and clock
 */
export function createOAuthContext(configuration: Configuration, { send, now }: Surroundings): OAuthContext {
  const { issuer, requestTimeoutMs } = configuration;
  const nonces = new Map<string, string>();
  const client: oauth.Client = { client_id: configuration.clientId };
  const requestOptions: RequestOptions = {
    [oauth.customFetch]: async (url, { body, ...init }) => {
      const response = await send(url, {
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
    },
    // The configuration allows http for loopback only.
    [oauth.allowInsecureRequests]: issuer.protocol === 'http:',
    signal: () => AbortSignal.timeout(requestTimeoutMs),
  };
  let discovering: Promise<oauth.AuthorizationServer> | undefined;
  return {
    configuration,
    client,
    requestOptions,
    signingKeys: new SigningKeys(now),
    nonces,
    now,
    metadata: () => {
      discovering ??= discover(issuer, requestOptions).catch((error: unknown) => {
        discovering = undefined;
        throw issuerError(error, issuer);
      });
      return discovering;
    },
    probe: async () => {
      await discover(issuer, requestOptions).catch((error: unknown) => {
        throw issuerError(error, issuer);
      });
    },
  };
}

async function discover(issuer: URL, options: RequestOptions): Promise<oauth.AuthorizationServer> {
  const response = await tolerateMetadata(await oauth.discoveryRequest(issuer, options));
  const metadata = await oauth.processDiscoveryResponse(issuer, response);
  const methods = metadata.code_challenge_methods_supported;
  if (methods && !methods.includes('S256')) throw new FailedCheck('no PKCE with S256, RFC 9700, section 2.1.1');
  return metadata;
}
