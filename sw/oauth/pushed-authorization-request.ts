import * as oauth from 'oauth4webapi';
import type { OAuthContext } from './context.ts';
import { pushedRequestError } from './failure.ts';
import { toleratePushedResponse } from './harmless-deviations.ts';

/**
 * Pushes an authorization request (RFC 9126), if the configuration or the server wants it so. There is no way back from
 * it to a request in the URL: who can make the push fail could then change the request on its way.
 *
 * @param parameters the whole authorization request
 * @returns what the browser carries in its stead; `undefined` if it carries the request itself
 * @throws {@link TokenwardError} `authorization_refused`, `issuer_unreachable`, `issuer_invalid`
 */
export async function pushAuthorizationRequest(
  { configuration, client, metadata, requestOptions }: OAuthContext,
  parameters: URLSearchParams,
): Promise<Readonly<Record<string, string>> | undefined> {
  const authorizationServer = await metadata();
  const { pushedAuthorizationRequests: policy } = configuration;
  const isOffered = authorizationServer.pushed_authorization_request_endpoint !== undefined;
  const isRequired = policy === 'required' || authorizationServer.require_pushed_authorization_requests;
  if (!isRequired && !(isOffered && policy === 'auto')) return undefined;
  try {
    const { request_uri } = await oauth.processPushedAuthorizationResponse(
      authorizationServer,
      client,
      await toleratePushedResponse(
        await oauth.pushedAuthorizationRequest(authorizationServer, client, oauth.None(), parameters, requestOptions),
      ),
    );
    return { client_id: client.client_id, request_uri };
  } catch (error) {
    throw pushedRequestError(error);
  }
}
