import * as oauth from 'oauth4webapi';
import { hasMembers } from '../../src/protocol/json.ts';
import { TokenwardError } from '../../src/protocol/error.ts';
import type { Claims } from '../../src/protocol/session.ts';
import type { TokenSet } from '../session/token-set.ts';
import { Token } from '../vault/token.ts';
import type { OAuthContext } from './authorization-server.ts';
import { idTokenError, mayPass, tokenEndpointError } from './failure.ts';

/** RFC 6749, section 5.1, leaves `expires_in` optional; a token of unknown age is used for this long. */
const DEFAULT_LIFETIME_SECONDS = 300;

/** One way to tokens. */
export interface TokenRequest {
  readonly send: (authorizationServer: oauth.AuthorizationServer) => Promise<Response>;
  readonly process: (
    authorizationServer: oauth.AuthorizationServer,
    response: Response,
  ) => Promise<oauth.TokenEndpointResponse>;
  /** The scopes, where the response says nothing of them. */
  readonly scopes: readonly string[];
  /** What a refresh completes its response from. */
  readonly before?: TokenSet;
}

/**
 * Gets tokens from the token endpoint. The ID token's signature is verified too.
 *
 * @throws {@link TokenwardError} `token_request_refused`, `token_endpoint_unavailable`, `token_response_invalid`,
 *   `id_token_invalid`, `issuer_unreachable`, `issuer_invalid`
 */
export async function requestTokens(context: OAuthContext, request: TokenRequest): Promise<TokenSet> {
  const { scopes, before } = request;
  const authorizationServer = await context.metadata();
  // The token is not younger than its request.
  const sentAtMs = context.now();
  try {
    const result = await validated(context, request, authorizationServer);
    if (result.token_type !== 'bearer') {
      throw new TokenwardError(
        'token_response_invalid',
        'The access token is not of type Bearer. Check the client at the server.',
      );
    }
    const claims = claimsOf(result) ?? before?.claims;
    const idToken = result.id_token === undefined ? before?.idToken : new Token('id_token', result.id_token);
    // OpenID Connect Core 1.0, section 12.2: a refresh cannot change who the user is.
    if (!claims || !idToken || (before && before.claims.sub !== claims.sub)) {
      throw new TokenwardError('id_token_invalid', 'The ID token is not there, or of another user. Sign in again.');
    }
    const lifetimeMs = 1000 * (result.expires_in ?? DEFAULT_LIFETIME_SECONDS);
    return {
      claims,
      scopes: result.scope?.match(/\S+/g) ?? scopes,
      accessToken: new Token('access_token', result.access_token),
      expiresAtMs: sentAtMs + lifetimeMs,
      lifetimeMs,
      // RFC 6749, section 6: without a new refresh token the old one stays.
      refreshToken:
        result.refresh_token === undefined ? before?.refreshToken : new Token('refresh_token', result.refresh_token),
      idToken,
    };
  } catch (error) {
    throw tokenEndpointError(error);
  }
}

/** What the ID token says of the user, without what only ties it to its request, to a code or to a token. */
function claimsOf(response: oauth.TokenEndpointResponse): Claims | undefined {
  const claims = oauth.getValidatedIdTokenClaims(response);
  for (const name of ['nonce', 'at_hash', 'c_hash', 's_hash']) Reflect.deleteProperty(claims ?? {}, name);
  return claims;
}

/** Sends a request and validates its response, the ID token's signature included. */
async function validated(
  { client, requestOptions }: OAuthContext,
  { send, process, before }: TokenRequest,
  authorizationServer: oauth.AuthorizationServer,
): Promise<oauth.TokenEndpointResponse> {
  const response = await send(authorizationServer);
  const copy = response.clone();
  try {
    const result = await process(authorizationServer, response);
    if (result.id_token !== undefined) {
      await oauth.validateApplicationLevelSignature(authorizationServer, response, requestOptions);
    }
    return result;
  } catch (error) {
    if (!copy.ok) throw error;
    const body: unknown = await copy.json();
    const rest = Response.json({ ...(hasMembers(body) ? body : {}), id_token: undefined });
    const result = await oauth.processRefreshTokenResponse(authorizationServer, client, rest);
    // The refresh token has been used: what replaces it must not be lost with an ID token that does not pass, as when
    // the keys cannot be fetched now or the clock is wrong. What the ID token before it said stays.
    if (before) return result;
    // All but the ID token is as it should be.
    throw mayPass(error) ? error : idTokenError(error);
  }
}
