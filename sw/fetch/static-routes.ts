import type { Configuration } from '../../src/configuration/parse-configuration.ts';
import { isPattern } from '../../src/configuration/path.ts';

/** Conditions for a URL (URL Standard, "URLPatternInit"); an absent component matches any value. */
interface UrlPatternInit {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
}

/** Rule by which the browser responds to requests without the worker (Service Workers, "RouterRule"). */
export interface RouterRule<C = { readonly not: { readonly or: readonly { readonly urlPattern: UrlPatternInit }[] } }> {
  readonly condition: C;
  readonly source: 'network';
}

/** Condition for requests that script sends in mode `no-cors`, such as beacons (Service Workers, "RouterCondition"). */
export interface BeaconCondition {
  readonly requestMethod?: 'POST';
  readonly requestMode: 'no-cors';
  readonly requestDestination: '';
}

/**
 * Returns the rule that sends requests to the network without starting the worker: all but those to protected resources and to
 * the worker's own endpoints.
 *
 * The rule is only for a worker without other code: an app's own routes would not run either.
 *
 * @param origin the worker's origin
 */
export function routePastWorker(
  { protectedResources, endpoints }: Pick<Configuration, 'protectedResources' | 'endpoints'>,
  origin: string,
): RouterRule {
  const { login, logout, callback, session } = endpoints;
  const own = [login, logout, callback, session].map((path) => ({ ...originPattern(origin), pathname: escaped(path) }));
  const others = protectedResources.map((resource) => ({
    ...originPattern(resource.origin),
    // A path as a mere prefix: it sends more requests to the worker, which then decides exactly.
    pathname: isPattern(resource.path) ? resource.path : `${escaped(resource.path)}*`,
  }));
  // The browser tries them in order, and most requests that start the worker go to a resource.
  return { condition: { not: { or: [...others, ...own].map((urlPattern) => ({ urlPattern })) } }, source: 'network' };
}

/**
 * Returns the rule that sends beacons to the network without starting the worker, which adds no token to them: Chromium drops a
 * request that a worker leaves to it if the page goes away meanwhile. `undefined` if a resource names `beacon`.
 *
 * @param methods `POST` leaves requests of other methods to code that may answer them
 */
export function routeBeaconsPastWorker(
  { protectedResources }: Pick<Configuration, 'protectedResources'>,
  methods?: 'POST',
): RouterRule<BeaconCondition> | undefined {
  if (protectedResources.some(({ destinations }) => destinations.includes('beacon'))) return undefined;
  const method = methods && { requestMethod: methods };
  return { condition: { ...method, requestMode: 'no-cors', requestDestination: '' }, source: 'network' };
}

function originPattern(origin: string): Omit<UrlPatternInit, 'pathname'> {
  const { protocol, hostname, port } = new URL(origin);
  return { protocol: protocol.slice(0, -1), hostname, port };
}

/** Escapes a path so that it matches only itself in a pattern. */
function escaped(path: string): string {
  return path.replace(/[{}()*+?:\\]/g, '\\$&');
}
