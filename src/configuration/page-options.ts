/** Rules for the app's pages: what they need besides the protected resources. */
export interface PageOptions {
  /** Further sources that pages fetch: URLs, `*.` hosts, `blob:`, `data:`. Their own origin is always allowed. */
  readonly connections?: readonly string[];
  /**
   * Whether pages may connect to a path of an authorization server's origin, such as that of an API beside it; `refuse` by
   * default.
   *
   * @warning With `allow`, one redirect with 307 or 308 to an address that a page chooses, at any server that `connect-src`
   * allows, is enough for script in a page to reach the token endpoint with the code of a flow of its own: a policy
   * forgets paths after a redirect.
   */
  readonly authorizationServerPaths?: 'refuse' | 'allow';
  /**
   * Rules for pages: `strict` by default; `minimal` by default with an isolated callback, where no URL of this origin holds the
   * code of a flow. `minimal` leaves frames, forms, `<base>`, plug-ins, connections, pop-ups and `nosniff` to the app.
   */
  readonly level?: 'minimal' | 'strict';
  /**
   * Sources that pages may frame: URLs, `"'self'"`, `blob:`, `data:`; none by default.
   *
   * @warning With `"'self'"`, one response of the origin without these headers allows script in a page to run an authorization
   *   flow in a frame within it: an error page of a proxy, or a server's own response to a URL that is too long.
   */
  readonly frames?: readonly string[];
  /** Origins besides the app's own to which forms are sent, such as those of a payment or of SAML; none by default. */
  readonly forms?: readonly string[];
  /** Sources of `<object>` and `<embed>`, such as `blob:` for a preview of a PDF; none by default. */
  readonly objects?: readonly string[];
  /**
   * URLs that `<base>` may name: `self` (default) is every URL of the app's origin, as Angular needs it; `none` forbids the
   * element.
   */
  readonly baseUri?: 'self' | 'none';
  /**
   * Whether pages keep a handle of the pop-ups that they open: `isolate` by default; `keep` for sign-in and payment in pop-ups
   * (`Cross-Origin-Opener-Policy: same-origin-allow-popups`).
   */
  readonly popups?: 'isolate' | 'keep';
  /**
   * Sources of the dedicated and shared workers of pages besides the app's own origin, such as `blob:`; none by default. With the
   * level `minimal`, pages run any worker unless this is given.
   */
  readonly workers?: readonly string[];
  /**
   * `enforce` by default; with `report`, browsers stop nothing and only say what they would have stopped, in the console and to
   * the report URL.
   */
  readonly mode?: 'enforce' | 'report';
  /** A URL that gets reports of what was stopped. */
  readonly reportUrl?: string;
}
