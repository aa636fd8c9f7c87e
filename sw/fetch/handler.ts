import { isTokenwardError } from '../../src/protocol/error.ts';
import { authenticateRequest } from './authenticated-request.ts';
import { asksForNonce, refusesToken } from './challenge.ts';
import { problemResponse } from './problem.ts';
import type { ProtectedResource } from './protected-resource.ts';

/** What gives requests access to a protected resource; this room knows no more of OAuth. */
export interface Access {
  /** The header fields for one request, never used for another. */
  readonly authorize: (request: Request) => HeaderFields | Promise<HeaderFields>;
  /** Takes note of an answer. @returns whether the header fields for the same request would now be others */
  readonly heed: (request: Request, response: Response) => boolean;
}

/** Header fields by their names. */
export type HeaderFields = Readonly<Record<string, string>>;

/** Where access comes from. */
export interface AccessSource<A extends Access> {
  /**
   * @param target what of the protected resource decides which access token it gets
   * @returns `undefined` if there is no session
   */
  readonly fresh: (target: string) => Promise<A | undefined>;
  /** Access by another token than one that was refused; `undefined` if there is none. */
  readonly freshAfter: (refused: A) => Promise<A | undefined>;
}

/** Where requests go to. */
export interface Way<A extends Access> {
  readonly source: AccessSource<A>;
  /** The network. */
  readonly send: typeof fetch;
}

/**
 * Sends a request to a protected resource with an access token, once more if the token was refused as invalid, or the proof
 * for want of a nonce.
 *
 * @param request the request as the page sent it
 * @param resource what it goes to
 * @param way where the access tokens come from, and the network
 */
export async function sendAuthenticated<A extends Access>(
  request: Request,
  { withoutSession, target }: ProtectedResource,
  { source, send }: Way<A>,
): Promise<Response> {
  let access: A | undefined;
  try {
    access = await source.fresh(target);
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
  const response = await send(await authenticateRequest(request, access));
  const hasChanged = access.heed(request, response);
  const next = refusesToken(response)
    ? await source.freshAfter(access)
    : hasChanged && asksForNonce(response) && access;
  if (!next) return response;
  const second = await send(await authenticateRequest(spare, next));
  next.heed(request, second);
  return second;
}
