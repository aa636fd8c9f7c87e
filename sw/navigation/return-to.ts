import { relayTo } from './fragment-relay.ts';

/**
 * Largest length of a target that is kept whole, in characters. It stands in the vault and not in the authorization request, so that no
 * server limits it; Firefox opens no URL above 1 MiB, and fifty sign-ins may be pending at once.
 */
const MAX_CHARACTERS = 131_072;

/** Length above which a target is not even parsed: no browser has such an address (Chromium's limit is 2 MiB). */
const MAX_PARSED_CHARACTERS = 2_097_152;

/** Surroundings of a target. */
export interface ReturnToContext {
  /** The worker's origin. */
  readonly origin: string;
  /** The app's path. */
  readonly base: string;
  /** Writes a warning for the developer. */
  readonly warn: (message: string) => void;
}

/**
 * Returns where the browser goes after a sign-in: a path of this origin, with query and fragment; the app's start if what the
 * page or a link asked for is none.
 *
 * Any path of the origin will do, and not only those below the app's own: a link can lead to each of them anyway, and an app may
 * have pages that its worker does not control.
 *
 * A target that is too long loses its fragment, then its query, then its path: a sign-in must not fail for an address that the user did not
 * type.
 *
 * @param value what was asked for
 */
export function parseReturnTo(value: string | null, { origin, base, warn }: ReturnToContext): string {
  if (value === null) return base;
  if (value.length > MAX_PARSED_CHARACTERS) {
    warn(describeCut(value.length, 'to the start of the app'));
    return base;
  }
  const parts = partsWithin(value, origin);
  const [whole] = parts;
  if (whole === undefined) return base;
  if (whole.length <= MAX_CHARACTERS) return whole;
  const index = parts.findIndex((path) => path.length <= MAX_CHARACTERS);
  warn(
    describeCut(whole.length, ['', 'to it without its fragment', 'to its path'][index] ?? 'to the start of the app'),
  );
  return parts[index] ?? base;
}

/** Returns a target of this origin whole, without its fragment, and without its query; nothing if it is of another one. */
function partsWithin(value: string, origin: string): readonly string[] {
  const url = URL.canParse(value, origin) && new URL(value, origin);
  // With two slashes before it, a path alone is a URL of another origin: `/.//evil.example`.
  // Its origin alone says less: that of `blob:https://app.example/…` is the app's, too.
  if (!url || !url.href.startsWith(`${origin}/`)) return [];
  const path = url.pathname.replace(/^\/+/, '/');
  return [path + url.search + url.hash, path + url.search, path];
}

/** Describes what is left of a target that is too long. It quotes nothing: a query may hold secrets. */
function describeCut(length: number, rest: string): string {
  return (
    `The address to return to after the sign-in has ${length} characters, and ${MAX_CHARACTERS} are kept at most: the browser goes ` +
    `${rest}. Keep the state of the page in storage, not in its address, or pass a shorter "returnTo".`
  );
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
