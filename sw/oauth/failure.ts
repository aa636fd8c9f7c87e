import * as oauth from 'oauth4webapi';
import type { ErrorCode } from '../../src/protocol/error-codes.ts';
import { isTokenwardError, TokenwardError } from '../../src/protocol/error.ts';

/** A check of this room that a server's answer has failed; the message names the claim or the member, never its value. */
export class FailedCheck extends Error {
  override readonly name = 'FailedCheck';
}

/** Describes a failed request for the metadata. */
export function issuerError(cause: unknown, { href }: URL): TokenwardError {
  return mayPass(cause)
    ? failure(cause, 'issuer_unreachable', [
        `The authorization server ${href} did not answer`,
        'Try again; if it goes on, check "issuer", and that the server allows this origin (CORS)',
      ])
    : failure(cause, 'issuer_invalid', [
        `The authorization server ${href} did not answer with its metadata`,
        'Compare "issuer", letter by letter, with its /.well-known/openid-configuration',
      ]);
}

/** What went wrong when an authorization request was pushed (RFC 9126, section 2.3). */
export function pushedRequestError(cause: unknown): TokenwardError {
  const what = 'The pushed authorization request was not accepted';
  return mayPass(cause)
    ? failure(cause, 'issuer_unreachable', [
        'The pushed authorization request was not answered',
        'Try again; if it goes on, check that the server allows this origin there (CORS), or set "pushedAuthorizationRequests"',
      ])
    : isRefusal(cause)
      ? failure(cause, 'authorization_refused', [
          what,
          'Check the client, its redirect URI, scopes and resources at the server',
        ])
      : failure(cause, 'issuer_invalid', [what, 'Check its endpoint, or set "pushedAuthorizationRequests"']);
}

/**
 * What went wrong at the token endpoint. Only `token_request_refused` is the server's last word (RFC 6749, section 5.2);
 * whatever a proxy, a captive portal or an overloaded server may answer is not.
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

/** What went wrong at the UserInfo endpoint (OpenID Connect Core 1.0, section 5.3.3). */
export function userInfoError(cause: unknown): TokenwardError {
  return mayPass(cause)
    ? failure(cause, 'userinfo_unavailable', ['The UserInfo endpoint did not answer', 'Try again'])
    : failure(cause, 'userinfo_invalid', [
        "The UserInfo endpoint did not answer with this user's claims",
        'Check that the server has one and takes the access token there',
      ]);
}

/** The ID token did not pass its checks (OpenID Connect Core 1.0, section 3.1.3.7). */
export function idTokenError(cause: unknown): TokenwardError {
  return failure(cause, 'id_token_invalid', [
    'The ID token is not valid',
    'Sign in again; if it goes on, check the clock and the keys at the server',
  ]);
}

function failure(cause: unknown, code: ErrorCode, [happened, next]: readonly [string, string]): TokenwardError {
  const response = responseOf(cause);
  const status = response?.status;
  const retryAfter = response?.headers.get('retry-after') ?? undefined;
  const serverCode = cause instanceof oauth.ResponseBodyError ? cause.error : undefined;
  const details = [status && `HTTP ${status}`, serverCode, reasonOf(cause)].filter((detail) => detail).join(', ');
  return new TokenwardError(code, `${happened}${details && ` (${details})`}. ${next}.`, {
    cause,
    serverCode,
    retryAfter,
  });
}

/**
 * Returns what a failed check says. oauth4webapi's messages name claims, parameters and headers, and hold no values; the message of any
 * other error may quote what the server sent.
 */
export function reasonOf(cause: unknown): string | undefined {
  const isCheck =
    cause instanceof oauth.OperationProcessingError ||
    cause instanceof oauth.UnsupportedOperationError ||
    cause instanceof FailedCheck;
  return isCheck ? cause.message : undefined;
}

/** Returns the response that an error of oauth4webapi is about. */
function responseOf(error: unknown): Response | undefined {
  if (error instanceof oauth.ResponseBodyError || error instanceof oauth.WWWAuthenticateChallengeError)
    return error.response;
  return error instanceof Error && error.cause instanceof Response ? error.cause : undefined;
}

/** `fetch` rejects with a TypeError when there is no connection, and the time limit with a DOMException. */
export function mayPass(error: unknown): boolean {
  const status = responseOf(error)?.status;
  return status === undefined
    ? error instanceof DOMException || (error instanceof TypeError && !('code' in error))
    : status >= 500 ||
        [408, 425, 429].includes(status) ||
        (error instanceof oauth.ResponseBodyError && NO_REFUSAL.test(error.error));
}

/** Codes that say "not now", whatever the status (RFC 6749, section 4.1.2.1; RFC 8628, section 3.5). */
const NO_REFUSAL = /^(server_error|temporarily_unavailable|slow_down)$/;

/**
 * Some servers refuse a refresh token with an empty 400 or 401; a page of HTML comes from somebody else. A proof that is
 * refused, for its nonce or its time, says nothing of the refresh token (RFC 9449, section 5).
 */
function isRefusal(error: unknown): boolean {
  const response = responseOf(error);
  if (error instanceof oauth.ResponseBodyError) return !/^(use_dpop_nonce|invalid_dpop_proof)$/.test(error.error);
  return (
    !!response && [400, 401].includes(response.status) && !/html/i.test(response.headers.get('content-type') ?? '')
  );
}
