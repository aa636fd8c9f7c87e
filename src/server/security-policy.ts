import type { PageOptions } from '../configuration/page-options.ts';
import { checkOptions } from './check-options.ts';
import { encodeSeparators, formatPolicy, formatSources } from './content-security-policy.ts';
import { GATE_HEADER, holdsValue, type SecurityHeader } from './gate-header.ts';
import { parseOrigin, parsePath } from './location.ts';
import { type PageSources, refuseAuthorizationServers } from './own-flow.ts';
import { formatPageSources } from './protected-resources.ts';

/** Options for the headers of an origin's pages and files. */
export interface SecurityPolicyOptions extends PageOptions {
  /** Origin of the app as browsers see it, such as `https://app.example`. */
  readonly origin: string;
  /** Path of the worker script. */
  readonly worker: { readonly path: string };
  /** The authorization server's origins: no frame and no request of a page may reach them. */
  readonly authorizationServers: readonly string[];
  /**
   * The protected resources that pages request. A URL with a path allows that path and what lies below it, a pattern what
   * lies below its first, literal segments. Those of the app's own origin, which start with a slash, are always allowed.
   */
  readonly protectedResources: readonly string[];
  /**
   * The redirect URI, where it is not on `origin`: an isolated callback. The policy is `minimal` then, unless `level` says
   * otherwise.
   */
  readonly redirectUri?: string;
  /**
   * Whether the server refuses other scripts as service workers, as {@link createTokenwardHandler} does: `present` by default.
   * With `missing`, the policy allows pages to run no script of the origin as a worker but the worker, `otherWorkers` and
   * `workers`.
   */
  readonly gate?: 'present' | 'missing';
  /** Paths of other service workers, as in {@link TokenwardHandlerOptions.otherWorkers}. */
  readonly otherWorkers?: readonly string[];
}

/** Headers for every response of the origin except those of the Tokenward handler, which has its own. */
export interface SecurityPolicy {
  readonly headers: readonly SecurityHeader[];
}

/**
 * Creates the policy that stops script in a page from completing an authorization flow of its own, even after it has
 * unregistered the worker. With an isolated callback, the callback's origin stops it, and the policy is minimal.
 *
 * @param options the origin's deployment; the options of {@link createTokenwardHandler} fit, with `origin`
 * @throws TypeError if an option is not valid, or would admit the authorization server
 * @see RFC 10017, section 5.1.3
 * @example
 * const policy = createSecurityPolicy({
 *   origin: 'https://app.example',
 *   worker: { path: '/tokenward-sw.js' },
 *   authorizationServers: ['https://login.example'],
 *   protectedResources: ['https://api.example/v1'],
 * });
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
  const sources: PageSources = {
    origin,
    connections: connectSources,
    frames: formatSources(options.frames ?? [], 'frames'),
    forms: formatSources(options.forms ?? [], 'forms'),
    objects: formatSources(options.objects ?? [], 'objects'),
    authorizationServerPaths: options.authorizationServerPaths ?? 'refuse',
  };
  const level = levelOf(options, origin);
  if (level === 'strict') refuseAuthorizationServers(authorizationServers, sources);

  const reportUrl =
    options.reportUrl === undefined ? undefined : encodeSeparators(new URL(options.reportUrl, origin).href);
  const directives = level === 'strict' ? strictDirectives(options, sources) : {};
  const isWorkerNamed = level === 'strict' || options.workers !== undefined || options.gate === 'missing';
  const contentSecurityPolicy = formatPolicy({
    ...directives,
    ...(isWorkerNamed && { 'worker-src': workerSources(options, workerUrl) }),
    ...(level === 'strict' && { 'connect-src': ["'self'", ...connectSources] }),
    // Deprecated in favour of `report-to`, but supported by every engine.
    ...(reportUrl !== undefined && { 'report-uri': [reportUrl] }),
  });
  const coop = options.popups === 'keep' ? 'same-origin-allow-popups' : 'same-origin';
  const openerPolicy = level === 'strict' ? coop : undefined;
  if (options.mode === 'report')
    return { headers: reportOnlyHeaders({ contentSecurityPolicy, openerPolicy, reportUrl }) };
  return {
    headers: [
      // Browsers enforce both policies, so the app's own does not change: https://www.w3.org/TR/CSP3/#multiple-policies
      ...header('content-security-policy', contentSecurityPolicy, 'append'),
      // Two values count as none: https://html.spec.whatwg.org/multipage/browsers.html#the-headers
      ...header('cross-origin-opener-policy', openerPolicy, 'set'),
      ...header('x-content-type-options', level === 'strict' ? 'nosniff' : undefined, 'set'),
      GATE_HEADER,
    ],
  };
}

/** Chooses the level: without an isolated callback it is always `strict`. */
function levelOf(options: SecurityPolicyOptions, origin: string): 'minimal' | 'strict' {
  const { redirectUri, level } = options;
  const isIsolated =
    redirectUri !== undefined && parseOrigin(new URL(redirectUri, origin).href, 'redirectUri') !== origin;
  if (level === 'minimal' && !isIsolated) {
    throw new TypeError(
      'level: "minimal" needs an isolated callback: give its redirectUri, on an origin of its own. With a callback on the ' +
        "app's origin, script in a page could read the code of a flow of its own.",
    );
  }
  return level ?? (isIsolated ? 'minimal' : 'strict');
}

