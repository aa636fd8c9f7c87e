import * as oauth from 'oauth4webapi';
import { hasMembers, type UnknownMembers } from '../../src/protocol/json.ts';
import { TokenwardError } from '../../src/protocol/error.ts';
import { type Claims, isSameUser } from '../../src/protocol/session.ts';
import { keyOfTarget } from '../../src/configuration/token-target.ts';
import type { RevocableTokens } from '../session/open-revocation.ts';
import type { IssuedToken, TokenSet } from '../session/token-set.ts';
import { Token } from '../vault/token.ts';
import type { OAuthContext } from './context.ts';
import { withoutDeepMembers } from './depth.ts';
import { idTokenError, keySetError, mayPass, tokenEndpointError } from './failure.ts';
import { checkIdTokenClaims, checkTokenHash } from './id-token.ts';
import { isKeyOfIssuer, issuerOfToken } from './issuer-template.ts';
import { mayBeUnbound } from './target.ts';
import type { TokenRequest } from './token-request.ts';
import { unverifiedClaims } from './unverified-claims.ts';

/**
 * Lifetime, in seconds, of an access token of plain OAuth 2.0 that names none and cannot be renewed: such a token is valid until it is
 * revoked, and the API says when.
 */
const LASTING_LIFETIME_SECONDS = 30 * 24 * 60 * 60;

/** RFC 6749, section 5.1, leaves `expires_in` optional; a token of unknown age is used for this long. */
const DEFAULT_LIFETIME_SECONDS = 300;

/** An ID token that has passed its checks. */
export interface VerifiedIdToken {
  readonly text: string;
  readonly claims: oauth.IDToken;
}

/**
 * Reads the tokens of a token response (RFC 6749, section 5). Its ID token is left to {@link verifyIdToken}.
 *
 * @throws {@link TokenwardError} `token_request_refused`, `token_endpoint_unavailable`, `token_response_invalid`
 */
export async function readTokens(
  { client }: OAuthContext,
  { server }: TokenRequest,
  response: Response,
): Promise<oauth.TokenEndpointResponse> {
  try {
    return await oauth.processRefreshTokenResponse(server, client, await withoutIdToken(response));
  } catch (error) {
    throw tokenEndpointError(error);
  }
}

async function withoutIdToken(response: Response): Promise<Response> {
  const members = await membersOf(response);
  if (members['id_token'] === undefined) return response.clone();
  const { headers, status } = response;
  return new Response(JSON.stringify({ ...members, id_token: undefined }), { headers, status });
}

/** Returns the members of a response that has succeeded; none if it is no object. */
async function membersOf(response: Response): Promise<UnknownMembers> {
  const body: unknown = response.ok
    ? await response
        .clone()
        .json()
        .catch(() => undefined)
    : undefined;
  return hasMembers(body) ? body : {};
}

/** A token response, and the check of its ID token that its grant asks for. */
export interface IdTokenCheck {
  readonly response: Response;
  /** Checks the claims. The server is the one that the ID token must name in `iss`. */
  readonly process: (response: Response, server: oauth.AuthorizationServer) => Promise<oauth.TokenEndpointResponse>;
  /** Whether the ID token may be of a time to come: in a session, the clock may have been set back, and the server says what time it is. */
  readonly isOfSession?: true;
}

/**
 * Verifies the ID token of a token response, signature included (OpenID Connect Core 1.0, section 3.1.3.7).
 *
 * @returns `undefined` if the response has none, and need not have one
 * @throws {@link TokenwardError} `id_token_invalid`, or `token_endpoint_unavailable` while the keys cannot be fetched
 */
export async function verifyIdToken(
  { configuration, client, now, signingKeys }: OAuthContext,
  { server: known, options }: TokenRequest,
  { response, process, isOfSession }: IdTokenCheck,
): Promise<VerifiedIdToken | undefined> {
  try {
    const { id_token: given } = await membersOf(response);
    const server = typeof given === 'string' ? issuerOfToken(known, configuration, given) : known;
    const result = await process(response, server);
    const claims = oauth.getValidatedIdTokenClaims(result);
    if (!claims || result.id_token === undefined) return undefined;
    const isOfIssuer = (key: UnknownMembers): boolean => isKeyOfIssuer(key, configuration, server.issuer);
    await signingKeys.verify({ jwt: result.id_token, server, options, isOfIssuer }, (one, withKey) =>
      oauth.validateApplicationLevelSignature(one, response, withKey),
    );
    const nowSeconds = isOfSession ? Infinity : now() / 1000 + (client[oauth.clockSkew] ?? 0);
    checkIdTokenClaims(claims, { clientId: client.client_id, nowSeconds });
    await checkTokenHash(claims['at_hash'], result.id_token, result.access_token);
    return { text: result.id_token, claims };
  } catch (error) {
    // The response is there: only the keys are still fetched.
    throw mayPass(error) ? keySetError(error) : idTokenError(error);
  }
}

