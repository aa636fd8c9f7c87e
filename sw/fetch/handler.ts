import type { AccessChallenge } from '../../src/protocol/access-challenge.ts';
import { isTokenwardError } from '../../src/protocol/error.ts';
import type { Token } from '../vault/token.ts';
import { authenticateRequest } from './authenticated-request.ts';
import { findDemand, refusesToken } from './challenge.ts';
import { problemResponse } from './problem.ts';
import { findUrlMisfit, type ProtectedResource, rejectsRequest } from './protected-resource.ts';
import { keepBody } from './replay.ts';

/** What a request to a protected resource is given. */
export interface Access {
  readonly accessToken: Token<'access_token'>;
}

/** Where access tokens come from; this room knows no more of OAuth. */
export interface AccessSource<A extends Access> {
  /** @returns `undefined` if there is no session */
  readonly fresh: () => Promise<A | undefined>;
  /** Another token than one that was refused; `undefined` if there is none. */
  readonly freshAfter: (refused: A) => Promise<A | undefined>;
}

/** Where requests go to. */
export interface Way<A extends Access> {
  readonly source: AccessSource<A>;
  /** The network. */
  readonly send: typeof fetch;
  /** Hears of what a protected resource asks for beyond a valid access token. */
  readonly tell: (challenge: AccessChallenge) => void;
}

/**
 * Sends a request to a protected resource with an access token, once more if the token was refused as invalid.
 *
 * @param request the request as the page sent it
 * @param resource what it goes to
 * @param way where the access tokens come from, the network, and who hears of challenges
 */
export async function sendAuthenticated<A extends Access>(
  request: Request,
  resource: ProtectedResource,
  { source, send, tell }: Way<A>,
): Promise<Response> {
  if (rejectsRequest(resource, request)) {
    return problemResponse(400, 'own_authorization', 'The request must not bring an Authorization header. Remove it.');
  }
  let access: A | undefined;
  try {
    access = await source.fresh();
  } catch (error) {
    // The token has expired and cannot be renewed now: the request fails as the network or the server did.
    if (!isTokenwardError(error)) throw error;
    return error.cause instanceof TypeError ? Response.error() : problemResponse(503, error.code, error.message);
  }
  if (!access) {
    return resource.withoutSession === 'pass'
      ? send(request)
      : problemResponse(401, 'signed_out', 'There is no session. Sign in again.');
  }
  // What the page has chosen itself is stricter already, and shows it where the redirect leads.
  const init: RequestInit =
    resource.redirects === 'error' && request.redirect === 'follow' ? { redirect: 'error' } : {};
  /** Whether an answer comes from another place than the resource: what it says of tokens is not about ours. */
  const isForeign = ({ url }: Response): boolean => !!findUrlMisfit(resource, new URL(url || request.url));
  const takeBody = keepBody(request, resource.replayLimitBytes);
  let response = await send(authenticateRequest(request, access, init));
  if (refusesToken(response) && !isForeign(response)) {
    const renewed = await source.freshAfter(access);
    const body = renewed && (await takeBody());
    if (body) response = await send(authenticateRequest(request, renewed, { ...init, ...body }));
  }
  const demand = findDemand(response);
  if (demand && !isForeign(response)) {
    const { origin, pathname } = new URL(request.url);
    tell({ ...demand, url: origin + pathname, method: request.method });
  }
  return response.redirected && resource.redirects === 'covered' && isForeign(response) ? Response.error() : response;
}
