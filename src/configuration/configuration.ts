import type { Destination, RenewOn } from '../protocol/explanation.ts';
import type { AuthorizationServerOptions, UserInfoOptions } from './authorization-server.ts';
import type { ClaimNames } from './claims-request.ts';

/** Response to a request for a protected resource without a session. */
export type WithoutSession = 'pass' | 'problem';

/** Storage of tokens if the server puts no secret into the worker's script. */
export type WithoutSecret = 'memory' | 'wrapped';

/** Treatment of an `Authorization` header that the page sets. */
export type OwnAuthorization = 'keep' | 'replace' | 'reject';

/** Whether Tokenward answers requests to protected resources before or after the other fetch listeners of the worker. */
export type Precedence = 'first' | 'last';

/** Treatment of redirects by a protected resource. */
export type RedirectPolicy = 'follow' | 'covered' | 'error';

/** Treatment of a response that contains the access token of its request. */
export type ReflectionPolicy = 'pass' | 'stop';

/** Use of the browser's HTTP cache for requests to a protected resource. */
export type CachePolicy = 'keep' | 'no-store';

/** Treatment of the tokens when a tripwire ends the session. */
export type AlarmAction = 'revoke' | 'wipe';

/** Whether authorization requests are pushed (RFC 9126). */
export type PushedAuthorizationRequests = 'auto' | 'required' | 'off';

/** Content of an authorization response (OAuth 2.0 Multiple Response Type Encoding Practices). */
export type ResponseType = 'code' | 'code id_token';

/**
 * Form of an authorization response: in the query, in the fragment or as a form (OAuth 2.0 Form Post Response Mode), as it is
 * or in a signed JWT (JARM).
 */
export type ResponseMode = 'query' | 'fragment' | 'form_post' | 'query.jwt' | 'fragment.jwt' | 'form_post.jwt';

