import { type Explanation, MISMATCHES, type RequestSketch } from '../../src/protocol/explanation.ts';
import type { ProtectedResource } from '../../src/configuration/protected-resource.ts';
import { findMismatch, rejectsRequest, type RequestTraits } from './protected-resource.ts';

/**
 * Returns the rule that acts on a request, or the reason why the closest rule does not. It uses the same code as the handler of
 * real requests.
 *
 * @param resources the configured resources
 * @param request the request
 * @param url its parsed URL
 * @param isSignedIn whether there is a session
 */
export function explainRequest(
  resources: readonly ProtectedResource[],
  request: RequestTraits,
  { url, isSignedIn }: { readonly url: URL; readonly isSignedIn: boolean },
): Explanation {
  /** Returns how well a rule matches: an index in the list of mismatches, or its length if the rule acts. */
  const rank = (resource: ProtectedResource): number => {
    const mismatch = findMismatch(resource, request, url);
    return mismatch ? MISMATCHES.indexOf(mismatch) : MISMATCHES.length;
  };
  const best = Math.max(...resources.map(rank));
  const closest = resources.find((resource) => rank(resource) === best);
  const reason = MISMATCHES[best];
  if (!closest || reason === 'other_origin') return { action: 'pass', reason: 'other_origin' };
  const rule = `protectedResources[${resources.indexOf(closest)}]`;
  if (reason) return { action: 'pass', reason, rule };
  if (rejectsRequest(closest, request)) return { action: 'answer', reason: 'own_authorization', rule };
  const { renewOn = 'invalid_token' } = closest;
  if (isSignedIn) return { action: 'authorize', reason: 'covered', rule, renewOn };
  return { action: closest.withoutSession === 'pass' ? 'pass' : 'answer', reason: 'signed_out', rule };
}

/**
 * Returns the traits of a sketched request. A navigation counts as one that begins in the page that asks.
 *
 * @param origin the worker's origin
 */
export function traitsOf({ method, destination, hasAuthorization }: RequestSketch, origin: string): RequestTraits {
  const mode = /^(document|iframe)$/.test(destination) ? 'navigate' : 'cors';
  return {
    method,
    destination,
    mode,
    referrer: `${origin}/`,
    headers: {
      has: () => false,
      get: () => (hasAuthorization ? '' : null),
      keys: () => new Map<string, string>().keys(),
    },
  };
}
