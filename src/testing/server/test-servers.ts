import { ENDPOINT_FOLDER } from '../../protocol/default-names.ts';
import type { TestUser } from './grants.ts';
import { type SeenTestRequest, startTestApi, type TestRoute } from './test-api.ts';
import { startTestAuthorizationServer } from './test-authorization-server.ts';

/** Options of the servers. */
export interface TestServersOptions {
  /** Client ID of the app; `test-app` by default. */
  readonly clientId?: string;
  /** Scopes that the app requests; `openid`, `profile` and `offline_access` by default. */
  readonly scopes?: readonly string[];
  /** Lifetime of access tokens, in seconds; 300 by default. */
  readonly accessTokenTtlSeconds?: number;
  /** Port of the authorization server; any free one by default. */
  readonly issuerPort?: number;
  /** Port of the API; any free one by default. */
  readonly apiPort?: number;
  /** User of a sign-in for which a test has chosen none. */
  readonly user?: TestUser;
  /**
   * Routes of the API by method and path, such as `GET /notes`; by default every request gets the `sub` and the scopes of its
   * access token.
   */
  readonly routes?: Readonly<Record<string, TestRoute>>;
}

/** Part of the worker's configuration that names the servers. */
export interface TestWorkerOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly protectedResources: readonly { readonly url: string }[];
}

/** Page of a browser that a test drives, such as one of Playwright or Puppeteer. */
export interface TestBrowserPage {
  goto(url: string): Promise<unknown>;
  evaluate(script: string): Promise<unknown>;
}

/** Authorization server and API for the tests of an app. */
export interface TestServers {
  readonly issuer: string;
  readonly apiUrl: string;
  /** Options for the app's worker file: `tokenward.start({ ...workerOptions })`. */
  readonly workerOptions: TestWorkerOptions;
  /**
   * Signs a user in without a login page, through the app's own worker and with real tokens. Each browser has its own session,
   * so tests may run in parallel.
   *
   * @param page the page; afterwards it is at `url`, signed in
   * @param user the user and the granted scopes
   * @param url a page of the app that calls `connect()`
   */
  readonly loginAs: (page: TestBrowserPage, user: TestUser, url: string) => Promise<void>;
  /**
   * Returns the URL that {@link TestServers.loginAs} opens, for other browser drivers. The app's worker must be registered
   * already.
   */
  readonly loginUrl: (user: TestUser, url: string) => string;
  /** Requests that reached the API, without preflights. */
  readonly requests: readonly SeenTestRequest[];
  /** Invalidates all access tokens, as if they had expired. */
  readonly expireAccessTokens: () => void;
  /** Ends all sessions at the authorization server: it then refuses refresh tokens and silent sign-ins. */
  readonly endSessions: () => void;
  readonly close: () => Promise<void>;
}

/**
 * Starts an authorization server and an API on localhost. The authorization server is oauth2-mock-server, which the app must
 * install for its tests.
 *
 * @throws Error if oauth2-mock-server is missing or too old
 * @example
 * const servers = await startTestServers({ routes: { 'GET /notes': () => ['buy milk'] } });
 * await servers.loginAs(page, { claims: { sub: 'alice' } }, 'http://localhost:5173/');
 * await servers.close();
 */
export async function startTestServers(options: TestServersOptions = {}): Promise<TestServers> {
  const { clientId = 'test-app', scopes = ['openid', 'profile', 'offline_access'], routes } = options;
  const { accessTokenTtlSeconds = 300, issuerPort = 0, apiPort = 0, user = {} } = options;
  const server = await startTestAuthorizationServer({ port: issuerPort, clientId, accessTokenTtlSeconds, user });
  const { issuer, findAccess, expireAccessTokens, endSessions } = server;
  const api = await startTestApi({ port: apiPort, findAccess, ...(routes && { routes }) });

  const loginUrl = (who: TestUser, url: string): string => {
    const { origin, pathname, search, hash } = new URL(url);
    const returnTo = pathname + search + hash;
    return server.loginUrl(who, `${origin}/${ENDPOINT_FOLDER}/login?${String(new URLSearchParams({ returnTo }))}`);
  };
  return {
    issuer,
    apiUrl: api.url,
    workerOptions: { issuer, clientId, scopes, protectedResources: [{ url: api.url }] },
    loginUrl,
    loginAs: async (page, who, url) => {
      await page.goto(url);
      // Until the worker is active, nothing answers at the app's sign-in path.
      await page.evaluate('navigator.serviceWorker.ready.then(() => true)');
      await page.goto(loginUrl(who, url));
    },
    requests: api.requests,
    expireAccessTokens,
    endSessions,
    close: async () => {
      await Promise.all([server.close(), api.close()]);
    },
  };
}
