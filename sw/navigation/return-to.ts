/**
 * Where the browser may go after a sign-in or sign-out: a path of this origin, with query and fragment; `/` if what the
 * page or a link asked for is none.
 *
 * @param value what was asked for
 * @param origin the worker's origin
 */
export function parseReturnTo(value: string | null, origin: string): string {
  const url = value !== null && value.length <= 4096 && URL.canParse(value, origin) && new URL(value, origin);
  // With two slashes before it, a path alone is a URL of another origin: `/.//evil.example`.
  // Its origin alone says less: that of `blob:https://app.example/…` is the app's, too.
  return url && url.href.startsWith(`${origin}/`) ? url.pathname.replace(/^\/+/, '/') + url.search + url.hash : '/';
}

/**
 * A redirect that turns the request into GET and takes no fragment along: without a fragment of its own, a redirect
 * inherits the one before it, `#code=…` included (RFC 9110, section 10.2.2).
 *
 * @param path a path of this origin
 */
export function redirectTo(path: string | URL, origin: string): Response {
  const url = new URL(path, origin);
  url.hash ||= '_';
  return Response.redirect(url, 303);
}
