import * as oauth from 'oauth4webapi';
import type { TokenSet } from '../session/token-set.ts';
import type { OAuthContext } from './authorization-server.ts';
import { tokenEndpointError } from './failure.ts';
import { tokenSetOf } from './token-response.ts';

/**
 * Uses the refresh token (RFC 6749, section 6).
 *
 * @param tokens what the session holds; must have a refresh token
 * @param now the clock, in milliseconds since the epoch
 * @throws {@link TokenwardError} `token_request_refused` when the server refuses for good; any other may pass
 */
export async function refreshAccessToken(
  { client, metadata, requestOptions }: OAuthContext,
  tokens: TokenSet,
  now: () => number,
): Promise<TokenSet> {
  const authorizationServer = await metadata();
  const sentAtMs = now();
  try {
    const response = await oauth.refreshTokenGrantRequest(
      authorizationServer,
      client,
      oauth.None(),
      tokens.refreshToken?.reveal() ?? '',
      requestOptions,
    );
    const result = await oauth.processRefreshTokenResponse(authorizationServer, client, response);
    if (result.id_token !== undefined) {
      await oauth.validateApplicationLevelSignature(authorizationServer, response, requestOptions);
    }
    return tokenSetOf(result, { scopes: tokens.scopes, tokens }, sentAtMs);
  } catch (error) {
    throw tokenEndpointError(error);
  }
}
