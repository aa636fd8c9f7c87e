import * as oauth from 'oauth4webapi';
import { TokenwardError } from '../../src/protocol/error.ts';
import type { TokenSet } from '../session/token-set.ts';
import { Token } from '../vault/token.ts';

/** RFC 6749, section 5.1, leaves `expires_in` optional; a token of unknown age is used for this long. */
const DEFAULT_LIFETIME_SECONDS = 300;

/** What a token response is to be completed from where it says nothing. */
export interface Previous {
  readonly scopes: readonly string[];
  readonly tokens?: TokenSet;
}

/**
 * Makes a token set of a token response that was validated.
 *
 * @param nowMs when the request was sent, in milliseconds since the epoch: the token is not younger than that
 * @throws {@link TokenwardError} `token_response_invalid`
 */
export function tokenSetOf(response: oauth.TokenEndpointResponse, previous: Previous, nowMs: number): TokenSet {
  if (response.token_type !== 'bearer') {
    throw new TokenwardError(
      'token_response_invalid',
      'The token endpoint gave an access token of another type than Bearer. Check the client at the authorization server.',
    );
  }
  const claims = oauth.getValidatedIdTokenClaims(response) ?? previous.tokens?.claims;
  const idToken = response.id_token === undefined ? previous.tokens?.idToken : new Token('id_token', response.id_token);
  if (!claims || !idToken) {
    throw new TokenwardError('id_token_invalid', 'The token endpoint gave no ID token. Ask for the scope "openid".');
  }
  // OpenID Connect Core 1.0, section 12.2: a refresh cannot change who the user is.
  if (previous.tokens && previous.tokens.claims.sub !== claims.sub) {
    throw new TokenwardError('id_token_invalid', 'A refresh brought the ID token of another user. Sign in again.');
  }
  const lifetimeMs = 1000 * (response.expires_in ?? DEFAULT_LIFETIME_SECONDS);
  return {
    claims,
    scopes: response.scope?.split(' ') ?? previous.scopes,
    accessToken: new Token('access_token', response.access_token),
    expiresAtMs: nowMs + lifetimeMs,
    lifetimeMs,
    // RFC 6749, section 6: without a new refresh token the old one stays.
    refreshToken:
      response.refresh_token === undefined
        ? previous.tokens?.refreshToken
        : new Token('refresh_token', response.refresh_token),
    idToken,
  };
}
