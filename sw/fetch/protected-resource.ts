import type { Mismatch } from '../../src/protocol/explanation.ts';
import { isOwnAuthorization } from '../../src/protocol/token-placeholder.ts';
import type { ProtectedResource } from '../../src/configuration/protected-resource.ts';
import { mayBeCoveredBy, mayLeaveItsFolder } from '../../src/configuration/path.ts';

/** Properties of a request that the rules check. */
export interface RequestTraits {
  readonly method: string;
  readonly mode: string;
  readonly destination: string;
  readonly referrer: string;
  readonly headers: Pick<Headers, 'has' | 'get' | 'keys'>;
}

/**
 * Finds the protected resource of a request. It runs for every request of the app and must stay cheap.
 *
 * @param resources the configured resources, none of which overlap
 * @param request the request as the page sent it
 * @param url its parsed URL
 */
export function findProtectedResource(
  resources: readonly ProtectedResource[],
  request: RequestTraits,
  url: URL,
): ProtectedResource | undefined {
  return resources.find((resource) => !findMismatch(resource, request, url));
}

/**
 * Returns the reason why a resource does not act on a request; `undefined` if it acts.
 *
 * Requests by script (destination `''`: fetch, XMLHttpRequest, EventSource) match. Images, scripts and navigations match only
 * if the configuration names them, since otherwise markup alone would act with the user's token.
 *
 * @param resource the rule
 * @param request the request as the page sent it
 * @param url its parsed URL
 */
export function findMismatch(resource: ProtectedResource, request: RequestTraits, url: URL): Mismatch | undefined {
  const mismatch = findUrlMismatch(resource, url);
  if (mismatch) return mismatch;
  if (namesAnotherPlace(request)) return 'ambiguous_path';
  const { method, mode } = request;
  if (resource.methods && (!resource.methods.includes(method.toUpperCase()) || overridesMethod(request)))
    return 'other_method';
  const destination = request.destination || (mode === 'no-cors' && 'beacon');
  if (destination && !resource.destinations.some((known) => known === destination)) return 'other_destination';
  // Another site can navigate here too, by a link or a form, but cannot forge a referrer of this origin.
  if (mode === 'navigate' && !request.referrer.startsWith(`${url.origin}/`)) return 'foreign_navigation';
  return resource.ownAuthorization === 'keep' && bringsAuthorization(request) ? 'own_authorization' : undefined;
}

/** Returns the reason why a resource does not cover a URL; `undefined` if it does. */
export function findUrlMismatch(
  { origin, covers, exclude }: ProtectedResource,
  { origin: actual, pathname }: URL,
): Mismatch | undefined {
  if (actual !== origin) return 'other_origin';
  if (!covers(pathname)) return 'other_path';
  if (mayLeaveItsFolder(pathname)) return 'ambiguous_path';
  return exclude.some((path) => mayBeCoveredBy(path, pathname)) ? 'excluded_path' : undefined;
}

/** Whether a request is refused for the `Authorization` header that it brings. */
export function rejectsRequest({ ownAuthorization }: ProtectedResource, request: RequestTraits): boolean {
  return ownAuthorization === 'reject' && bringsAuthorization(request);
}

/** Whether a header overrides the request's method on servers that support such headers. */
function overridesMethod(request: RequestTraits): boolean {
  return bringsAny(request, OTHER_METHOD);
}

const OTHER_METHOD = /^x-(?:http-method(?:-override)?|method-override)$/;

/**
 * Families of header fields in which some servers, proxies and frameworks look for the path, its prefix or the host first: those
 * that a proxy writes for the server behind it, and that of WebDAV for the second path of `COPY` and `MOVE` (RFC 4918, section 10.3).
 */
const OTHER_PLACE =
  /^(?:x-)?(?:forwarded(?:-|$)|original-|rewrit(?:e|ten)-|(?:http-)?host(?:-|$)|envoy-original-|(?:base|proxy|raw|real|request|backend|upstream)-(?:ur[il]|path|prefix|host|server)|(?:ur[il]|path|prefix)(?:-|$)|script-name$|destination$)/;

/** Whether a request names another path, prefix or host in a header. */
function namesAnotherPlace(request: RequestTraits): boolean {
  return bringsAny(request, OTHER_PLACE);
}

/** Whether a request has one of several header fields. To a CGI variable, `_` and `.` in a name are `-` (RFC 3875, 4.1.18). */
function bringsAny({ headers }: RequestTraits, names: RegExp): boolean {
  for (const name of headers.keys()) if (names.test(name.replace(/[^a-z\d]/g, '-'))) return true;
  return false;
}

function bringsAuthorization({ headers }: RequestTraits): boolean {
  return isOwnAuthorization(headers.get('authorization'));
}
