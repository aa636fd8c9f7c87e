import * as oauth from 'oauth4webapi';
import type { TokenTarget } from '../../src/configuration/token-target.ts';
import type { TokenSet } from '../session/token-set.ts';
import type { OAuthContext } from './context.ts';
import { prepareTokenRequest, sendTokenRequest } from './token-request.ts';
import { createTokenSet, readTokens, verifyIdToken } from './token-response.ts';

/**
 * Uses the refresh token to get an access token (RFC 6749, section 6). The ID token's signature is verified too.
 *
 * @param before the token set of the session; must have a refresh token
 * @param target the target of the access token
 * @throws {@link TokenwardError} `token_request_refused` when the server refuses for good; any other may pass
 */
export async function refreshAccessToken(
  context: OAuthContext,
  before: TokenSet,
  target: TokenTarget,
): Promise<TokenSet> {
  const { client, configuration } = context;
  const { scopes, dpopKey, refreshToken } = before;
  const request = await prepareTokenRequest(context, { scopes, target, dpopKey });
  const response = await sendTokenRequest(request, (options) =>
    oauth.refreshTokenGrantRequest(request.server, client, oauth.None(), refreshToken?.reveal() ?? '', options),
  );
  const result = await readTokens(context, request, response);
  if (configuration.openid === false) return createTokenSet({ request, result, verified: undefined, before });
  // The refresh token has been used: do not lose its successor because an ID token fails its checks, as when the keys cannot be
  // fetched now or the clock is wrong. The claims of the previous ID token stay.
  const verified = await verifyIdToken(context, request, {
    response,
    isOfSession: true,
    process: (answer, server) => oauth.processRefreshTokenResponse(server, client, answer),
  }).catch(() => undefined);
  return createTokenSet({ request, result, verified, before });
}