/** Address that ends the session at the authorization server, where its metadata name none, or one that needs other parameters. */
export interface EndSessionAddress {
  /** URL without a query; `https`, or `http` on loopback. */
  readonly url: string;
  /** Parameters of the query, such as `{ client_id: '…', logout_uri: '…' }`; none by default. No ID token is added. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** End of the session at the authorization server when the user signs out. */
export type EndSession = 'auto' | 'local' | EndSessionAddress;

/** Prompt of the first sign-in after a sign-out that the authorization server does not know of. */
export type PromptAfterLocalSignOut = 'login' | 'select_account';

/** Protected resource: a part of an API that gets the access token. */
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
   * Request destinations that get the token, besides requests by script; none by default.
   *
   * @warning Markup alone then acts with the user's token: an `<img>` or a `<form>` that an attacker places is enough.
   */
  readonly destinations?: readonly Destination[];
  /** Treatment of an `Authorization` header that the page sets; `keep` by default: the worker does not change the request. */
  readonly ownAuthorization?: OwnAuthorization;
  /** Treatment of redirects by the resource; `follow` by default, as the page requested. */
  readonly redirects?: RedirectPolicy;
  /**
   * Treatment of a response that contains the access token of its request, as a debug page that shows header fields does.
   * `pass` by default. With `stop` the page does not get it, and every response is a copy without `url`, `redirected` and
   * `type`.
   */
  readonly reflection?: ReflectionPolicy;
  /**
   * Use of the browser's HTTP cache for requests with the token: `keep` (default) leaves it to the page and the API, `no-store`
   * neither reads from it nor stores in it, so that no user gets the answer of another.
   */
  readonly cache?: CachePolicy;
  /**
   * Responses with status 401 after which the worker renews the access token and sends the request once more. `invalid_token`, the
   * default: those whose challenge has this error (RFC 6750, section 3.1). `unauthorized`: every one that does not ask for something
   * else, for an API that says no more than 401.
   */
  readonly renewOn?: RenewOn;
  /**
   * Names of the claims that a challenge of this API may make a sign-in request (`claims` of `WWW-Authenticate`), by the member of the
   * claims request, such as `{ access_token: ['acrs', 'nbf'] }`; none by default. The page cannot choose them.
   */
  readonly claimsFromChallenge?: ClaimNames;
  /**
   * Time for which the worker keeps a response that requires step-up, in seconds, so that it can send the request once more after the
   * sign-in: as long as a listener of `onChallenge()` has returned a promise that is pending. With 0, the default, the page gets it at once.
   */
  readonly stepUpWaitSeconds?: number;
  /** Size of a request body, in bytes, that the worker keeps to send the request again after a refresh; 1048576 by default. */
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

/** Limits of a session. The worker enforces them. */
export interface SessionOptions {
  /** Time without activity of the user after which the session ends, in seconds; without this option, there is no such limit. */
  readonly idleSeconds?: number;
  /**
   * Time since the user's authentication after which the session ends, in seconds; without this option, there is no such limit. It
   * counts from `auth_time` (OpenID Connect Core 1.0, section 2), otherwise from the sign-in.
   */
  readonly absoluteSeconds?: number;
  /** Time before the end at which `client.onExpiring()` warns, in seconds; 60 by default, at most half of each limit. */
  readonly warnBeforeSeconds?: number;
}

/** Configuration in the worker's own file. No message from a page can change it. */
export interface TokenwardOptions {
  /** The authorization server's issuer identifier (RFC 8414, section 2); `https`, or `http` on loopback. */
  readonly issuer: string;
  /** Metadata of the authorization server that do not follow from `issuer`: their URL, or members of them. */
  readonly authorizationServer?: AuthorizationServerOptions;
  /**
   * Whether the server issues ID tokens (OpenID Connect); `true` by default. With `false`, for a server that knows OAuth 2.0 alone, the
   * user is known by {@link TokenwardOptions.userInfo} or not at all.
   *
   * @warning With `false`, no signature says who the user is, and no nonce ties a sign-in to its response.
   */
  readonly openid?: boolean;
  /** Source of what the worker knows of the user, with `openid: false`; none by default: each sign-in is then of an unknown user. */
  readonly userInfo?: UserInfoOptions;
  /** `client_id` of a public client (RFC 6749, section 2.2). */
  readonly clientId: string;
  /** APIs that get the access token. */
  readonly protectedResources: readonly ProtectedResourceOptions[];
  /** Scopes to request; `['openid', 'offline_access']` by default, none with `openid: false`. Otherwise `openid` must be among them. */
  readonly scopes?: readonly string[];
  /** Further scopes that the page may request later; none by default. */
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
  /** Scope of the worker's registration, as a path; `base` by default. At any other scope the worker refuses to run. */
  readonly registrationScope?: string;
  /** Authorization request parameters that are always sent, such as `{ audience: '…' }`. */
  readonly authorizationParameters?: Readonly<Record<string, string>>;
  /** Names of authorization request parameters that the page may choose, such as `login_hint`; none by default. */
  readonly parametersFromPage?: readonly string[];
  /**
   * Whether the worker pushes authorization requests to the server (RFC 9126), so that the browser carries only a reference:
   * `auto` (default) if the metadata name an endpoint for it whose answers browsers can read, `required` always, `off` only if the
   * metadata say that the server accepts no others. If the push is answered with an error, the sign-in fails.
   */
  readonly pushedAuthorizationRequests?: PushedAuthorizationRequests;
  /**
   * Whether the app's own server passes token, revocation and pushed authorization requests on to the authorization server, and adds
   * client authentication; `false` by default. It is for servers that require a client secret, or whose token endpoint has no CORS
   * headers. The secret is not in this configuration, which is part of the worker script: `createTokenward()` takes it on the server.
   *
   * @warning A program outside of browsers can use the relay too, as it can use the token endpoint of a server with public clients.
   */
  readonly relay?: boolean;
  /** Content of an authorization response: `code` (default), or `code id_token` for an ID token too (hybrid flow). */
  readonly responseType?: ResponseType;
  /** Form of an authorization response; `query` by default, `fragment` or `form_post` with `code id_token`. */
  readonly responseMode?: ResponseMode;
  /** URL to which the authorization server sends the browser after sign-out; `base` by default. */
  readonly postLogoutRedirectUri?: string;
  /**
   * End of the session at the authorization server: `auto` (default) by the endpoint that its metadata name, `local` not at all, or
   * by an address of its own.
   */
  readonly endSession?: EndSession;
  /** Prompt of the first sign-in after a sign-out that ended only the session of the app; none by default. */
  readonly promptAfterLocalSignOut?: PromptAfterLocalSignOut;
  /**
   * Response to a request for a protected resource without a session; `pass` by default: the worker does not change the
   * request.
   */
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
   * Storage of tokens if the worker's script is a static file: `memory` (default) is private and lasts as long as the worker.
   * `wrapped` lasts longer, under a key that cannot be exported.
   *
   * @warning With `wrapped`, script in the page can use the key where it lies, in IndexedDB, and read every token.
   */
  readonly withoutSecret?: WithoutSecret;
  /** Treatment of the tokens when a tripwire ends the session: `revoke` (default) revokes them, `wipe` only deletes them. */
  readonly alarmAction?: AlarmAction;
  /** URL to which the worker sends alarms as JSON by POST, absolute or relative to the origin; none by default. */
  readonly alarmReportUrl?: string;
  /** Time before its expiry at which an access token is renewed, in seconds; 10 by default, at most a third of its lifetime. */
  readonly refreshBeforeExpirySeconds?: number;
  /** Limits of a session; none by default. */
  readonly session?: SessionOptions;
  /**
   * Time limit for each request to the authorization server, and for obtaining tokens as a whole, in milliseconds. 15000 by
   * default.
   */
  readonly requestTimeoutMs?: number;
}