/** Facts that a token set is made of. */
export interface TokenFacts {
  readonly request: TokenRequest;
  readonly result: oauth.TokenEndpointResponse;
  readonly verified: VerifiedIdToken | undefined;
  /** Claims of the user, if the server issues no ID tokens. */
  readonly user?: Claims;
  /** Token set that a refresh completes the response from. */
  readonly before?: TokenSet;
}

/**
 * Creates the token set of a token response.
 *
 * @throws {@link TokenwardError} `token_response_invalid`, `id_token_invalid`
 */
export function createTokenSet({ request, result, verified, user, before }: TokenFacts): TokenSet {
  const { scopes, target, dpopKey } = request;
  refuseUnsendable(result.access_token);
  refuseOtherType(request, result);
  const isLasting = user !== undefined && result.refresh_token === undefined;
  const issued = createIssuedToken(request, result, isLasting ? LASTING_LIFETIME_SECONDS : DEFAULT_LIFETIME_SECONDS);
  if (before && verified && !isSameUser(before.claims, verified.claims)) throw missingIdToken();
  // OpenID Connect Core 1.0, section 12.2: a refresh cannot change the user. Ignore an ID token whose nonce is not that of the sign-in.
  const isNew = verified && (!before || hasNonceOf(before, verified));
  const claims = isNew ? claimsOf(verified.claims) : (user ?? before?.claims);
  const idToken = isNew ? new Token('id_token', verified.text) : before?.idToken;
  const isPlain = user !== undefined || (before !== undefined && before.idToken === undefined);
  if (!claims || (!idToken && !isPlain)) throw missingIdToken();
  return {
    claims,
    scopes,
    ...(before?.parameters && { parameters: before.parameters }),
    accessTokens: { ...before?.accessTokens, [keyOfTarget(target)]: issued },
    // RFC 6749, section 6: without a new refresh token the old one stays.
    refreshToken:
      result.refresh_token === undefined ? before?.refreshToken : new Token('refresh_token', result.refresh_token),
    idToken,
    dpopKey,
  };
}

function createIssuedToken(
  request: TokenRequest,
  result: oauth.TokenEndpointResponse,
  defaultLifetimeSeconds: number,
): IssuedToken {
  const { scopes, options, sentAtMs } = request;
  const lifetimeMs = 1000 * (result.expires_in ?? defaultLifetimeSeconds);
  // RFC 6749, section 5.1: without a scope, the requested one is granted.
  const scope = result.scope ?? options.additionalParameters.get('scope');
  return {
    accessToken: new Token('access_token', result.access_token),
    scopes: scope ? request.splitScopes(scope) : scopes,
    expiresAtMs: sentAtMs + lifetimeMs,
    lifetimeMs,
    isBound: result.token_type === 'dpop',
  };
}

/** Returns the tokens of a response that nothing will use: they are to be revoked. */
export function revocableTokens(request: TokenRequest, result: oauth.TokenEndpointResponse): RevocableTokens {
  const { refresh_token: refreshToken } = result;
  return {
    refreshToken: refreshToken === undefined ? undefined : new Token('refresh_token', refreshToken),
    accessTokens: {
      [keyOfTarget(request.target)]: createIssuedToken(request, result, LASTING_LIFETIME_SECONDS),
    },
  };
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

/**
 * Refuses an access token of another type than the request asked for.
 *
 * @throws {@link TokenwardError} `token_response_invalid`
 */
function refuseOtherType({ target, dpopKey }: TokenRequest, { token_type }: oauth.TokenEndpointResponse): void {
  const isBound = token_type === 'dpop';
  if (isBound === !!dpopKey || (!isBound && mayBeUnbound(target))) return;
  throw new TokenwardError(
    'token_response_invalid',
    dpopKey
      ? 'The "token_type" is "Bearer", and "dpop" requires "DPoP". Set "dpop_bound_access_tokens" of the client at the server, or remove the option "dpop".'
      : 'The "token_type" is "DPoP", and the request had no proof. Set the option "dpop" to "required", or the token type of the client to "Bearer".',
  );
}

/** Whether an ID token of a refresh has no nonce, or the nonce of the ID token before. */
function hasNonceOf({ idToken }: TokenSet, { claims: { nonce } }: VerifiedIdToken): boolean {
  return nonce === undefined || nonce === unverifiedClaims(idToken?.reveal() ?? null)['nonce'];
}

/**
 * Returns the claims about the user, without those that only tie the ID token to its request, to a code or to a token, and without those that
 * no message can carry.
 */
function claimsOf(claims: oauth.IDToken): Claims {
  const ofUser: Claims = withoutDeepMembers(claims);
  for (const name of ['nonce', 'at_hash', 'c_hash', 's_hash']) Reflect.deleteProperty(ofUser, name);
  return ofUser;
}

function missingIdToken(): TokenwardError {
  return new TokenwardError('id_token_invalid', 'The ID token is missing, or of another user. Sign in again.');
}