/** Lists the directives that keep a flow of an attacker from a callback on the app's own origin. */
function strictDirectives(
  { baseUri = 'self' }: SecurityPolicyOptions,
  { frames, forms, objects }: PageSources,
): Readonly<Record<string, readonly string[]>> {
  return {
    'frame-src': orNone(frames),
    'object-src': orNone(objects),
    'base-uri': [`'${baseUri}'`],
    'form-action': ["'self'", ...forms],
  };
}

/**
 * Returns the sources of workers. `worker-src` cannot distinguish a dedicated worker from a service worker, but the gate can:
 * with a gate, every script of the origin may be a dedicated worker.
 */
function workerSources(options: SecurityPolicyOptions, workerUrl: string): readonly string[] {
  const { origin } = new URL(workerUrl);
  const others = (options.otherWorkers ?? []).map((path) => origin + encodeSeparators(parsePath(path, 'otherWorkers')));
  const more = (options.workers ?? []).map((value) => (value.startsWith('/') ? origin + value : value));
  const own = options.gate === 'missing' ? [workerUrl, ...others] : ["'self'"];
  return [...own, ...formatSources(more, 'workers')];
}

function orNone(sources: readonly string[]): readonly string[] {
  return sources.length === 0 ? ["'none'"] : sources;
}

/** Returns a header if it has a value. */
function header(name: string, value: string | undefined, merge: SecurityHeader['merge']): readonly SecurityHeader[] {
  return value === undefined || value === '' ? [] : [{ name, value, merge }];
}

/**
 * Returns the report-only headers. The policy for openers has no `report-uri`, so it names its own endpoint (Reporting API).
 * `nosniff` has no report-only mode and is omitted.
 */
function reportOnlyHeaders({
  contentSecurityPolicy,
  openerPolicy,
  reportUrl,
}: ReportedPolicy): readonly SecurityHeader[] {
  const coop = reportUrl === undefined ? openerPolicy : openerPolicy && `${openerPolicy}; report-to="tokenward"`;
  const endpoints = reportUrl === undefined ? undefined : `tokenward="${reportUrl}"`;
  return [
    ...header('content-security-policy-report-only', contentSecurityPolicy, 'append'),
    ...header('cross-origin-opener-policy-report-only', coop, 'set'),
    ...header('reporting-endpoints', endpoints, 'append'),
    // A cache that distinguishes requests changes nothing for the app.
    GATE_HEADER,
  ];
}

/** Parts of a report-only policy. */
interface ReportedPolicy {
  readonly contentSecurityPolicy: string;
  readonly openerPolicy: string | undefined;
  readonly reportUrl: string | undefined;
}

/**
 * Adds a policy's headers to a response of the app: pages, files, errors, redirects. Do not use it for a response of the
 * Tokenward handler: the policy of pages would stop the worker from reaching the authorization server.
 *
 * @param response the app's response; its body is passed on, not read
 * @param policy the result of {@link createSecurityPolicy}
 * @example
 * export default {
 *   fetch: async (request) =>
 *     (await handler(request, policy)) ?? withSecurityHeaders(await serveApp(request), policy),
 * };
 */
export function withSecurityHeaders(response: Response, policy: SecurityPolicy): Response {
  // The response of a protocol switch, or of a network error, has no useful headers and cannot be copied.
  if (response.status < 200) return response;
  const secured = new Response(response.body, response);
  for (const { name, value, merge } of policy.headers) {
    if (merge === 'set') secured.headers.set(name, value);
    else if (!holdsValue([secured.headers.get(name) ?? ''], value)) secured.headers.append(name, value);
  }
  return secured;
}
