import * as oauth from 'oauth4webapi';
import type { Configuration } from '../../configuration/parse-configuration.ts';
import { hasStrings } from '../../protocol/json.ts';
import { RELAY_HEADER, type RelayEndpoint, type RelayOutcome } from '../../protocol/relay-proof.ts';
import { inertHeaders } from '../inert-response.ts';
import type { RelaySecrets } from './relay-options.ts';
import { RefusedParameter, selectParameters } from './relayed-parameters.ts';
import { refuse, respond } from './responses.ts';
import { createMetadataReader, type RelaySurroundings } from './server-metadata.ts';

/** Request whose proof is valid. */
export interface ForwardedRequest {
  readonly endpoint: RelayEndpoint;
  readonly form: URLSearchParams;
  /** Header field `DPoP`; empty if there is none. */
  readonly dpop: string;
}

/** Everything that a request to the authorization server needs, besides its parameters. */
interface Recipient {
  readonly server: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly authentication: oauth.ClientAuth;
  readonly options: RequestOptions;
}

/** Options of oauth4webapi for a request of the relay. */
interface RequestOptions {
  headers: Headers;
  signal: () => AbortSignal;
  [oauth.allowInsecureRequests]: boolean;
  [oauth.customFetch]: typeof fetch;
}

/** Codes by which a server says that the client authentication is wrong: RFC 6749, section 5.2; GitHub; Slack. */
const CLIENT_ERRORS: readonly (string | undefined)[] = [
  'invalid_client',
  'incorrect_client_credentials',
  'bad_client_secret',
];

/** Header fields of the authorization server that the worker reads. A challenge is not among them: a browser would ask the user. */
const PASSED_ON = ['content-type', 'dpop-nonce', 'retry-after'];

const SENDERS: Readonly<
  Record<RelayEndpoint, (recipient: Recipient, parameters: URLSearchParams) => Promise<Response>>
> = {
  token: ({ server, client, authentication, options }, parameters) =>
    oauth.genericTokenEndpointRequest(
      server,
      client,
      authentication,
      parameters.get('grant_type') ?? '',
      without('grant_type', parameters),
      options,
    ),
  revocation: ({ server, client, authentication, options }, parameters) =>
    oauth.revocationRequest(server, client, authentication, parameters.get('token') ?? '', {
      ...options,
      additionalParameters: without('token', parameters),
    }),
  pushed: ({ server, client, authentication, options }, parameters) =>
    oauth.pushedAuthorizationRequest(server, client, authentication, parameters, options),
};

/**
 * Creates the function that sends a request to the configured authorization server, with client authentication and the parameters that
 * the endpoint needs.
 */
export function createForwarder(
  configuration: Configuration,
  { authenticate }: RelaySecrets,
  surroundings: RelaySurroundings,
): (request: ForwardedRequest) => Promise<Response> {
  const metadata = createMetadataReader(configuration, surroundings);
  const client: oauth.Client = { client_id: configuration.clientId };
  return async ({ endpoint, form, dpop }) => {
    try {
      const parameters = selectParameters(endpoint, form, configuration);
      const recipient: Recipient = {
        server: await metadata(),
        client,
        authentication: await authenticate(),
        options: {
          headers: new Headers(dpop === '' ? {} : { dpop }),
          signal: () => AbortSignal.timeout(configuration.requestTimeoutMs),
          [oauth.allowInsecureRequests]: configuration.issuer.protocol === 'http:',
          [oauth.customFetch]: surroundings.send,
        },
      };
      return await passOn(await SENDERS[endpoint](recipient, parameters));
    } catch (error) {
      if (error instanceof RefusedParameter) return refuse(400, error.message);
      // The name alone: a message may be of the app's own function, which knows the secret.
      const name = error instanceof Error ? error.name : typeof error;
      console.error(`tokenward: the relay could not send a request to the ${endpoint} endpoint (${name}).`);
      return respond({
        outcome: 'unreachable',
        status: 502,
        description: 'The authorization server did not answer, or its metadata name no such endpoint.',
      });
    }
  };
}

function without(omitted: string, parameters: URLSearchParams): URLSearchParams {
  return new URLSearchParams(Array.from(parameters).filter(([name]) => name !== omitted));
}

/** Returns the response of the authorization server for the worker. */
async function passOn(response: Response): Promise<Response> {
  const { status } = response;
  if (status < 200 || (status >= 300 && status < 400)) {
    console.error(`tokenward: the authorization server answered the relay with a redirect, which it does not follow.`);
    return respond({ outcome: 'unreachable', status: 502, description: 'The authorization server redirects.' });
  }
  const body = await response.text();
  const code = errorOf(body);
  if (code !== undefined && CLIENT_ERRORS.includes(code)) {
    console.error(`tokenward: the authorization server does not accept the relay's client authentication: ${code}.`);
    return respond({
      outcome: 'client',
      status: 502,
      description: `The client authentication is not accepted: ${code}.`,
    });
  }
  const headers = new Headers({ ...inertHeaders(), [RELAY_HEADER]: 'answered' satisfies RelayOutcome });
  for (const name of PASSED_ON) {
    const value = response.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return new Response([204, 205].includes(status) ? null : body, { status, headers });
}

/** Returns the code of an error response (RFC 6749, section 5.2). */
function errorOf(body: string): string | undefined {
  try {
    const members: unknown = JSON.parse(body);
    return hasStrings(members, 'error') ? members.error : undefined;
  } catch {
    return undefined;
  }
}
