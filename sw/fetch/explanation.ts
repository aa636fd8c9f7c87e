import { type Explanation, MISFITS, type RequestSketch } from '../../src/protocol/explanation.ts';
import type { ProtectedResource } from '../../src/configuration/protected-resource.ts';
import { findMisfit, rejectsRequest, type RequestTraits } from './protected-resource.ts';

/**
 * Says which rule acts on a request, or why the one that comes closest does not, by the same code as acts on real ones.
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
  /** How close a rule comes: a place in the list of reasons, whose end means that it acts. */
  const rank = (resource: ProtectedResource): number => {
    const misfit = findMisfit(resource, request, url);
    return misfit ? MISFITS.indexOf(misfit) : MISFITS.length;
  };
  const best = Math.max(...resources.map(rank));
  const closest = resources.find((resource) => rank(resource) === best);
  const reason = MISFITS[best];
  if (!closest || reason === 'other_origin') return { action: 'pass', reason: 'other_origin' };
  const rule = `protectedResources[${resources.indexOf(closest)}]`;
  if (reason) return { action: 'pass', reason, rule };
  if (rejectsRequest(closest, request)) return { action: 'answer', reason: 'own_authorization', rule };
  if (isSignedIn) return { action: 'authorize', reason: 'covered', rule };
  return { action: closest.withoutSession === 'pass' ? 'pass' : 'answer', reason: 'signed_out', rule };
}

/**
 * What of a request decides, from a page's sketch of it. A navigation is taken to begin in the page that asks.
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
