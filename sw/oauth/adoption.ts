import * as oauth from 'oauth4webapi';
import { TokenwardError } from '../../src/protocol/error.ts';
import type { AdoptedTokens } from '../../src/protocol/worker-api.ts';
import type { TokenSet } from '../session/token-set.ts';
import type { OAuthContext } from './context.ts';
import { requestTokens } from './token-response.ts';

/**
 * Takes tokens that the app's own sign-in code holds. They pass the checks of a token response of the configured server;
 * the nonce is not known here and cannot be checked.
 *
 * @throws {@link TokenwardError} `adoption_not_allowed`, `id_token_invalid`, `token_response_invalid`, `issuer_*`
 */
export async function adoptTokens(context: OAuthContext, tokens: AdoptedTokens): Promise<TokenSet> {
  const { configuration, client } = context;
  if (configuration.adoption !== 'allow') {
    throw new TokenwardError('adoption_not_allowed', 'adopt() is for a configuration with adoption: "allow".');
  }
  return requestTokens(context, {
    send: async () =>
      Response.json({
        access_token: tokens.accessToken,
        token_type: 'Bearer',
        expires_in: tokens.expiresInSeconds,
        refresh_token: tokens.refreshToken,
        id_token: tokens.idToken,
      }),
    process: (server, response) => oauth.processRefreshTokenResponse(server, client, response),
    scopes: tokens.scopes ?? configuration.scopes,
  });
}
