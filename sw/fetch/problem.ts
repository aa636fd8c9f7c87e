import type { TokenwardError } from '../../src/protocol/error.ts';
import type { ErrorCode } from '../../src/protocol/error-codes.ts';
import { PRIVATE } from './private-answer.ts';

/**
 * Creates a response in place of the protected resource's (RFC 9457), for a request that must not be sent without a token.
 *
 * @param status 400 for a header that is not allowed, 401 without a session, 502 for a response that must not reach the page,
 *   503 while the authorization server does not answer
 * @param code a documented code, `signed_out`, `own_authorization`, or `token_reflected`
 */
export function problemResponse(
  status: 400 | 401 | 502 | 503,
  code: ErrorCode | 'signed_out' | 'own_authorization' | 'token_reflected',
  detail: string,
): Response {
  return Response.json(
    { type: `urn:tokenward:${code}`, status, detail, code },
    { status, headers: { ...PRIVATE, 'content-type': 'application/problem+json' } },
  );
}

/** Time after which a request may be sent again if the server has named none, in seconds: the first wait of the worker is shorter. */
const RETRY_AFTER_SECONDS = '1';

/** Creates the response while no access token can be had now, with the time to wait (RFC 9110, section 10.2.3). */
export function unavailableResponse({ code, message, retryAfter }: TokenwardError): Response {
  const response = problemResponse(503, code, message);
  const isTime = retryAfter !== undefined && /^\d{1,9}$|GMT$/.test(retryAfter);
  response.headers.set('retry-after', isTime ? retryAfter : RETRY_AFTER_SECONDS);
  return response;
}
