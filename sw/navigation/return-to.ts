import { relayTo } from './fragment-relay.ts';

/**
 * Returns where the browser goes after a sign-in: a path of this origin, with query and fragment; the app's start if what the
 * page or a link asked for is none.
 *
 * Any path of the origin will do, and not only those below the app's own: a link can lead to each of them anyway, and an app may
 * have pages that its worker does not control.
 *
 * @param value what was asked for
 * @param app the worker's origin, and the app's path
 */
export function parseReturnTo(
  value: string | null,
  { origin, base }: { readonly origin: string; readonly base: string },
): string {
  const url = value !== null && value.length <= 4096 && URL.canParse(value, origin) && new URL(value, origin);
  // With two slashes before it, a path alone is a URL of another origin: `/.//evil.example`.
  // Its origin alone says less: that of `blob:https://app.example/…` is the app's, too.
  return url && url.href.startsWith(`${origin}/`) ? url.pathname.replace(/^\/+/, '/') + url.search + url.hash : base;
}

/**
 * Creates a redirect that turns the request into GET and carries no fragment along. A redirect whose `Location` has no fragment
 * inherits the one before it, `#code=…` included. An empty fragment is one, and a router takes it for none.
 *
 * WebKit inherits over the empty fragment of a worker's redirect: see {@link leaveCallback}.
 *
 * @param path a path of this origin, or a URL; its own fragment stays
 * @see https://fetch.spec.whatwg.org/#concept-response-location-url
 */
export function redirectTo(path: string | URL, origin: string): Response {
  const { href } = new URL(path, origin);
  return Response.redirect(href.includes('#') ? href : `${href}#`, 303);
}

/** A browser, and whether its redirects inherit a fragment although their own is there and empty. */
export type EmptyFragment = 'kept' | 'overwritten';

/**
 * Creates the answer to a navigation that may have an authorization response in its fragment, out of the worker's sight.
 *
 * @param path a path of this origin
 * @param browser its origin, and how it treats an empty fragment
 */
export function leaveCallback(
  path: string,
  browser: { readonly origin: string; readonly emptyFragment: EmptyFragment },
): Response {
  const mayInherit = browser.emptyFragment === 'overwritten' && !path.includes('#');
  return mayInherit ? relayTo(path) : redirectTo(path, browser.origin);
}
