import * as oauth from 'oauth4webapi';
import { TokenwardError } from '../../src/protocol/error.ts';
import type { TokenSet } from '../session/token-set.ts';
import type { OAuthContext } from './authorization-server.ts';
import { tokenEndpointError } from './failure.ts';
import type { PendingAuthorization } from './pending-authorization.ts';
import { tokenSetOf } from './token-response.ts';

/**
 * Checks an authorization response (RFC 6749, section 4.1.2; RFC 9207) and exchanges its code (RFC 7636, section 4.5).
 * The ID token is validated, signature included (OpenID Connect Core 1.0, section 3.1.3.7).
 *
 * @param parameters the response's parameters
 * @param pending the request that it answers
 * @param now the clock, in milliseconds since the epoch
 * @throws {@link TokenwardError} `authorization_refused`, `authorization_response_invalid`, `token_request_refused`,
 *   `token_endpoint_unavailable`, `token_response_invalid`, `id_token_invalid`, `issuer_unreachable`, `issuer_invalid`
 */
export async function exchangeAuthorizationCode(
  { configuration, client, metadata, requestOptions }: OAuthContext,
  parameters: URLSearchParams,
  pending: PendingAuthorization,
  now: () => number,
): Promise<TokenSet> {
  const authorizationServer = await metadata();
  const validated = validate(authorizationServer, client, parameters, pending.state);
  const sentAtMs = now();
  try {
    const response = await oauth.authorizationCodeGrantRequest(
      authorizationServer,
      client,
      oauth.None(),
      validated,
      configuration.redirectUri,
      pending.codeVerifier.reveal(),
      requestOptions,
    );
    const result = await oauth.processAuthorizationCodeResponse(authorizationServer, client, response, {
      expectedNonce: pending.nonce,
      requireIdToken: true,
    });
    await oauth.validateApplicationLevelSignature(authorizationServer, response, requestOptions);
    return tokenSetOf(result, pending, sentAtMs);
  } catch (error) {
    throw tokenEndpointError(error);
  }
}

function validate(
  authorizationServer: oauth.AuthorizationServer,
  client: oauth.Client,
  parameters: URLSearchParams,
  state: string,
): URLSearchParams {
  try {
    return oauth.validateAuthResponse(authorizationServer, client, parameters, state);
  } catch (cause) {
    if (cause instanceof oauth.AuthorizationResponseError) {
      throw new TokenwardError(
        'authorization_refused',
        `The authorization server did not authorize the sign-in: ${boundedCode(cause.error)}.`,
        { cause, serverCode: boundedCode(cause.error) },
      );
    }
    throw new TokenwardError(
      'authorization_response_invalid',
      'The authorization response is not an answer of the configured server to a request of this app. Sign in again.',
      { cause },
    );
  }
}

/** An error code comes from a URL: anyone may have written it (RFC 6749, section 4.1.2.1, allows these characters). */
function boundedCode(code: string): string {
  return /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,64}$/.test(code) ? code : 'unknown_error';
}
