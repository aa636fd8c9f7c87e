/** A parsed Content Security Policy: sources by directive. */
export type Policy = ReadonlyMap<string, readonly string[]>;

/**
 * Parses the policies of a header. Several are enforced together.
 *
 * @see https://www.w3.org/TR/CSP3/#parse-response-csp
 */
export function parsePolicies(header: string | undefined): readonly Policy[] {
  return (header ?? '')
    .split(',')
    .map((text) => {
      const policy = new Map<string, readonly string[]>();
      for (const directive of text.split(';')) {
        const [name = '', ...sources] = directive.trim().split(/\s+/);
        // Only the first directive of a name counts.
        if (name !== '' && !policy.has(name.toLowerCase())) policy.set(name.toLowerCase(), sources);
      }
      return policy;
    })
    .filter((policy) => policy.size > 0);
}

/** Directives that apply if another one is absent: https://www.w3.org/TR/CSP3/#directive-fallback-list */
const FALLBACKS: Readonly<Record<string, readonly string[]>> = {
  'connect-src': ['default-src'],
  'frame-src': ['child-src', 'default-src'],
  'object-src': ['default-src'],
  'script-src': ['default-src'],
  'worker-src': ['child-src', 'script-src', 'default-src'],
};

/** Returns the sources of a directive or its fallback; `undefined` if the policy does not limit it. */
export function sourcesOf(policy: Policy, directive: string): readonly string[] | undefined {
  const name = [directive, ...(FALLBACKS[directive] ?? [])].find((candidate) => policy.has(candidate));
  return name === undefined ? undefined : policy.get(name);
}

/** Whether at least one policy limits a directive. */
export function limits(policies: readonly Policy[], directive: string): boolean {
  return policies.some((policy) => sourcesOf(policy, directive) !== undefined);
}

/**
 * Whether all policies let a response's document, or worker, reach a URL.
 *
 * @param self the origin of the response
 * @see https://www.w3.org/TR/CSP3/#match-url-to-source-list
 */
export function allows(policies: readonly Policy[], directive: string, { url, self }: Reach): boolean {
  return policies.every(
    (policy) => sourcesOf(policy, directive)?.some((source) => matches(source, new URL(url), self)) ?? true,
  );
}

/**
 * Whether the policies allow a URL after a redirect, which makes them ignore paths.
 *
 * @see https://www.w3.org/TR/CSP3/#source-list-paths-and-redirects
 */
export function allowsRedirected(policies: readonly Policy[], directive: string, { url, self }: Reach): boolean {
  const withoutPath = (source: string): string => source.slice(0, source.length - pathOf(source).length);
  const pathless = policies.map(
    (policy) => new Map([...policy].map(([name, sources]) => [name, sources.map(withoutPath)])),
  );
  return allows(pathless, directive, { url, self });
}

/** Scheme, host, port and path of a host source. */
const HOST_SOURCE = /^(?:([a-z][a-z\d+.-]*):\/\/)?([^/:]+|\[[^\]]+\])(?::(\d+|\*))?(\/.*)?$/i;

function pathOf(source: string): string {
  return HOST_SOURCE.exec(source)?.[4] ?? '';
}

/** Address of no server (RFC 6761, section 6.4). */
export const ELSEWHERE = 'https://tokenward-doctor.invalid/';

/** URL to load, and origin of the document that loads it. */
export interface Reach {
  readonly url: string;
  readonly self: string;
}

function matches(source: string, url: URL, self: string): boolean {
  if (source === '*') return /^(https?|wss?):$/.test(url.protocol);
  if (source.toLowerCase() === "'self'") return url.origin === self;
  if (source.startsWith("'")) return false;
  if (/^[a-z][a-z\d+.-]*:$/i.test(source)) return schemeMatches(source.toLowerCase(), url.protocol);
  const [, scheme, host = '', port, path = ''] = HOST_SOURCE.exec(source) ?? [];
  const wanted = scheme === undefined ? new URL(self).protocol : `${scheme.toLowerCase()}:`;
  return (
    schemeMatches(wanted, url.protocol) &&
    hostMatches(host.toLowerCase(), url.hostname) &&
    (port === '*' || portOf(url) === (port ?? standardPort(url.protocol))) &&
    pathMatches(path, url.pathname)
  );
}

/** Whether a scheme matches: it also covers its secure form. */
function schemeMatches(wanted: string, protocol: string): boolean {
  return wanted === protocol || `${wanted.slice(0, -1)}s:` === protocol;
}

function hostMatches(pattern: string, host: string): boolean {
  return pattern.startsWith('*') ? host.endsWith(pattern.slice(1)) : pattern === host;
}

function pathMatches(pattern: string, path: string): boolean {
  if (pattern === '' || pattern === '/') return true;
  return pattern.endsWith('/') ? path.startsWith(pattern) : path === pattern;
}

function portOf(url: URL): string {
  return url.port || standardPort(url.protocol);
}

function standardPort(protocol: string): string {
  return /^(https|wss):$/.test(protocol) ? '443' : '80';
}
