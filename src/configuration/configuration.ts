import type { Destination } from '../protocol/explanation.ts';

/** What a request to a protected resource gets when there is no session. */
export type WithoutSession = 'pass' | 'problem';

/** Where tokens are kept when the server puts no secret into the worker's script. */
export type WithoutSecret = 'memory' | 'wrapped';

/** What an `Authorization` header of the page's own means. */
export type OwnAuthorization = 'keep' | 'replace' | 'reject';

/** Whether Tokenward answers requests to protected resources before or after the other fetch listeners of the worker. */
export type Precedence = 'first' | 'last';

/** What happens when a protected resource redirects. */
export type RedirectPolicy = 'follow' | 'covered' | 'error';

/** What happens to an answer that holds the access token of its request. */
export type ReflectionPolicy = 'pass' | 'stop';

/** What becomes of the tokens when a tripwire ends the session. */
export type AlarmAction = 'revoke' | 'wipe';

/** Whether authorization requests are pushed (RFC 9126). */
export type PushedAuthorizationRequests = 'auto' | 'required' | 'off';

/** What an authorization response holds (OAuth 2.0 Multiple Response Type Encoding Practices). */
export type ResponseType = 'code' | 'code id_token';

/**
 * Form of an authorization response: in the query, in the fragment or as a form (OAuth 2.0 Form Post Response Mode), as it is
 * or in a signed JWT (JARM).
 */
export type ResponseMode = 'query' | 'fragment' | 'form_post' | 'query.jwt' | 'fragment.jwt' | 'form_post.jwt';

/** One protected resource: a part of an API that gets the access token. */
export interface ProtectedResourceOptions {
  /**
   * Absolute URL: the exact origin, and a path that covers itself and every path below it, by whole segments; or, with `*`,
   * `:name` or `{…}` in its path, a pattern that covers what it matches (URL Pattern Standard).
   */
  readonly url: string;
  /** Request methods that get the token; every method by default. */
  readonly methods?: readonly string[];
  /** Paths that are left alone, with all that lies below them; absolute, or relative to `url`. */
  readonly exclude?: readonly string[];
  /**
   * What gets the token besides the requests that script makes: none of it by default.
   *
   * @warning Markup alone then acts with the user's token: an `<img>` or a `<form>` that an attacker places is enough.
   */
  readonly destinations?: readonly Destination[];
  /** What an `Authorization` header of the page's own means; `keep` by default: the request is left alone. */
  readonly ownAuthorization?: OwnAuthorization;
  /** What happens when the resource redirects; `follow` by default, as the page asked for. */
  readonly redirects?: RedirectPolicy;
  /**
   * What happens to an answer that holds the access token of its request, as a debug page that shows header fields does;
   * `pass` by default. With `stop` it is kept from the page, and every answer is a copy without `url`, `redirected` and `type`.
   */
  readonly reflection?: ReflectionPolicy;
  /** How many bytes of a request's body are kept to send it again after a refresh; 1048576 by default. */
  readonly replayLimitBytes?: number;
  /** Overrides {@link Configuration.withoutSession} for this resource. */
  readonly withoutSession?: WithoutSession;
  /** The `resource` of its access token (RFC 8707, section 2): an absolute URI without a fragment. */
  readonly resource?: string;
  /** The `audience` of its access token, where the authorization server knows that parameter. */
  readonly audience?: string;
  /**
   * With {@link TokenwardOptions.dpop} `required`: whether its access token must be bound too (`required`, the default), or
   * may be a Bearer token where the authorization server gives one (`optional`).
   */
  readonly dpop?: 'required' | 'optional';
  /** The scopes of its access token; they need not stand in {@link TokenwardOptions.scopes}. */
  readonly scopes?: readonly string[];
}

/**
 * The configuration, given once, in the worker's own file. Nothing that the page sends can change it.
 */
