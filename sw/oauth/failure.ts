import * as oauth from 'oauth4webapi';
import { metadataUrlOf, type ServerLocation } from '../../src/configuration/server-location.ts';
import type { ErrorCode } from '../../src/protocol/error-codes.ts';
import { isTokenwardError, TokenwardError } from '../../src/protocol/error.ts';
import { type AlgorithmSetting, explainMismatch } from './mismatch.ts';

/** Returns the error of a failed request for the metadata. */
export function issuerError(cause: unknown, configuration: ServerLocation): TokenwardError {
  const { issuer, authorizationServer } = configuration;
  const name = authorizationServer?.issuer ?? issuer.href;
  const url = metadataUrlOf(configuration) ?? 'the ID tokens of the server';
  return mayPass(cause)
    ? failure(cause, 'issuer_unreachable', [
        `The authorization server ${name} did not answer`,
        'Try again; if it goes on, check "issuer" and "authorizationServer"',
      ])
    : failure(cause, 'issuer_invalid', [
        `The authorization server ${name} did not answer with its metadata`,
        `Compare "issuer", letter by letter, with ${url}`,
      ]);
}

/** Returns the error of a failed pushed authorization request (RFC 9126, section 2.3). */
export function pushedRequestError(cause: unknown): TokenwardError {
  const what = 'The pushed authorization request was not accepted';
  return mayPass(cause)
    ? failure(cause, 'issuer_unreachable', [
        'The pushed authorization request was not answered',
        'Try again; if it goes on, set "pushedAuthorizationRequests"',
      ])
    : isRefusal(cause)
      ? failure(cause, 'authorization_refused', [
          what,
          'Check the client, its redirect URI, scopes and resources at the server',
        ])
      : failure(cause, 'issuer_invalid', [what, 'Check its endpoint, or set "pushedAuthorizationRequests"']);
}

/**
 * Returns the error of a failed token request. Only `token_request_refused` is a final answer of the server (RFC 6749, section
 * 5.2). A response of a proxy, a captive portal or an overloaded server is not.
 */
export function tokenEndpointError(cause: unknown): TokenwardError {
  if (isTokenwardError(cause)) return cause;
  if (mayPass(cause)) {
    return failure(cause, 'token_endpoint_unavailable', ['The token endpoint did not answer', 'Try again']);
  }
  if (isRefusal(cause)) {
    return failure(cause, 'token_request_refused', [
      'The token endpoint refused the request',
      'Sign in again; if it goes on, check the client at the server',
    ]);
  }
  return failure(cause, 'token_response_invalid', [
    'The token endpoint answered without tokens',
    'Check that no proxy or error page stands before it',
  ]);
}

/** Returns the error of a failed UserInfo request (OpenID Connect Core 1.0, section 5.3.3). */
export function userInfoError(cause: unknown): TokenwardError {
  return mayPass(cause)
    ? failure(cause, 'userinfo_unavailable', ['The UserInfo endpoint did not answer', 'Try again'])
    : failure(cause, 'userinfo_invalid', [
        "The UserInfo endpoint did not answer with this user's claims",
        'Check that the server has one and accepts the access token there',
        'userinfo_signed_response_alg',
      ]);
}

/** Returns the error of a key set that cannot be read at present (RFC 7517, section 5). */
export function keySetError(cause: unknown): TokenwardError {
  return failure(cause, 'token_endpoint_unavailable', ['The key set (jwks_uri) could not be read', 'Try again']);
}

/** Returns the error of an ID token that failed its validation (OpenID Connect Core 1.0, section 3.1.3.7). */
export function idTokenError(cause: unknown): TokenwardError {
  return failure(cause, 'id_token_invalid', [
    'The ID token is not valid',
    'Sign in again; if it goes on, check the clock and the keys at the server',
  ]);
}

function failure(
  cause: unknown,
  code: ErrorCode,
  [happened, usual, setting]: readonly [happened: string, next: string, setting?: AlgorithmSetting],
): TokenwardError {
  const response = responseOf(cause);
  const status = response?.status;
  const retryAfter = response?.headers.get('retry-after') ?? undefined;
  const serverCode = cause instanceof oauth.ResponseBodyError ? cause.error : undefined;
  const { reason, next = usual } = explainMismatch(cause, setting);
  const details = [status && `HTTP ${status}`, serverCode, reason].filter((detail) => detail).join(', ');
  return new TokenwardError(code, `${happened}${details && ` (${details})`}. ${next}.`, {
    cause,
    serverCode,
    retryAfter,
  });
}

/** Returns the response that an error of oauth4webapi is about. */
function responseOf(error: unknown): Response | undefined {
  if (error instanceof oauth.ResponseBodyError || error instanceof oauth.WWWAuthenticateChallengeError)
    return error.response;
  return error instanceof Error && error.cause instanceof Response ? error.cause : undefined;
}

/**
 * Whether an error may be temporary. `fetch()` rejects with a TypeError if there is no connection, and with a DOMException
 * after the time limit.
 */
export function mayPass(error: unknown): boolean {
  const status = responseOf(error)?.status;
  return status === undefined
    ? error instanceof DOMException || (error instanceof TypeError && !('code' in error))
    : status >= 500 ||
        [408, 425, 429].includes(status) ||
        (error instanceof oauth.ResponseBodyError && NO_REFUSAL.test(error.error));
}

/** Codes of temporary errors, whatever the status (RFC 6749, section 4.1.2.1; RFC 8628, section 3.5). */
const NO_REFUSAL = /^(server_error|temporarily_unavailable|slow_down)$/;

/**
 * Whether an error is the server's refusal. Some servers refuse a refresh token with an empty 400 or 401; an HTML page comes
 * from another server. A refused proof, because of its nonce or its time, says nothing about the refresh token (RFC 9449,
 * section 5).
 */
function isRefusal(error: unknown): boolean {
  const response = responseOf(error);
  if (error instanceof oauth.ResponseBodyError) return !/^(use_dpop_nonce|invalid_dpop_proof)$/.test(error.error);
  return (
    !!response && [400, 401].includes(response.status) && !/html/i.test(response.headers.get('content-type') ?? '')
  );
}
