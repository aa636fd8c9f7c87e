import type { AccessChallenge } from '../../src/protocol/access-challenge.ts';
import { isTokenwardError } from '../../src/protocol/error.ts';
import type { Access, AccessSource } from './access.ts';
import { authenticateRequest } from './authenticated-request.ts';
import { asksForNonce, findDemand, refusesToken } from './challenge.ts';
import { problemResponse } from './problem.ts';
import type { ProtectedResource } from '../../src/configuration/protected-resource.ts';
import { findUrlMisfit, rejectsRequest } from './protected-resource.ts';
import { guardReflection, marksOf, type RecentMarks } from './reflection.ts';
import { addressOf } from './request-watch.ts';
import { keepBody } from './replay.ts';

/** Where requests go to. */
export interface Way<A extends Access> {
  readonly source: AccessSource<A>;
  /** The network. */
  readonly send: typeof fetch;
  /** Hears of what a protected resource asks for beyond a valid access token. */
  readonly tell: (challenge: AccessChallenge) => void;
  /** Hears of an answer that held the access token, and was kept from the page. */
  readonly tellReflection: (url: string) => void;
  /** The access tokens that requests of this worker have carried lately. */
  readonly recentMarks: RecentMarks;
}

/**
 * Sends a request to a protected resource with an access token, once more if the token was refused as invalid, and once more
 * if the proof was, for want of a nonce.
 *
 * @param request the request as the page sent it
 * @param resource what it goes to
 * @param way where the access tokens come from, the network, and who hears of challenges
 */
export async function sendAuthenticated<A extends Access>(
  request: Request,
  resource: ProtectedResource,
  { source, send, tell, tellReflection, recentMarks }: Way<A>,
): Promise<Response> {
  if (rejectsRequest(resource, request)) {
    return problemResponse(400, 'own_authorization', 'The request must not bring an Authorization header. Remove it.');
  }
  const isGuarded = resource.reflection === 'stop';
  const guard = (response: Response, own: readonly string[]): Response => {
    const marks = [...new Set([...own, ...recentMarks.all()])];
    return marks.length > 0 ? guardReflection(response, marks, () => tellReflection(addressOf(request))) : response;
  };
  let access: A | undefined;
  try {
    access = await source.fresh(resource.target);
  } catch (error) {
    // The token has expired and cannot be renewed now: the request fails as the network or the server did.
    if (!isTokenwardError(error)) throw error;
    return error.cause instanceof TypeError ? Response.error() : problemResponse(503, error.code, error.message);
  }
  if (!access) {
    return resource.withoutSession === 'pass'
      ? send(request).then((response) => (isGuarded ? guard(response, []) : response))
      : problemResponse(401, 'signed_out', 'There is no session. Sign in again.');
  }
  const init: RequestInit = {
    // What the page has chosen itself is stricter already, and shows it where the redirect leads.
    ...(resource.redirects === 'error' && request.redirect === 'follow' && { redirect: 'error' }),
    // An answer that is kept from the page must not wait for it in the HTTP cache.
    ...(isGuarded && { cache: 'no-store' }),
  };
  /** Whether an answer comes from another place than the resource: what it says of tokens is not about ours. */
  const isForeign = ({ url }: Response): boolean => !!findUrlMisfit(resource, new URL(url || request.url));
  const takeBody = keepBody(request, resource.replayLimitBytes);
  const authenticate = async (granted: A, body?: RequestInit): Promise<Request> => {
    const made = await authenticateRequest(request, granted, { ...init, ...body });
    // A part of an answer may hold a part of the token, which is not looked for. A server may give all where a part is asked
    // for (RFC 9110, section 14.2).
    if (isGuarded) made.headers.delete('range');
    recentMarks.note(made.headers);
    return made;
  };
  let authenticated = await authenticate(access);
  let response = await send(authenticated);
  // Each reason to send it again counts once: a server that looks at the proof first may refuse the token afterwards.
  for (let mayRenew = true, mayProve = true; ;) {
    const hasChanged = access.heed(request, response);
    const isRefused = mayRenew && refusesToken(response);
    const isUnproved = mayProve && hasChanged && asksForNonce(response);
    if (!(isRefused || isUnproved) || isForeign(response)) break;
    const next: A | undefined = isRefused ? await source.freshAfter(access) : access;
    const body = next && (await takeBody());
    if (!body) break;
    if (isRefused) mayRenew = false;
    else mayProve = false;
    access = next;
    authenticated = await authenticate(access, body);
    response = await send(authenticated);
  }
  const demand = findDemand(response);
  if (demand && !isForeign(response)) tell({ ...demand, url: addressOf(request), method: request.method });
  if (response.redirected && resource.redirects === 'covered' && isForeign(response)) return Response.error();
  return isGuarded ? guard(response, marksOf(authenticated.headers)) : response;
}
