import * as oauth from 'oauth4webapi';
import type { TokenSet } from '../session/token-set.ts';
import type { OAuthContext } from './context.ts';
import { requestTokens } from './token-response.ts';

/**
 * Uses the refresh token to get an access token (RFC 6749, section 6).
 *
 * @param before what the session holds; must have a refresh token
 * @param target what the access token is to be for
 * @throws {@link TokenwardError} `token_request_refused` when the server refuses for good; any other may pass
 */
export function refreshAccessToken(context: OAuthContext, before: TokenSet, target: string): Promise<TokenSet> {
  const { client } = context;
  const refreshToken = before.refreshToken?.reveal() ?? '';
  return requestTokens(context, {
    send: (server, options) => oauth.refreshTokenGrantRequest(server, client, oauth.None(), refreshToken, options),
    process: (server, response) => oauth.processRefreshTokenResponse(server, client, response),
    scopes: before.scopes,
    target,
    before,
  });
}
