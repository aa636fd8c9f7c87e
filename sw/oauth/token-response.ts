import * as oauth from 'oauth4webapi';
import { hasMembers } from '../../src/protocol/json.ts';
import { TokenwardError } from '../../src/protocol/error.ts';
import type { Claims } from '../../src/protocol/session.ts';
import type { IssuedToken, TokenSet } from '../session/token-set.ts';
import { Token } from '../vault/token.ts';
import type { OAuthContext, RequestOptions } from './context.ts';
import { dpopHandle } from './dpop.ts';
import { idTokenError, mayPass, tokenEndpointError } from './failure.ts';
import { checkIdTokenClaims, checkTokenHash } from './id-token.ts';
import { firstTarget, mayBeUnbound, targetParameters } from './target.ts';
import { unverifiedClaims } from './unverified-claims.ts';

/** RFC 6749, section 5.1, leaves `expires_in` optional; a token of unknown age is used for this long. */
const DEFAULT_LIFETIME_SECONDS = 300;

/** What every token request takes in oauth4webapi. */
export interface TokenRequestOptions extends RequestOptions {
  readonly additionalParameters: URLSearchParams;
  readonly DPoP?: oauth.DPoPHandle;
}

/** One way to tokens. */
export interface TokenRequest {
  readonly send: (authorizationServer: oauth.AuthorizationServer, options: TokenRequestOptions) => Promise<Response>;
  readonly process: (
    authorizationServer: oauth.AuthorizationServer,
    response: Response,
  ) => Promise<oauth.TokenEndpointResponse>;
  /** The scopes that the sign-in asked for. */
  readonly scopes: readonly string[];
  /** What the access token is to be for; what the sign-in's is for by default. */
  readonly target?: string;
  /** The key pair that the tokens are to be bound to; that of the session by default. */
  readonly dpopKey?: Token<'dpop_key'> | undefined;
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
  const { scopes, before, target = firstTarget(context.configuration), dpopKey = before?.dpopKey } = request;
  const additionalParameters = targetParameters(target, scopes);
  // One time limit from the metadata to the keys, also where the server has it asked again: the lease of a refresh is no longer.
  const deadline = context.requestOptions.signal('');
  const authorizationServer = await context.metadata();
  // The token is not younger than its request.
  const sentAtMs = context.now();
  try {
    const options = {
      ...context.requestOptions,
      signal: () => deadline,
      additionalParameters,
      ...(dpopKey && { DPoP: await dpopHandle(context, dpopKey) }),
    };
    const ask = (): Promise<oauth.TokenEndpointResponse> =>
      validated(context, request, { authorizationServer, options });
    const result = await ask().catch((error: unknown) => {
      // RFC 9449, section 8: the same once more, with a proof that holds the nonce.
      if (dpopKey && oauth.isDPoPNonceError(error)) return ask();
      throw error;
    });
    refuseUnsendable(result.access_token);
    const isBound = result.token_type === 'dpop';
    if (isBound !== !!dpopKey && (isBound || !mayBeUnbound(target))) {
      throw new TokenwardError(
        'token_response_invalid',
        `The access token is not of type ${dpopKey ? 'DPoP' : 'Bearer'}. Check the client at the server.`,
      );
    }
    // OpenID Connect Core 1.0, section 12.2: a refresh cannot change who the user is; a nonce is that of the sign-in, or the
    // ID token is left aside.
    const said = oauth.getValidatedIdTokenClaims(result);
    const isNew =
      said &&
      (!before || said.nonce === undefined || said.nonce === unverifiedClaims(before.idToken.reveal())['nonce']);
    const claims = isNew ? claimsOf(said) : before?.claims;
    const idToken = isNew && result.id_token ? new Token('id_token', result.id_token) : before?.idToken;
    if (!claims || !idToken || (before && said && before.claims.sub !== said.sub)) {
      throw new TokenwardError('id_token_invalid', 'The ID token is not there, or of another user. Sign in again.');
    }
    const lifetimeMs = 1000 * (result.expires_in ?? DEFAULT_LIFETIME_SECONDS);
    // RFC 6749, section 5.1: without a scope it is what was asked for.
    const scope = result.scope ?? additionalParameters.get('scope');
    const issued: IssuedToken = {
      accessToken: new Token('access_token', result.access_token),
      scopes: scope?.match(/\S+/g) ?? scopes,
      expiresAtMs: sentAtMs + lifetimeMs,
      lifetimeMs,
      isBound,
    };
    return {
      claims,
      scopes,
      accessTokens: { ...before?.accessTokens, [target]: issued },
      // RFC 6749, section 6: without a new refresh token the old one stays.
      refreshToken:
        result.refresh_token === undefined ? before?.refreshToken : new Token('refresh_token', result.refresh_token),
      idToken,
      dpopKey,
    };
  } catch (error) {
    throw tokenEndpointError(error);
  }
}

/**
 * Refuses an access token that no header can carry (RFC 9110, section 5.5; RFC 6750, section 2.1): every request would fail.
 *
 * @throws {@link TokenwardError} `token_response_invalid`
 */
function refuseUnsendable(accessToken: string): void {
  if (/^[\x21-\x7e]+$/.test(accessToken)) return;
  throw new TokenwardError(
    'token_response_invalid',
    'The access token holds characters that no Authorization header can carry, such as a space or a line break. Check the token format at the server.',
  );
}

/** What the ID token says of the user, without what only ties it to its request, to a code or to a token. */
function claimsOf(claims: oauth.IDToken): Claims {
  for (const name of ['nonce', 'at_hash', 'c_hash', 's_hash']) Reflect.deleteProperty(claims, name);
  return claims;
}

/** Sends a request and validates its response, the ID token's signature included. */
async function validated(
  { client, now }: OAuthContext,
  { send, process, before }: TokenRequest,
  { authorizationServer, options }: { authorizationServer: oauth.AuthorizationServer; options: TokenRequestOptions },
): Promise<oauth.TokenEndpointResponse> {
  const response = await send(authorizationServer, options);
  const copy = response.clone();
  try {
    const result = await process(authorizationServer, response);
    if (result.id_token !== undefined) {
      await oauth.validateApplicationLevelSignature(authorizationServer, response, options);
      const claims = oauth.getValidatedIdTokenClaims(result);
      const nowSeconds = now() / 1000 + (client[oauth.clockSkew] ?? 0);
      if (claims) checkIdTokenClaims(claims, { clientId: client.client_id, nowSeconds });
      await checkTokenHash(claims?.['at_hash'], result.id_token, result.access_token);
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
