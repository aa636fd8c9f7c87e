import { isTokenwardError } from '../../src/protocol/error.ts';
import type { Token } from '../vault/token.ts';
import { authenticateRequest } from './authenticated-request.ts';
import { refusesToken } from './challenge.ts';
import { problemResponse } from './problem.ts';
import type { ProtectedResource } from './protected-resource.ts';

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
}

/**
 * Sends a request to a protected resource with an access token, once more if the token was refused as invalid.
 *
 * @param request the request as the page sent it
 * @param resource what it goes to
 * @param way where the access tokens come from, and the network
 */
export async function sendAuthenticated<A extends Access>(
  request: Request,
  { withoutSession }: ProtectedResource,
  { source, send }: Way<A>,
): Promise<Response> {
  let access: A | undefined;
  try {
    access = await source.fresh();
  } catch (error) {
    // The token has expired and cannot be renewed now: the request fails as the network or the server did.
    if (!isTokenwardError(error)) throw error;
    return error.cause instanceof TypeError ? Response.error() : problemResponse(503, error.code, error.message);
  }
  if (!access) {
    return withoutSession === 'pass'
      ? send(request)
      : problemResponse(401, 'signed_out', 'There is no session. Sign in again.');
  }
  // A body can be sent once; what may be sent again is cloned before (Fetch, "clone a body").
  const spare = request.clone();
  const response = await send(authenticateRequest(request, access));
  const renewed = refusesToken(response) && (await source.freshAfter(access));
  return renewed ? send(authenticateRequest(spare, renewed)) : response;
}
