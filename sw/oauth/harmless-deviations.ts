import { hasMembers, isStringList, type UnknownMembers } from '../../src/protocol/json.ts';
import { withoutDeepMembers } from './depth.ts';

/**
 * Accepts what a server writes differently from the specification and what does no harm, before oauth4webapi sees it: the library
 * refuses a whole answer for one optional member. Lost with such an answer would be good tokens and, where refresh tokens are rotated,
 * the session.
 *
 * Only members that the specification calls optional are changed. Nothing here touches an access token, an ID token, an issuer or a
 * signature: `decisions/harmless-deviations.md` says why for each member.
 */

/** Longest lifetime in seconds, 68 years: with more, the expiry could not be written as a date. */
const MAX_LIFETIME_SECONDS = 2 ** 31 - 1;

/** Lifetime in seconds of a pushed request whose answer does not say one: RFC 9126, section 2.2, begins with 5. The browser goes there at once. */
const PUSHED_LIFETIME_SECONDS = 60;

/** Errors of a token request (RFC 6749, section 5.2), which some servers send with status 200. */
const TOKEN_ERRORS: readonly unknown[] = [
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  // Refusals of a code or a refresh token that GitHub and Slack send with status 200.
  'bad_verification_code',
  'bad_refresh_token',
  'invalid_code',
  'code_already_used',
  'invalid_refresh_token',
];

/** Changes of an answer that is JSON, by what it is. */
interface Changes {
  /** Cleans the members of an answer that is no error. */
  readonly clean: (members: UnknownMembers) => UnknownMembers;
  /** Status by which the library recognizes success. */
  readonly success: 200 | 201;
}

/** Returns a token response, or its error, as RFC 6749, section 5, has it. */
export function tolerateTokenResponse(response: Response): Promise<Response> {
  return tolerate(response, { clean: cleanTokenResponse, success: 200 });
}

/** Returns the answer to a pushed authorization request, or its error, as RFC 9126, section 2, has it. */
export function toleratePushedResponse(response: Response): Promise<Response> {
  return tolerate(response, { clean: cleanPushedResponse, success: 201 });
}

/** Returns metadata as RFC 8414, section 3.2, has them. */
export function tolerateMetadata(response: Response): Promise<Response> {
  return tolerate(response, { clean: cleanMetadata, success: 200 });
}

/** Returns a UserInfo response whose media type is in lower case: types have no case (RFC 9110, section 8.3.1). */
export function tolerateUserInfo(response: Response): Response {
  const type = response.headers.get('content-type') ?? '';
  if (response.status !== 200 || type === type.toLowerCase()) return response;
  return new Response(response.body, { headers: { 'content-type': type.toLowerCase() } });
}

async function tolerate(response: Response, { clean, success }: Changes): Promise<Response> {
  const { status } = response;
  const isSuccess = status === 200 || status === 201;
  if (!isSuccess && (status < 400 || status >= 500)) return response;
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  if (!hasMembers(body)) return response;
  const members = withoutDeepMembers(body);
  const headers = new Headers(response.headers);
  headers.set('content-type', 'application/json');
  // The body of an error says more than a challenge beside it, and the library reads one of the two.
  if (typeof members['error'] === 'string') headers.delete('www-authenticate');
  const isError = TOKEN_ERRORS.includes(members['error']) && members['access_token'] === undefined;
  if (isSuccess && isError) return Response.json(members, { status: 400, headers });
  return isSuccess
    ? Response.json(clean(members), { status: success, headers })
    : Response.json(members, { status, headers });
}

/**
 * Cleans a token response (RFC 6749, section 5.1; OpenID Connect Core 1.0, sections 3.1.3.3 and 12.2). `access_token` and
 * `token_type` are required, and stay as they are.
 */
export function cleanTokenResponse(members: UnknownMembers): UnknownMembers {
  return {
    ...members,
    expires_in: parseLifetime(members['expires_in']),
    // RFC 6749, section 6: without a new refresh token the old one stays.
    refresh_token: parseText(members['refresh_token']),
    scope: parseScope(members['scope']),
    id_token: members['id_token'] === null || members['id_token'] === '' ? undefined : members['id_token'],
  };
}

/** Cleans the answer to a pushed authorization request. `request_uri` is required, and stays as it is. */
export function cleanPushedResponse(members: UnknownMembers): UnknownMembers {
  return { ...members, expires_in: parseLifetime(members['expires_in']) ?? PUSHED_LIFETIME_SECONDS };
}

/**
 * Cleans metadata: an endpoint that is no URL is none, a list that is one text has one element, a list without elements would have had
 * to be left out (RFC 8414, section 3.2), and a boolean may be a text. `issuer` stays as it is.
 */
export function cleanMetadata(members: UnknownMembers): UnknownMembers {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, parseMetadata(name, value)]));
}

/** Removes the claims without a value of a UserInfo response: they should have been left out (OpenID Connect Core 1.0, section 5.3.2). */
export function withoutEmptyClaims<C extends object>(claims: C): C {
  const kept = { ...claims };
  for (const [name, value] of Object.entries(claims)) {
    if (value === null || value === '') Reflect.deleteProperty(kept, name);
  }
  return kept;
}

/** Returns parameters of an authorization response without those that have no value: they count as omitted (RFC 6749, section 3.1). */
export function withoutEmptyParameters(parameters: URLSearchParams): URLSearchParams {
  return new URLSearchParams(Array.from(parameters).filter(([, value]) => value !== ''));
}

function parseMetadata(name: string, value: unknown): unknown {
  if (name === 'issuer') return value;
  if (value === null || value === '') return undefined;
  if (/_(endpoint|uri)$/.test(name)) return typeof value === 'string' && URL.canParse(value) ? value : undefined;
  if (LISTS.includes(name)) {
    if (typeof value === 'string') return [value];
    return isStringList(value) && value.length > 0 ? value : undefined;
  }
  // No other text is taken for false: that would leave out the check of the issuer.
  return value === 'true' ? true : value === 'false' ? false : value;
}

/** Lists of the metadata that the worker reads. */
const LISTS: readonly string[] = [
  'code_challenge_methods_supported',
  'id_token_signing_alg_values_supported',
  'authorization_signing_alg_values_supported',
  'userinfo_signing_alg_values_supported',
];

/** Parses a lifetime in seconds. One that is not positive cannot be meant: the token has just been issued. */
function parseLifetime(value: unknown): number | undefined {
  const seconds = typeof value === 'string' && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
  return typeof seconds === 'number' && seconds > 0 ? Math.min(seconds, MAX_LIFETIME_SECONDS) : undefined;
}

function parseScope(value: unknown): string | undefined {
  return parseText(isStringList(value) ? value.join(' ') : value);
}

function parseText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
