import { checkOptions } from './check-options.ts';
import { encodeSeparators, formatPolicy, formatSources } from './content-security-policy.ts';
import { GATE_HEADER, holdsValue } from './gate-header.ts';
import { parseOrigin, parsePath } from './location.ts';
import { refuseAuthorizationServers } from './own-flow.ts';
import { formatPageSources } from './protected-resources.ts';

/** What the headers of an origin's pages and files depend on. */
export interface SecurityPolicyOptions {
  /** The app's origin as browsers see it, such as `https://app.example`. */
  readonly origin: string;
  /** The worker script's path; no other service worker may be registered. */
  readonly worker: { readonly path: string };
  /** The authorization server's origins: no frame and no request of a page may reach them. */
  readonly authorizationServers: readonly string[];
  /**
   * The protected resources that pages request. A URL with a path allows that path and what lies below it, a pattern what
   * lies below its first, literal segments. Those of the app's own origin, which start with a slash, are always allowed.
   */
  readonly protectedResources: readonly string[];
  /** What else pages fetch: URLs, `*.` hosts, `blob:`, `data:`. Their own origin is always allowed. */
  readonly connections?: readonly string[];
  /**
   * Whether pages may connect to a path of an authorization server's origin, such as that of an API beside it; `refuse` by
   * default.
   *
   * @warning With `allow`, one redirect with 307 or 308 to an address that a page chooses, at any server that `connect-src`
   * lets in, is enough for script in a page to reach the token endpoint with the code of a flow of its own: a policy
   * forgets paths after a redirect.
   */
  readonly authorizationServerPaths?: 'refuse' | 'allow';
  /**
   * What pages frame: URLs, `"'self'"`, `blob:`, `data:`; nothing by default.
   *
   * @warning With `"'self'"`, one response of the origin without these headers is enough for script in a page to run an
   * authorization flow in a frame within it: an error page of a proxy, a server's own answer to a URL that is too long.
   */
  readonly frames?: readonly string[];
  /** What else pages run as dedicated or shared workers, such as `blob:` or `/assets/`; nothing by default. */
  readonly workers?: readonly string[];
  /**
   * `enforce` by default; with `report`, browsers stop nothing and only say what they would have stopped, in the console and to
   * the report URL.
   */
  readonly mode?: 'enforce' | 'report';
  /** A URL that gets reports of what was stopped. */
  readonly reportUrl?: string;
}

/** One header of a policy. */
export interface SecurityHeader {
  readonly name: string;
  readonly value: string;
  /** Whether it stands beside the app's own of that name, unless the app has the same (`append`), or in its place (`set`). */
  readonly merge: 'append' | 'set';
}

/** The headers that every response of the origin has to carry, but those of the Tokenward handler, which has its own. */
export interface SecurityPolicy {
  readonly headers: readonly SecurityHeader[];
}

/**
 * Makes the policy under which script in a page cannot complete an authorization flow of its own, even when it has
 * unregistered the worker.
 *
 * @param options the origin's deployment; the object that {@link createTokenwardHandler} takes fits, with `origin`
 * @throws TypeError when an option is not what it has to be, or would let the authorization server in
 * @see RFC 10017, section 5.1.3
 */
export function createSecurityPolicy(options: SecurityPolicyOptions): SecurityPolicy {
  checkOptions(options);
  const origin = parseOrigin(options.origin, 'origin');
  const authorizationServers = options.authorizationServers.map((url) => parseOrigin(url, 'authorizationServers'));
  const workerUrl = origin + parsePath(options.worker.path, 'worker.path');
  const connectSources = [
    ...formatPageSources(options.protectedResources),
    ...formatSources(options.connections ?? [], 'connections'),
  ];
  const frameSources = formatSources(options.frames ?? [], 'frames');
  const workerSources = (options.workers ?? []).map((value) => (value.startsWith('/') ? origin + value : value));
  refuseAuthorizationServers(authorizationServers, {
    origin,
    connections: connectSources,
    frames: frameSources,
    authorizationServerPaths: options.authorizationServerPaths ?? 'refuse',
  });

  const reportUrl =
    options.reportUrl === undefined ? undefined : encodeSeparators(new URL(options.reportUrl, origin).href);
  const contentSecurityPolicy = formatPolicy({
    'frame-src': frameSources.length === 0 ? ["'none'"] : frameSources,
    'object-src': ["'none'"],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
    'worker-src': [workerUrl, ...formatSources(workerSources, 'workers')],
    'connect-src': ["'self'", ...connectSources],
    // Deprecated for `report-to`, and the one that every engine has.
    ...(reportUrl === undefined ? {} : { 'report-uri': [reportUrl] }),
  });
  if (options.mode === 'report') return { headers: reportOnlyHeaders(contentSecurityPolicy, reportUrl) };
  return {
    headers: [
      // Two policies are both enforced, so the app's own stays what it is: https://www.w3.org/TR/CSP3/#multiple-policies
      { name: 'content-security-policy', value: contentSecurityPolicy, merge: 'append' },
      // Two values are none: https://html.spec.whatwg.org/multipage/browsers.html#the-headers
      { name: 'cross-origin-opener-policy', value: 'same-origin', merge: 'set' },
      { name: 'x-content-type-options', value: 'nosniff', merge: 'set' },
      GATE_HEADER,
    ],
  };
}

/**
 * The same without any effect on the app. The policy for openers has no `report-uri`, so it names an endpoint of its own
 * (Reporting API); `nosniff` has no such mode, and is left out.
 */
function reportOnlyHeaders(contentSecurityPolicy: string, reportUrl: string | undefined): readonly SecurityHeader[] {
  const coop = reportUrl === undefined ? 'same-origin' : 'same-origin; report-to="tokenward"';
  const endpoints: readonly SecurityHeader[] =
    reportUrl === undefined
      ? []
      : [{ name: 'reporting-endpoints', value: `tokenward="${reportUrl}"`, merge: 'append' }];
  return [
    { name: 'content-security-policy-report-only', value: contentSecurityPolicy, merge: 'append' },
    { name: 'cross-origin-opener-policy-report-only', value: coop, merge: 'set' },
    ...endpoints,
    // A cache that tells requests apart changes nothing for the app.
    GATE_HEADER,
  ];
}

/**
 * Adds a policy's headers to a response of the app: pages, files, errors, redirects. Not for a response of the Tokenward
 * handler: the policy of pages would cut the worker off from the authorization server.
 *
 * @param response the app's response; its body is passed on, not read
 * @param policy what {@link createSecurityPolicy} made
 */
export function withSecurityHeaders(response: Response, policy: SecurityPolicy): Response {
  // A protocol switch, or a network error, has no headers to speak of and cannot be copied.
  if (response.status < 200) return response;
  const secured = new Response(response.body, response);
  for (const { name, value, merge } of policy.headers) {
    if (merge === 'set') secured.headers.set(name, value);
    else if (!holdsValue([secured.headers.get(name) ?? ''], value)) secured.headers.append(name, value);
  }
  return secured;
}
