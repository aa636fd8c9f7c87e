import * as oauth from 'oauth4webapi';
import type { OAuthContext } from './context.ts';
import { pushedRequestError } from './failure.ts';
import { toleratePushedResponse } from './harmless-deviations.ts';
import { UnreadableResponse } from './unreadable-response.ts';

/**
 * Pushes an authorization request (RFC 9126), if the configuration or the server wants it so. After any answer there is no way back from
 * it to a request in the URL, and none at all where pushing is required. Otherwise, an endpoint whose answers no browser can read is as
 * none: `decisions/pushed-request-fallback.md` says why.
 *
 * @param parameters the whole authorization request
 * @returns what the browser carries in its stead; `undefined` if it carries the request itself
 * @throws {@link TokenwardError} `authorization_refused`, `issuer_unreachable`, `issuer_invalid`
 */
export async function pushAuthorizationRequest(
  context: OAuthContext,
  parameters: URLSearchParams,
): Promise<Readonly<Record<string, string>> | undefined> {
  const { configuration, client, metadata, pushEndpoints, endpointOptions } = context;
  const authorizationServer = await metadata();
  const { pushedAuthorizationRequests: policy } = configuration;
  const { pushed_authorization_request_endpoint: endpoint = '' } = authorizationServer;
  const isRequired = policy === 'required' || authorizationServer.require_pushed_authorization_requests;
  const isUsable = endpoint !== '' && pushEndpoints.get(endpoint) !== 'unreadable';
  if (!isRequired && !(isUsable && policy === 'auto')) return undefined;
  try {
    const response = await oauth.pushedAuthorizationRequest(
      authorizationServer,
      client,
      oauth.None(),
      parameters,
      endpointOptions('pushed'),
    );
    pushEndpoints.set(endpoint, 'answered');
    const { request_uri } = await oauth.processPushedAuthorizationResponse(
      authorizationServer,
      client,
      await toleratePushedResponse(response),
    );
    return { client_id: client.client_id, request_uri };
  } catch (error) {
    const isFinal = isRequired || pushEndpoints.get(endpoint) === 'answered';
    const unreadable = isFinal ? undefined : await findUnreadable(context, error);
    if (!unreadable) throw pushedRequestError(error);
    pushEndpoints.set(endpoint, 'unreadable');
    context.warn(describeFallback(unreadable));
    return undefined;
  }
}

/**
 * Returns the error if it shows an endpoint that gives browsers no answer that they can read, while the server can be reached. A lost
 * connection is no such case.
 */
async function findUnreadable({ probe }: OAuthContext, error: unknown): Promise<UnreadableResponse | undefined> {
  if (!(error instanceof UnreadableResponse)) return undefined;
  if (error.obstacle !== 'unknown') return error;
  return probe().then(
    () => error,
    () => undefined,
  );
}

function describeFallback({ reason, next }: UnreadableResponse): string {
  return (
    `The authorization request cannot be pushed: ${reason}. The browser carries it in the URL instead. ` +
    `${next}; or set "pushedAuthorizationRequests" to "off", or to "required" so that the sign-in fails.`
  );
}
