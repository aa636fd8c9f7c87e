/** The source expressions by which pages would reach other servers. */
export interface PageSources {
  readonly origin: string;
  readonly connections: readonly string[];
  readonly frames: readonly string[];
  readonly forms: readonly string[];
  readonly objects: readonly string[];
  /** Whether a connection may go to a path of an authorization server's origin. */
  readonly authorizationServerPaths: 'refuse' | 'allow';
}

/**
 * Refuses sources that would allow pages to reach an authorization server. In a frame of it, script can start its own flow;
 * with a connection to it, script can exchange the code (RFC 10017, section 5.1.3).
 *
 * @param authorizationServers origins
 * @param sources sources that pages may frame and connect to
 * @throws TypeError that names the option
 */
export function refuseAuthorizationServers(authorizationServers: readonly string[], sources: PageSources): void {
  for (const server of authorizationServers) {
    const covering = { origin: findCovering([sources.origin], server), ...coveringSources(sources, server) };
    for (const [option, source] of Object.entries(covering)) {
      if (source === undefined) continue;
      throw new TypeError(
        `${option} allows pages to reach the authorization server ${server} by "${source}", and script in a page to run an ` +
          'authorization flow of its own. Name another origin; for an API on the origin of the server, see authorizationServerPaths.',
      );
    }
  }
}

/**
 * Returns the sources that cover a URL. A path limits a source only without redirects: after a redirect a policy ignores it.
 *
 * @see https://www.w3.org/TR/CSP3/#source-list-paths-and-redirects
 */
function coveringSources(
  { connections, frames, forms, objects, authorizationServerPaths }: PageSources,
  server: string,
): Record<string, string | undefined> {
  const refused = authorizationServerPaths === 'allow' ? connections.filter((source) => !hasPath(source)) : connections;
  return {
    connections: findCovering(refused, server),
    frames: findCovering(frames, server),
    forms: findCovering(forms, server),
    objects: findCovering(objects, server),
  };
}

function findCovering(sources: readonly string[], server: string): string | undefined {
  const { protocol, hostname, port } = new URL(server);
  return sources.find((source) => {
    if (!URL.canParse(source)) return false;
    const allowed = new URL(source);
    if (allowed.protocol !== protocol || allowed.port !== port) return false;
    const isWildcard = allowed.hostname.startsWith('*.');
    return isWildcard ? hostname.endsWith(allowed.hostname.slice(1)) : hostname === allowed.hostname;
  });
}

function hasPath(source: string): boolean {
  return URL.canParse(source) && new URL(source).pathname !== '/';
}
