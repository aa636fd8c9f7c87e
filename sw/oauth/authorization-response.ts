import * as oauth from 'oauth4webapi';
import { TokenwardError } from '../../src/protocol/error.ts';
import type { TokenSet } from '../session/token-set.ts';
import type { OAuthContext } from './authorization-server.ts';
import type { PendingAuthorization } from './pending-authorization.ts';
import { requestTokens } from './token-response.ts';

/**
 * Checks an authorization response (RFC 6749, section 4.1.2; RFC 9207) and exchanges its code (RFC 7636, section 4.5).
 * The ID token is validated, signature included (OpenID Connect Core 1.0, section 3.1.3.7).
 *
 * @param parameters the response's parameters
 * @param pending the request that it answers
 * @throws {@link TokenwardError} `authorization_refused`, `authorization_response_invalid`, `token_request_refused`,
 *   `token_endpoint_unavailable`, `token_response_invalid`, `id_token_invalid`, `issuer_unreachable`, `issuer_invalid`
 */
export function exchangeAuthorizationCode(
  context: OAuthContext,
  parameters: URLSearchParams,
  { state, nonce, codeVerifier, scopes, dpopKey }: PendingAuthorization,
): Promise<TokenSet> {
  const { configuration, client } = context;
  return requestTokens(context, {
    send: (server, options) =>
      oauth.authorizationCodeGrantRequest(
        server,
        client,
        oauth.None(),
        validate(() => oauth.validateAuthResponse(server, client, parameters, state)),
        configuration.redirectUri,
        codeVerifier.reveal(),
        options,
      ),
    process: (server, response) =>
      oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: nonce, requireIdToken: true }),
    scopes,
    dpopKey,
  });
}

function validate(response: () => URLSearchParams): URLSearchParams {
  try {
    const parameters = response();
    if (!parameters.has('code')) throw new Error('no code');
    return parameters;
  } catch (cause) {
    if (!(cause instanceof oauth.AuthorizationResponseError)) {
      throw new TokenwardError(
        'authorization_response_invalid',
        'The authorization response is not of the configured server. Sign in again.',
        { cause },
      );
    }
    // Anyone may have written what stands in a URL (RFC 6749, section 4.1.2.1, allows these characters).
    const serverCode = /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,64}$/.test(cause.error) ? cause.error : 'unknown_error';
    throw new TokenwardError(
      'authorization_refused',
      `The authorization server refused the sign-in: ${serverCode}. Try again.`,
      {
        cause,
        serverCode,
      },
    );
  }
}
