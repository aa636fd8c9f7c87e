import { isTokenwardError } from '../../src/protocol/error.ts';
import type { Token } from '../vault/token.ts';
import { authenticateRequest } from './authenticated-request.ts';
import { refusesToken } from './challenge.ts';
import { problemResponse } from './problem.ts';
import type { ProtectedResource } from './protected-resource.ts';

/** What a request to a protected resource is given. */
export interface Access {
  readonly token: Token<'access_token'>;
}

/** Where access tokens come from; this room knows no more of OAuth. */
export interface AccessSource<A extends Access> {
  /** @returns `undefined` if there is no session */
  readonly accessTokenFor: (resource: ProtectedResource) => Promise<A | undefined>;
  /** Another token than one that was refused; `undefined` if there is none. */
  readonly accessTokenAfter: (refused: A) => Promise<A | undefined>;
}

/**
 * Sends a request to a protected resource with an access token, once more if the token was refused as invalid.
 *
 * @param request the request as the page sent it
 * @param resource what it goes to
 * @param source where the access tokens come from
 * @param send the network
 */
export async function sendAuthenticated<A extends Access>(
  request: Request,
  resource: ProtectedResource,
  source: AccessSource<A>,
  send: typeof fetch,
): Promise<Response> {
  let access: A | undefined;
  try {
    access = await source.accessTokenFor(resource);
  } catch (error) {
    return withoutToken(error);
  }
  if (!access) return resource.withoutSession === 'pass' ? send(request) : signedOut();

  // A body can be sent once; what may be sent again is cloned before (Fetch, "clone a body").
  const spare = request.clone();
  const response = await send(authenticateRequest(request, `Bearer ${access.token.reveal()}`));
  if (!refusesToken(response)) return response;
  const renewed = await source.accessTokenAfter(access);
  if (!renewed) return response;
  return send(authenticateRequest(spare, `Bearer ${renewed.token.reveal()}`));
}

/** The token has expired and cannot be renewed now: the request fails as the network or the server did. */
function withoutToken(error: unknown): Response {
  if (!isTokenwardError(error)) throw error;
  // Without a connection, the app sees what it would see without a connection.
  if (error.cause instanceof TypeError) return Response.error();
  return problemResponse(503, error.code, error.message);
}

function signedOut(): Response {
  return problemResponse(401, 'signed_out', 'There is no session: sign in, then send the request again.');
}
