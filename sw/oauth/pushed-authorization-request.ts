import * as oauth from 'oauth4webapi';
import type { OAuthContext } from './authorization-server.ts';
import { pushedRequestError } from './failure.ts';

/**
 * Pushes an authorization request (RFC 9126), if the configuration or the server wants it so. There is no way back from
 * it to a request in the URL: who can make the push fail could then change the request on its way.
 *
 * @param authorizationServer its metadata
 * @param parameters the whole authorization request
 * @returns the parameters that the browser carries
 * @throws {@link TokenwardError} `authorization_refused`, `issuer_unreachable`, `issuer_invalid`
 */
export async function pushAuthorizationRequest(
  { configuration, client, requestOptions }: OAuthContext,
  authorizationServer: oauth.AuthorizationServer,
  parameters: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const { pushedAuthorizationRequests: policy } = configuration;
  const isOffered = authorizationServer.pushed_authorization_request_endpoint !== undefined;
  const isRequired = policy === 'required' || authorizationServer.require_pushed_authorization_requests;
  if (!isRequired && !(isOffered && policy === 'auto')) return parameters;
  try {
    const { request_uri } = await oauth.processPushedAuthorizationResponse(
      authorizationServer,
      client,
      await oauth.pushedAuthorizationRequest(authorizationServer, client, oauth.None(), parameters, requestOptions),
    );
    // RFC 9126, section 4: the rest stays between worker and server.
    return { client_id: client.client_id, request_uri };
  } catch (error) {
    throw pushedRequestError(error);
  }
}
