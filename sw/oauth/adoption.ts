import * as oauth from 'oauth4webapi';
import { TokenwardError } from '../../src/protocol/error.ts';
import type { AdoptedTokens } from '../../src/protocol/worker-api.ts';
import type { TokenSet } from '../session/token-set.ts';
import type { OAuthContext } from './context.ts';
import { firstTarget } from './target.ts';
import { prepareTokenRequest } from './token-request.ts';
import { createTokenSet, readTokens, verifyIdToken } from './token-response.ts';

/**
 * Takes tokens that the app's own sign-in code holds. They pass the checks of a token response of the configured server;
 * the nonce is not known here and cannot be checked.
 *
 * @throws {@link TokenwardError} `adoption_not_allowed`, `id_token_invalid`, `token_response_invalid`, `issuer_*`
 */
export async function adoptTokens(context: OAuthContext, tokens: AdoptedTokens): Promise<TokenSet> {
  const { configuration, client } = context;
  if (configuration.adoption !== 'allow') {
    const message = `The configuration does not let the page hand over tokens. Use login(), or set adoption: "allow" in the worker's file.`;
    throw new TokenwardError('adoption_not_allowed', message);
  }
  const wishes = {
    scopes: tokens.scopes ?? configuration.scopes,
    target: firstTarget(configuration),
    dpopKey: undefined,
  };
  const request = await prepareTokenRequest(context, wishes);
  // The call is the app's: a lifetime that is none is a mistake of its code. What its server has given for no token may be empty.
  const response = Response.json({
    access_token: tokens.accessToken,
    token_type: 'Bearer',
    expires_in: tokens.expiresInSeconds,
    refresh_token: tokens.refreshToken || undefined,
    id_token: tokens.idToken,
  });
  const result = await readTokens(context, request, response);
  const verified = await verifyIdToken(context, request, {
    response,
    process: (answer, server) => oauth.processRefreshTokenResponse(server, client, answer),
  });
  return createTokenSet({ request, result, verified });
}
