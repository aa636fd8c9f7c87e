import type { Configuration } from '../../src/configuration/parse-configuration.ts';
import { isPattern } from '../../src/configuration/path.ts';

/** What a URL must be like (URL Standard, "URLPatternInit"); what is not named may be anything. */
interface UrlPatternInit {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
}

/** A rule by which the browser answers requests without the worker (Service Workers, "RouterRule"). */
export interface RouterRule {
  readonly condition: { readonly not: { readonly or: readonly { readonly urlPattern: UrlPatternInit }[] } };
  readonly source: 'network';
}

/**
 * The rule that leaves to the network what the worker would leave to it anyhow: all but the paths of the protected
 * resources, and the worker's own endpoints. Such a request does not wake the worker.
 *
 * It is for a worker that does nothing else: an app's own routes would not be asked either.
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
    // A path as a mere prefix: it lets more through to the worker, which looks closer.
    pathname: isPattern(resource.path) ? resource.path : `${escaped(resource.path)}*`,
  }));
  // The browser tries one after the other, and most requests that wake the worker go to a resource.
  return { condition: { not: { or: [...others, ...own].map((urlPattern) => ({ urlPattern })) } }, source: 'network' };
}

function originPattern(origin: string): Omit<UrlPatternInit, 'pathname'> {
  const { protocol, hostname, port } = new URL(origin);
  return { protocol: protocol.slice(0, -1), hostname, port };
}

/** A path that stands for itself in a pattern. */
function escaped(path: string): string {
  return path.replace(/[{}()*+?:\\]/g, '\\$&');
}