export interface TokenwardOptions {
  /** The authorization server's issuer identifier (RFC 8414, section 2); `https`, or `http` on loopback. */
  readonly issuer: string;
  /** The `client_id` of a public client (RFC 6749, section 2.2). */
  readonly clientId: string;
  /** What gets the access token. */
  readonly protectedResources: readonly ProtectedResourceOptions[];
  /** Scopes to ask for; `['openid', 'offline_access']` by default. `openid` must be among them. */
  readonly scopes?: readonly string[];
  /** Scopes that the page may ask for besides, when they are needed; none by default. */
  readonly scopesFromPage?: readonly string[];
  /**
   * Redirect URI, absolute or relative to the origin; `/auth/callback` by default, below `endpointPath`. On another origin, it is an
   * isolated callback: the document there posts the authorization response to `{endpointPath}/callback` of the app.
   */
  readonly redirectUri?: string;
  /**
   * Path of the app, such as `/app/`, with a slash at its end; `/` by default. The worker's scope and endpoints, and where the
   * browser goes after a sign-out, follow from it.
   */
  readonly base?: string;
  /** Path below which the worker answers sign-in and sign-out navigations: `{endpointPath}/login`; `{base}auth` by default. */
  readonly endpointPath?: string;
  /** The path that the worker must be registered for; `base` by default. At any other scope it refuses to run. */
  readonly registrationScope?: string;
  /** Authorization request parameters that are always sent, such as `{ audience: '…' }`. */
  readonly authorizationParameters?: Readonly<Record<string, string>>;
  /** Names of authorization request parameters that the page may choose, such as `login_hint`; none by default. */
  readonly parametersFromPage?: readonly string[];
  /**
   * Whether the worker hands authorization requests to the server itself (RFC 9126), so that the browser carries a reference
   * only: `auto` (default) where the metadata name an endpoint for it, `required` always, `off` only where the metadata say
   * that the server takes no others. Where it fails, the sign-in fails: there is no other way tried.
   */
  readonly pushedAuthorizationRequests?: PushedAuthorizationRequests;
  /** What an authorization response holds: `code` (default), or with `code id_token` an ID token too (hybrid flow). */
  readonly responseType?: ResponseType;
  /** Form of an authorization response; `query` by default, `fragment` or `form_post` with `code id_token`. */
  readonly responseMode?: ResponseMode;
  /** URL to which the authorization server sends the browser after sign-out; `base` by default. */
  readonly postLogoutRedirectUri?: string;
  /** What a request to a protected resource gets without a session; `pass` by default: it is not touched. */
  readonly withoutSession?: WithoutSession;
  /**
   * Whether Tokenward answers requests to protected resources before (`first`) or after (`last`) the worker's other fetch
   * listeners. `first` by default in the standalone worker; `last` with `startTokenward()` and Workbox.
   */
  readonly precedence?: Precedence;
  /**
   * Whether the page may hand over tokens of its own with `adopt()`; `refuse` by default.
   *
   * @warning With `allow`, script in the page can plant a session of an attacker's account (login CSRF).
   */
  readonly adoption?: 'refuse' | 'allow';
  /**
   * Whether tokens must be bound to a key pair of the session (DPoP, RFC 9449); `off` by default. With `required`, an access
   * token of another type is an error.
   */
  readonly dpop?: 'off' | 'required';
  /**
   * Where tokens are kept when the worker's script is a static file: `memory` (default) is private and lasts as long as the
   * worker; `wrapped` lasts longer, under a key that cannot be exported.
   *
   * @warning With `wrapped`, script in the page can use the key where it lies, in IndexedDB, and read every token.
   */
  readonly withoutSecret?: WithoutSecret;
  /** What ends a session when a tripwire that ends it goes off: `revoke` (default) revokes its tokens, `wipe` only forgets them. */
  readonly alarmAction?: AlarmAction;
  /** Where alarms are sent, as JSON by POST: a URL, absolute or relative to the origin; nowhere by default. */
  readonly alarmReportUrl?: string;
  /** How long before its expiry an access token is renewed, in seconds; 10 by default, at most a third of its lifetime. */
  readonly refreshBeforeExpirySeconds?: number;
  /** Time limit for each request to the authorization server, and for all that tokens take, in milliseconds; 15000 by default. */
  readonly requestTimeoutMs?: number;
}
