import type { Claims } from '../../page/index.ts';

/** Authorization request parameters, as auth0-spa-js takes them. */
export interface AuthorizationParams {
  /** URL of the app to open after the sign-in. The worker decides which redirect URI it sends to the authorization server. */
  readonly redirect_uri?: string;
  readonly scope?: string;
  /** Ignored: the worker's configuration determines which API gets which token. */
  readonly audience?: string;
  readonly prompt?: 'none' | 'login' | 'consent' | 'select_account';
  readonly max_age?: string | number;
  readonly acr_values?: string;
  /** Parameters that the worker's `parametersFromPage` names. */
  readonly [parameter: string]: unknown;
}

/**
 * Options of `createAuth0Client()`. Options that affect tokens belong in the worker's own file, where page script cannot change
 * them: `domain`, `clientId`, `cacheLocation` and the like may stay in the app's code and are ignored.
 */
export interface Auth0ClientOptions {
  /** URL of the worker's own file; `/tokenward-sw.js` by default. */
  readonly worker?: string;
  readonly domain?: string;
  readonly clientId?: string;
  readonly authorizationParams?: AuthorizationParams;
  /** Whether a sign-in that asks for scopes also asks for `offline_access`. */
  readonly useRefreshTokens?: boolean;
  readonly [readOver: string]: unknown;
}

/** Options of `loginWithRedirect()`. */
export interface RedirectLoginOptions<State = unknown> {
  /** State that `handleRedirectCallback()` returns. It must be serializable as JSON and contain no secret. */
  readonly appState?: State;
  readonly authorizationParams?: AuthorizationParams;
  /** Fragment of the app's URL after the sign-in, without `#`. */
  readonly fragment?: string;
}

/** State that an app passes to itself through a sign-in, with its usual names. */
export interface AppState {
  readonly target?: string;
  readonly returnTo?: string;
  readonly [name: string]: unknown;
}

/** Result of `handleRedirectCallback()`. */
export interface RedirectLoginResult<State = AppState> {
  readonly appState?: State;
  readonly response_type: 'code';
}

/** Options of `getTokenSilently()`. All but `detailedResponse` are ignored, since the worker renews tokens itself. */
export interface GetTokenSilentlyOptions {
  readonly detailedResponse?: boolean;
  readonly authorizationParams?: AuthorizationParams;
  readonly cacheMode?: 'on' | 'off' | 'cache-only';
  readonly timeoutInSeconds?: number;
}

/** Token response with the placeholder in it. The ID token and the refresh token stay in the worker. */
export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  /** Seconds until the session's access token expires. */
  readonly expires_in: number;
  readonly scope: string;
}

/** Options of `logout()`. They are ignored, since the worker's `postLogoutRedirectUri` determines the browser's next page. */
export interface LogoutOptions {
  readonly clientId?: string | null;
  readonly logoutParams?: {
    readonly returnTo?: string;
    readonly federated?: boolean;
    readonly [name: string]: unknown;
  };
}

/** Claims about the user. */
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

/** Claims of the ID token, without the token itself. */
export type IdToken = Claims;
