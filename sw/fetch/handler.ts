import type { AccessChallenge } from '../../src/protocol/access-challenge.ts';
import { isTokenwardError } from '../../src/protocol/error.ts';
import type { Access, AccessSource } from './access.ts';
import { authenticateRequest } from './authenticated-request.ts';
import { asksForNonce, mayRequireStepUp, refusesToken, tokenOutcome } from './challenge.ts';
import { isEventSource } from './event-source.ts';
import { withoutCaching } from './private-answer.ts';
import { problemResponse, unavailableResponse } from './problem.ts';
import type { ProtectedResource } from '../../src/configuration/protected-resource.ts';
import { findUrlMismatch, rejectsRequest } from './protected-resource.ts';
import { guardReflection, needlesOf, type RecentNeedles } from './reflection.ts';
import { addressOf } from './request-watch.ts';
import { RequestStepUp, type StepUpAnswers } from './request-step-up.ts';
import { keepBody } from './replay.ts';

/** Access tokens, network and observers of requests to protected resources. */
export interface FetchContext<A extends Access> {
  readonly source: AccessSource<A>;
  /** Function that sends requests. */
  readonly send: typeof fetch;
  /** Called when a protected resource requires step-up, with the reason why its claims are not requested. */
  readonly tell: (challenge: AccessChallenge, claimsRefusal?: string) => void;
  /** Answers of the page to a step-up; absent where there is no page. */
  readonly stepUpAnswers?: StepUpAnswers<A>;
  /** Called when a response held the access token and was kept from the page. */
  readonly tellReflection: (url: string) => void;
  /** Access tokens that requests of this worker have carried recently. */
  readonly recentNeedles: RecentNeedles;
  /** The clock, in milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether the sender of the request is gone and does not want it to be sent any more. */
  readonly isAbandoned: (request: Request) => Promise<boolean>;
}

/** Time after which a request has waited for a token, in milliseconds. In less, it would have left before its page had gone. */
const MIN_WAIT_MS = 50;

/**
 * Sends a request to a protected resource with an access token. It sends the request once more if the resource refused the
 * token, and once more if the resource requires a nonce in the DPoP proof (RFC 9449, section 9).
 *
 * @param request the request as the page sent it
 * @param resource the protected resource
 * @param context access tokens, network and observers
 */
export async function sendAuthenticated<A extends Access>(
  request: Request,
  resource: ProtectedResource,
  { source, send, tell, stepUpAnswers, tellReflection, recentNeedles, now, isAbandoned }: FetchContext<A>,
): Promise<Response> {
  if (rejectsRequest(resource, request)) {
    return problemResponse(400, 'own_authorization', 'The request must not bring an Authorization header. Remove it.');
  }
  const { renewOn } = resource;
  const isGuarded = resource.reflection === 'stop';
  const guard = (response: Response, own: readonly string[]): Response => {
    const needles = [...new Set([...own, ...recentNeedles.all()])];
    return needles.length > 0 ? guardReflection(response, needles, () => tellReflection(addressOf(request))) : response;
  };
  const isGivenUp = async (): Promise<boolean> => request.signal.aborted || isAbandoned(request);
  const sinceMs = now();
  let access: A | undefined;
  try {
    access = await source.fresh(resource.target);
  } catch (error) {
    // The token has expired and cannot be renewed at present: the request fails like the network or the server.
    if (!isTokenwardError(error)) throw error;
    // An EventSource connects again after a network error, and after no status.
    return error.cause instanceof TypeError || isEventSource(request) ? Response.error() : unavailableResponse(error);
  }
  if (Math.abs(now() - sinceMs) >= MIN_WAIT_MS && (await isGivenUp())) return Response.error();
  if (!access) {
    return resource.withoutSession === 'pass'
      ? send(request).then((response) => (isGuarded ? guard(response, []) : response))
      : problemResponse(401, 'signed_out', 'There is no session. Sign in again.');
  }
  const init: RequestInit = {
    // A mode that the page has chosen itself is already stricter, and shows the redirect to the page.
    ...(resource.redirects === 'error' && request.redirect === 'follow' && { redirect: 'error' }),
    // The HTTP cache must keep no response that is kept from the page, nor one user's response for the next user.
    ...((isGuarded || resource.cache === 'no-store') && { cache: 'no-store' }),
  };
  /** Whether a response comes from outside the resource. Such a response says nothing about the access token. */
  const isForeign = ({ url }: Response): boolean => !!findUrlMismatch(resource, new URL(url || request.url));
  const takeBody = keepBody(request, resource.replayLimitBytes);
  const authenticate = async (granted: A, body?: RequestInit): Promise<Request> => {
    const made = await authenticateRequest(request, granted, { ...init, ...body });
    // A part of a response may hold a part of the token, which the search would not find. A server may send all if a part is
    // requested (RFC 9110, section 14.2).
    if (isGuarded) made.headers.delete('range');
    recentNeedles.note(made.headers);
    return made;
  };
  const canReplay = async (): Promise<boolean> => (await takeBody()) !== undefined;
  const stepUp = new RequestStepUp(request, resource, { tell, answers: stepUpAnswers, canReplay });
  let authenticated = await authenticate(access);
  let response = await send(authenticated);
  // Each reason to send it again counts once: a server that checks the proof first may refuse the token afterwards.
  let mayRenew = true;
  for (let mayProve = true; ;) {
    const hasChanged: boolean = access.observe(request, response);
    const isRefused = mayRenew && refusesToken(response, renewOn);
    const isUnproved: boolean = mayProve && hasChanged && asksForNonce(response);
    if (!(isRefused || isUnproved || mayRequireStepUp(response)) || isForeign(response)) break;
    const current: A = access;
    const next: A | undefined = isRefused
      ? await source.freshAfter(current, renewOn)
      : isUnproved
        ? current
        : await stepUp.accessAfter(response, current);
    const body = next && (await takeBody());
    if (!body || (await isGivenUp())) break;
    if (isRefused) mayRenew = false;
    else if (isUnproved) mayProve = false;
    access = next;
    authenticated = await authenticate(access, body);
    response = await send(authenticated);
  }
  const outcome = mayRenew || isForeign(response) ? undefined : tokenOutcome(response, renewOn);
  if (outcome) source.noteOutcome(access, outcome, renewOn);
  if (mayRequireStepUp(response) && !isForeign(response)) stepUp.report(response);
  if (response.redirected && resource.redirects === 'covered' && isForeign(response)) return Response.error();
  const answer = isGuarded ? guard(response, needlesOf(authenticated.headers)) : response;
  return resource.cache === 'no-store' ? withoutCaching(answer) : answer;
}
