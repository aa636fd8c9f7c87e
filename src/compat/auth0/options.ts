import type { Claims } from '../../page/index.ts';

/** Authorization request parameters, as auth0-spa-js takes them. */
export interface AuthorizationParams {
  /** Where the app wants to be after the sign-in; not what the authorization server is told, which the worker decides. */
  readonly redirect_uri?: string;
  readonly scope?: string;
  /** Read over: which API gets which token stands in the worker's configuration. */
  readonly audience?: string;
  readonly prompt?: 'none' | 'login' | 'consent' | 'select_account';
  readonly max_age?: string | number;
  readonly acr_values?: string;
  /** Those that the worker's `parametersFromPage` names. */
  readonly [parameter: string]: unknown;
}

/**
 * What `createAuth0Client()` takes. What decides about tokens stands in the worker's own file, where page script cannot change
 * it: `domain`, `clientId`, `cacheLocation` and the like may stay in the app's code, and are read over.
 */
export interface Auth0ClientOptions {
  /** URL of the worker's own file; `/tokenward-sw.js` by default. */
  readonly worker?: string;
  readonly domain?: string;
  readonly clientId?: string;
  readonly authorizationParams?: AuthorizationParams;
  /** Whether scopes that a sign-in asks for besides come with `offline_access`. */
  readonly useRefreshTokens?: boolean;
  readonly [readOver: string]: unknown;
}

/** What `loginWithRedirect()` takes. */
export interface RedirectLoginOptions<State = unknown> {
  /** Comes back from `handleRedirectCallback()`; it must be fit for JSON, and no secret. */
  readonly appState?: State;
  readonly authorizationParams?: AuthorizationParams;
  /** What stands behind the `#` when the app is back. */
  readonly fragment?: string;
}

/** What apps pass to themselves through a sign-in, by the names that are usual. */
export interface AppState {
  readonly target?: string;
  readonly returnTo?: string;
  readonly [name: string]: unknown;
}

/** What `handleRedirectCallback()` gives. */
export interface RedirectLoginResult<State = AppState> {
  readonly appState?: State;
  readonly response_type: 'code';
}

/** What `getTokenSilently()` takes; all but `detailedResponse` is read over, since the worker renews tokens itself. */
export interface GetTokenSilentlyOptions {
  readonly detailedResponse?: boolean;
  readonly authorizationParams?: AuthorizationParams;
  readonly cacheMode?: 'on' | 'off' | 'cache-only';
  readonly timeoutInSeconds?: number;
}

/** A token response with the placeholder in it; the ID token and the refresh token stay in the worker. */
export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  /** Seconds until the session's access token expires. */
  readonly expires_in: number;
  readonly scope: string;
}

/** What `logout()` takes: read over, since the worker's `postLogoutRedirectUri` says where the browser goes. */
export interface LogoutOptions {
  readonly clientId?: string | null;
  readonly logoutParams?: {
    readonly returnTo?: string;
    readonly federated?: boolean;
    readonly [name: string]: unknown;
  };
}

/** The claims about the user. */
export interface User {
  readonly sub?: string;
  readonly name?: string;
  readonly nickname?: string;
  readonly given_name?: string;
  readonly family_name?: string;
  readonly picture?: string;
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly updated_at?: string;
  readonly [claim: string]: unknown;
}

/** The claims of the ID token, without the token itself. */
export type IdToken = Claims;
