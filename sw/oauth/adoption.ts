import * as oauth from 'oauth4webapi';
import { TokenwardError } from '../../src/protocol/error.ts';
import type { AdoptedTokens } from '../../src/protocol/worker-api.ts';
import type { TokenSet } from '../session/token-set.ts';
import type { OAuthContext } from './authorization-server.ts';
import { tokenEndpointError } from './failure.ts';
import { tokenSetOf } from './token-response.ts';

/**
 * Takes tokens that the app's own sign-in code holds. They pass the checks of a token response of the configured server;
 * the nonce is not known here and cannot be checked.
 *
 * @throws {@link TokenwardError} `adoption_not_allowed`, `id_token_invalid`, `token_response_invalid`, `issuer_*`
 */
export async function adoptTokens(
  { configuration, client, metadata, requestOptions }: OAuthContext,
  tokens: AdoptedTokens,
  now: () => number,
): Promise<TokenSet> {
  if (configuration.adoption !== 'allow') {
    throw new TokenwardError(
      'adoption_not_allowed',
      'The configuration does not allow adopt(). If the app signs in by code of its own, set adoption: "allow".',
    );
  }
  const authorizationServer = await metadata();
  const scopes = tokens.scopes ?? configuration.scopes;
  try {
    const response = Response.json({
      access_token: tokens.accessToken,
      token_type: 'Bearer',
      expires_in: tokens.expiresInSeconds,
      refresh_token: tokens.refreshToken,
      id_token: tokens.idToken,
    });
    const result = await oauth.processRefreshTokenResponse(authorizationServer, client, response);
    await oauth.validateApplicationLevelSignature(authorizationServer, response, requestOptions);
    return tokenSetOf(result, { scopes }, now());
  } catch (error) {
    throw tokenEndpointError(error);
  }
}
