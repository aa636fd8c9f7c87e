import * as oauth from 'oauth4webapi';
import type { UnknownMembers } from '../../src/protocol/json.ts';
import { isTokenwardError, TokenwardError } from '../../src/protocol/error.ts';
import type { TokenSet } from '../session/token-set.ts';
import type { OAuthContext } from './context.ts';
import { keySetError, mayPass } from './failure.ts';
import { withoutEmptyParameters } from './harmless-deviations.ts';
import { isKeyOfIssuer, issuerOfResponse, issuerOfToken } from './issuer-template.ts';
import { explainMismatch, FailedCheck, isCheck } from './mismatch.ts';
import type { PendingAuthorization } from './pending-authorization.ts';
import { firstTarget } from './target.ts';
import { prepareTokenRequest, sendTokenRequest, type TokenRequest } from './token-request.ts';
import { createTokenSet, readTokens, revocableTokens, type VerifiedIdToken, verifyIdToken } from './token-response.ts';
import { checkTokenHash } from './id-token.ts';
import { identifyUser } from './plain-user.ts';
import { repeatableParameters } from './renewal-request.ts';
import { unverifiedClaims } from './unverified-claims.ts';

/** The `state` of an authorization response, which in a JWT (JARM) is one of its claims; empty if there is none. */
export function stateOf(parameters: URLSearchParams): string {
  const state = parameters.get('state') ?? unverifiedClaims(parameters.get('response'))['state'];
  return typeof state === 'string' ? state : '';
}

/**
 * Checks an authorization response (RFC 6749, section 4.1.2; RFC 9207; OpenID Connect Core 1.0, section 3.3.2; JARM) and
 * exchanges its code (RFC 7636, section 4.5). The ID token is validated, signature included (OpenID Connect Core 1.0,
 * section 3.1.3.7). Tokens that are refused for good are revoked.
 *
 * @param given the response's parameters
 * @param pending the request that it answers
 * @throws {@link TokenwardError} `authorization_refused`, `authorization_response_invalid`, `token_request_refused`,
 *   `token_endpoint_unavailable`, `token_response_invalid`, `id_token_invalid`, `issuer_unreachable`, `issuer_invalid`
 */
export async function exchangeAuthorizationCode(
  context: OAuthContext,
  given: URLSearchParams,
  pending: PendingAuthorization,
): Promise<TokenSet> {
  const parameters = withoutEmptyParameters(given);
  const { configuration, client } = context;
  const { codeVerifier, scopes, dpopKey } = pending;
  const request = await prepareTokenRequest(context, { scopes, target: firstTarget(configuration), dpopKey });
  const { server } = request;
  const granted = await validate(context, request, { parameters, pending });
  const response = await sendTokenRequest(request, (options) =>
    oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      granted,
      configuration.redirectUri,
      codeVerifier.reveal(),
      options,
    ),
  );
  const result = await readTokens(context, request, response);
  try {
    if (configuration.openid === false) return await identifyUser(context, request, result);
    const code = granted.get('code') ?? '';
    const verified = await verifySignIn(context, request, { parameters, pending, code, response });
    const tokens = createTokenSet({ request, result, verified });
    return { ...tokens, parameters: repeatableParameters(pending.parameters, tokens.claims) };
  } catch (error) {
    // What may pass says nothing against the tokens, and a server may end all sessions of the user with them.
    if (!isTokenwardError(error) || !error.retryable) context.discard(revocableTokens(request, result));
    throw error;
  }
}

/** An authorization response, and the request that it answers. */
interface ResponseInTurn {
  readonly parameters: URLSearchParams;
  readonly pending: PendingAuthorization;
}

/** An authorization response, and the token response that its code was exchanged for. */
interface ExchangedResponse extends ResponseInTurn {
  readonly code: string;
  readonly response: Response;
}

/** Verifies the ID token of a token response against the request and the authorization response. */
function verifySignIn(
  context: OAuthContext,
  request: TokenRequest,
  { parameters, pending: { nonce, maxAge }, code, response }: ExchangedResponse,
): Promise<VerifiedIdToken | undefined> {
  return verifyIdToken(context, request, {
    response,
    process: async (answer, issuer) => {
      const checked = await oauth.processAuthorizationCodeResponse(issuer, context.client, answer, {
        expectedNonce: nonce,
        requireIdToken: true,
        ...(maxAge !== undefined && { maxAge }),
      });
      const claims = oauth.getValidatedIdTokenClaims(checked);
      await checkTokenHash(claims?.['c_hash'], checked.id_token ?? '', code);
      // OpenID Connect Core 1.0, section 3.3.3.6: both ID tokens of a hybrid flow are about the same user.
      const first = parameters.get('id_token');
      if (first !== null && unverifiedClaims(first)['sub'] !== claims?.sub)
        throw new FailedCheck('"sub" differs from that of the authorization response');
      // The same holds for the issuer, which a template leaves open (RFC 9207, section 2.4).
      for (const named of [parameters.get('iss'), unverifiedClaims(first)['iss']]) {
        if (typeof named === 'string' && named !== claims?.iss)
          throw new FailedCheck('"iss" differs from that of the authorization response');
      }
      return checked;
    },
  });
}

async function validate(
  { configuration, client, signingKeys }: OAuthContext,
  { server, options }: TokenRequest,
  { parameters, pending: { state, nonce, maxAge } }: ResponseInTurn,
): Promise<URLSearchParams> {
  const isJwt = configuration.responseMode.endsWith('jwt');
  try {
    const jwt = parameters.get(isJwt ? 'response' : 'id_token') ?? '';
    const issuer = isJwt || jwt === '' ? server : issuerOfToken(server, configuration, jwt);
    const isOfIssuer = (key: UnknownMembers): boolean => isKeyOfIssuer(key, configuration, issuer.issuer);
    const response =
      !isJwt && configuration.responseType === 'code'
        ? oauth.validateAuthResponse(issuerOfResponse(server, configuration, parameters), client, parameters, state)
        : await signingKeys.verify({ jwt, server: issuer, options, isOfIssuer }, (one, withKey) =>
            isJwt
              ? oauth.validateJwtAuthResponse(one, client, parameters, state, withKey)
              : oauth.validateCodeIdTokenResponse(one, client, parameters, nonce, state, maxAge, withKey),
          );
    if (!response.get('code')) throw new FailedCheck('"code" is missing');
    return response;
  } catch (cause) {
    if (mayPass(cause)) throw keySetError(cause);
    if (!(cause instanceof oauth.AuthorizationResponseError)) {
      // The message of the check, not what was found: anyone may have written it into the URL.
      const { next = 'Sign in again' } = explainMismatch(
        cause,
        isJwt ? 'authorization_signed_response_alg' : undefined,
      );
      const reason = isCheck(cause) ? ` (${cause.message})` : '';
      throw new TokenwardError(
        'authorization_response_invalid',
        `The authorization response is not of the configured server${reason}. ${next}.`,
        { cause },
      );
    }
    // Anyone may have written the value in the URL (RFC 6749, section 4.1.2.1, allows these characters).
    const serverCode = /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,64}$/.test(cause.error) ? cause.error : 'unknown_error';
    throw new TokenwardError(
      'authorization_refused',
      `The authorization server refused the sign-in: ${serverCode}. Sign in again.`,
      {
        cause,
        serverCode,
      },
    );
  }
}
