import * as oauth from 'oauth4webapi';
import type { UserInfo } from '../../src/configuration/authorization-server.ts';
import { hasMembers, type UnknownMembers } from '../../src/protocol/json.ts';
import { type Claims, UNNAMED } from '../../src/protocol/session.ts';
import type { TokenSet } from '../session/token-set.ts';
import { accessBy } from './access.ts';
import type { OAuthContext } from './context.ts';
import { withoutDeepMembers } from './depth.ts';
import { userInfoError } from './failure.ts';
import { FailedCheck } from './mismatch.ts';
import type { TokenRequest } from './token-request.ts';
import { createTokenSet } from './token-response.ts';

/**
 * Creates the token set of a sign-in at a server without ID tokens. The user is the one that the configured URL names for the access token.
 * Without such a URL the user is not known: each sign-in gets a name of its own, so that no session takes over what another user has left.
 *
 * @throws {@link TokenwardError} `userinfo_unavailable`, `userinfo_invalid`, `token_response_invalid`
 */
export async function identifyUser(
  context: OAuthContext,
  request: TokenRequest,
  result: oauth.TokenEndpointResponse,
): Promise<TokenSet> {
  const unknown = { sub: UNNAMED + crypto.randomUUID() };
  const tokens = createTokenSet({ request, result, verified: undefined, user: unknown });
  if (!context.configuration.userInfo) return tokens;
  const [issued] = Object.values(tokens.accessTokens);
  if (!issued) return tokens;
  const access = accessBy(context, { target: request.target, issued, tokens });
  const send = async (question: Request): Promise<Response> => {
    const response = await sendOnce(context, question, await access.authorize(question));
    // The server may ask for a proof with its nonce (RFC 9449, section 9), which the network has noted.
    const isRepeated = issued.isBound && response.status === 401 && response.headers.has('dpop-nonce');
    return isRepeated ? sendOnce(context, question, await access.authorize(question)) : response;
  };
  return { ...tokens, claims: await requestMappedClaims(context, send) };
}

/**
 * Requests the object about the user from the configured URL.
 *
 * @param send sends a request with an access token
 * @returns the mapped claims, and no other
 * @throws {@link TokenwardError} `userinfo_unavailable`, `userinfo_invalid`
 */
export async function requestMappedClaims(
  { configuration: { userInfo }, requestOptions }: OAuthContext,
  send: (request: Request) => Promise<Response>,
): Promise<Claims> {
  try {
    if (!userInfo) {
      throw new FailedCheck('"openid" is false, and there is no "userInfo"', {
        next: 'Set "userInfo" to the URL that says who the user is',
      });
    }
    const request = new Request(userInfo.url, {
      headers: { accept: 'application/json' },
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal: requestOptions.signal(userInfo.url),
    });
    const response = await send(request);
    if (!response.ok) throw new FailedCheck('the response is an error', { cause: response });
    return mapClaims(await response.json(), userInfo);
  } catch (error) {
    throw userInfoError(error);
  }
}

function mapClaims(body: unknown, { mapping }: UserInfo): Claims {
  const claims: Record<string, unknown> = {};
  for (const [name, path] of Object.entries(mapping)) {
    const value = path.split('.').reduce((from: unknown, member) => ownMember(from, member), body);
    if (value !== undefined && value !== null) claims[name] = value;
  }
  const sub = parseSubject(claims['sub']);
  if (sub === undefined) {
    throw new FailedCheck(`the response has no usable "${mapping['sub'] ?? 'sub'}"`, {
      next: 'Set "userInfo.mapping.sub" to the member that identifies the user',
    });
  }
  return withoutDeepMembers({ ...claims, sub });
}

/** Parses what identifies the user: a text, or a number that keeps all its digits in JSON. */
function parseSubject(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return Number.isSafeInteger(value) ? String(value) : undefined;
}

function ownMember(value: unknown, name: string): unknown {
  const members: UnknownMembers = hasMembers(value) ? value : {};
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

function sendOnce(
  { requestOptions }: OAuthContext,
  { url, headers, signal }: Request,
  access: Readonly<Record<string, string>>,
): Promise<Response> {
  const fields = { ...Object.fromEntries(headers), ...access };
  return requestOptions[oauth.customFetch](url, {
    method: 'GET',
    headers: fields,
    redirect: 'manual',
    signal,
    body: undefined,
  });
}
