/**
 * Where the browser may go after a sign-in or sign-out: a path of this origin, with query and fragment.
 *
 * @param value what the page or a link asked for
 * @param origin the worker's origin
 * @param fallback where to go otherwise
 */
export function parseReturnTo(value: string | null | undefined, origin: string, fallback: string): string {
  if (value === null || value === undefined || value.length > 4096 || !URL.canParse(value, origin)) return fallback;
  const url = new URL(value, origin);
  return url.origin === origin ? `${url.pathname}${url.search}${url.hash}` : fallback;
}

/**
 * A redirect that turns the request into GET and takes no fragment along: without a fragment of its own, a redirect
 * inherits the one before it, `#code=…` included (RFC 9110, section 10.2.2).
 *
 * @param path a path of this origin
 */
export function redirectTo(path: string | URL, origin: string): Response {
  const url = new URL(path, origin);
  if (url.hash === '') url.hash = '_';
  return Response.redirect(url, 303);
}
