import { WORKER_FILE } from '../../protocol/default-names.ts';
import { connect, type TokenwardClient } from '../../page/index.ts';
import { currentUrl } from '../../page/platform.ts';
import { TOKEN_PLACEHOLDER } from '../../protocol/token-placeholder.ts';
import { AuthenticationError, GenericError, toGenericError } from './error.ts';
import { toAuthorizationOptions } from './login-options.ts';
import type {
  AppState,
  Auth0ClientOptions,
  GetTokenSilentlyOptions,
  IdToken,
  LogoutOptions,
  RedirectLoginOptions,
  RedirectLoginResult,
  TokenResponse,
  User,
} from './options.ts';
import { beginTransaction, takeTransaction } from './transaction.ts';

/** Claims of an ID token that say something of the token, not of the user (OpenID Connect Core 1.0, sections 2 and 3). */
const ABOUT_THE_TOKEN = /^(iss|aud|exp|nbf|iat|jti|azp|nonce|auth_time|at_hash|c_hash|s_hash|acr|amr|sid|cnf)$/;

/**
 * Client with the methods of auth0-spa-js that apps call; Tokenward's worker implements them. It never returns a token: where
 * the app asks for one, it gets a placeholder. The worker replaces the placeholder in requests to the configured resources
 * only.
 */
export class Auth0Client {
  readonly #options: Auth0ClientOptions;
  #connecting: Promise<TokenwardClient> | undefined;

  /**
   * @param options as auth0-spa-js takes them, and the URL of the worker
   * @param options as auth0-spa-js takes them, and where the worker is
   */
  constructor(options: Auth0ClientOptions) {
    this.#options = options;
  }

  /**
   * Waits until the worker controls the page and has said what the session is.
   *
   * @throws {@link GenericError} with one of the codes in `docs/errors.md`
   */
  async checkSession(): Promise<void> {
    await this.#connect();
  }

  /**
   * Leaves the page to sign in. The promise rejects if the browser stays after all.
   *
   * @throws {@link GenericError} `navigation_cancelled`, `navigation_blocked`, `issuer_unreachable`, `issuer_invalid`, `request_invalid`, `worker_timeout`
   */
  async loginWithRedirect<State>(options: RedirectLoginOptions<State> = {}): Promise<void> {
    const client = await this.#connect();
    const { authorizationParams = {}, appState, fragment } = options;
    const landing = new URL(
      authorizationParams.redirect_uri ?? this.#options.authorizationParams?.redirect_uri ?? '/',
      currentUrl(),
    );
    if (fragment !== undefined) landing.hash = fragment;
    const request = toAuthorizationOptions(authorizationParams, this.#options);
    await client.login({ ...request, returnTo: beginTransaction(landing, appState) }).catch(rethrow);
  }

  /**
   * Returns the result of the sign-in that led to this page.
   *
   * @param url by default the page's URL
   * @throws {@link AuthenticationError} if the sign-in failed, and {@link GenericError} `missing_transaction` if this tab has
   *   not started one
   */
  handleRedirectCallback<State = AppState>(url?: string): Promise<RedirectLoginResult<State>>;
  async handleRedirectCallback(url?: string): Promise<RedirectLoginResult<unknown>> {
    const { session } = await this.#connect();
    const transaction = takeTransaction(url);
    if (!transaction)
      throw new GenericError('missing_transaction', 'No sign-in of this tab leads here. Sign in again.');
    const { lastError } = session;
    if (lastError)
      throw new AuthenticationError(lastError.serverCode ?? lastError.code, lastError.message, transaction);
    return { appState: transaction.appState, response_type: 'code' };
  }

  /** Whether there is a session. */
  async isAuthenticated(): Promise<boolean> {
    return (await this.#connect()).session.status === 'signed-in';
  }

  /** Returns the claims about the user from the ID token; `undefined` if there is no session. */
  getUser<U extends User = User>(): Promise<U | undefined>;
  async getUser(): Promise<User | undefined> {
    const claims = await this.getIdTokenClaims();
    return claims && Object.fromEntries(Object.entries(claims).filter(([name]) => !ABOUT_THE_TOKEN.test(name)));
  }

  /** Returns all claims of the ID token, without `__raw`; `undefined` if there is no session. */
  async getIdTokenClaims(): Promise<IdToken | undefined> {
    const { session } = await this.#connect();
    return session.status === 'signed-in' ? session.claims : undefined;
  }

  /**
   * Returns the value for an `Authorization` header: a placeholder, the same for every API.
   *
   * @throws {@link GenericError} `login_required` if there is no session
   */
  getTokenSilently(options: GetTokenSilentlyOptions & { readonly detailedResponse: true }): Promise<TokenResponse>;
  getTokenSilently(options?: GetTokenSilentlyOptions): Promise<string>;
  async getTokenSilently(options: GetTokenSilentlyOptions = {}): Promise<string | TokenResponse> {
    const { session } = await this.#connect();
    if (session.status === 'signed-out') throw new GenericError('login_required', 'There is no session. Sign in.');
    if (options.detailedResponse !== true) return TOKEN_PLACEHOLDER;
    return {
      access_token: TOKEN_PLACEHOLDER,
      token_type: 'Bearer',
      expires_in: Math.max(0, Math.round((session.expiresAtMs - Date.now()) / 1000)),
      scope: session.scopes.join(' '),
    };
  }

  /**
   * Revokes and forgets the tokens, then leaves the page to end the session at the authorization server.
   *
   * @throws {@link GenericError} `worker_timeout`
   */
  async logout(_options?: LogoutOptions): Promise<void> {
    await (await this.#connect()).logout().catch(rethrow);
  }

  /** Connects once; an attempt that failed is made again at the next call. */
  #connect(): Promise<TokenwardClient> {
    this.#connecting ??= connect({ worker: this.#options.worker ?? `/${WORKER_FILE}` }).catch((error: unknown) => {
      this.#connecting = undefined;
      return rethrow(error);
    });
    return this.#connecting;
  }
}

/**
 * Creates a client and waits until the worker controls the page.
 *
 * @param options as auth0-spa-js takes them, and the URL of the worker
 * @throws {@link GenericError} with one of the codes in `docs/errors.md`
 * @example
 * const client = await createAuth0Client({ worker: '/tokenward-sw.js' });
 * if (!(await client.isAuthenticated())) await client.loginWithRedirect({ appState: { target: '/notes' } });
 */
export async function createAuth0Client(options: Auth0ClientOptions): Promise<Auth0Client> {
  const client = new Auth0Client(options);
  await client.checkSession();
  return client;
}

function rethrow(error: unknown): never {
  throw toGenericError(error);
}
