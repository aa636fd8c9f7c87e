import * as oauth from 'oauth4webapi';
import { isTokenwardError, TokenwardError } from '../../src/protocol/error.ts';

/** What went wrong when the metadata was fetched. */
export function issuerError(cause: unknown, issuer: URL): TokenwardError {
  const response = responseOf(cause);
  if (response ? isTransient(response) : isNetworkFailure(cause)) {
    return new TokenwardError(
      'issuer_unreachable',
      `The authorization server ${issuer.href} did not answer a request for its metadata${statusOf(response)}. ` +
        'Try again; if it goes on, check the issuer in the configuration and that the server allows this origin by CORS.',
      { cause },
    );
  }
  return new TokenwardError(
    'issuer_invalid',
    `The authorization server ${issuer.href} did not answer with metadata of that issuer that can be used` +
      `${statusOf(response)}. Open its /.well-known/openid-configuration and compare "issuer" with the configuration, ` +
      'letter by letter.',
    { cause },
  );
}

/**
 * What went wrong at the token endpoint. Only `token_request_refused` is the server's last word (RFC 6749, section 5.2);
 * whatever a proxy, a captive portal or an overloaded server may answer is not.
 */
export function tokenEndpointError(cause: unknown): TokenwardError {
  if (isTokenwardError(cause)) return cause;
  if (isIdTokenFailure(cause)) return idTokenError(cause);
  const response = responseOf(cause);
  const serverCode = cause instanceof oauth.ResponseBodyError ? cause.error : undefined;
  if (response ? isTransient(response) : isNetworkFailure(cause)) {
    return new TokenwardError(
      'token_endpoint_unavailable',
      `The token endpoint did not answer the request${statusOf(response)}. Nothing is lost; it is asked again.`,
      { cause, serverCode },
    );
  }
  if (serverCode !== undefined || (response && isBareRefusal(response))) {
    return new TokenwardError(
      'token_request_refused',
      `The token endpoint refused the request${statusOf(response)}${serverCode === undefined ? '' : `: ${serverCode}`}. ` +
        'The user has to sign in again; if it happens at every sign-in, check client, redirect URI and PKCE at the server.',
      { cause, serverCode },
    );
  }
  return new TokenwardError(
    'token_response_invalid',
    `The token endpoint answered with something that is not a token response${statusOf(response)}. ` +
      'Check that no proxy or error page stands before it.',
    { cause },
  );
}

/** The ID token did not pass its checks (OpenID Connect Core 1.0, section 3.1.3.7). */
export function idTokenError(cause: unknown): TokenwardError {
  return new TokenwardError(
    'id_token_invalid',
    'The ID token did not pass validation (issuer, audience, nonce, times, algorithm or signature). Sign in again; if it ' +
      "goes on, compare the server's clock and keys with its metadata.",
    { cause },
  );
}

/** The response that an error of oauth4webapi is about. */
function responseOf(error: unknown): Response | undefined {
  if (error instanceof oauth.ResponseBodyError || error instanceof oauth.WWWAuthenticateChallengeError) return error.response;
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Response ? cause : undefined;
}

function isTransient({ status }: Response): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** Some servers refuse a refresh token with an empty 400 or 401; a page of HTML comes from somebody else. */
function isBareRefusal({ status, headers }: Response): boolean {
  return (status === 400 || status === 401) && !/html/i.test(headers.get('content-type') ?? '');
}

/** `fetch` rejects with a TypeError when there is no connection, and the time limit with a DOMException. */
function isNetworkFailure(error: unknown): boolean {
  return error instanceof DOMException || (error instanceof TypeError && !('code' in error));
}

const ID_TOKEN_FAILURES: ReadonlySet<unknown> = new Set([
  oauth.JWT_TIMESTAMP_CHECK,
  oauth.JWT_CLAIM_COMPARISON,
  oauth.KEY_SELECTION,
  oauth.UNSUPPORTED_OPERATION,
  oauth.PARSE_ERROR,
]);

function isIdTokenFailure(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ID_TOKEN_FAILURES.has(error.code) && !responseOf(error);
}

function statusOf(response: Response | undefined): string {
  return response ? ` (HTTP ${response.status})` : '';
}
