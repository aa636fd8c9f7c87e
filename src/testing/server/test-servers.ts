import type { TestUser } from './grants.ts';
import { type SeenTestRequest, startTestApi, type TestRoute } from './test-api.ts';
import { startTestAuthorizationServer } from './test-authorization-server.ts';

/** How the servers are. */
export interface TestServersOptions {
  /** The client that signs in; `test-app` by default. */
  readonly clientId?: string;
  /** What the app asks for; `openid`, `profile` and `offline_access` by default. */
  readonly scopes?: readonly string[];
  /** 300 by default. */
  readonly accessTokenTtlSeconds?: number;
  /** The authorization server's port; any free one by default. */
  readonly issuerPort?: number;
  /** The API's port; any free one by default. */
  readonly apiPort?: number;
  /** Who signs in where a test has chosen nobody. */
  readonly user?: TestUser;
  /** What the API answers, by method and path such as `GET /notes`; by default who asks. */
  readonly routes?: Readonly<Record<string, TestRoute>>;
}

/** The part of the worker's configuration that names the servers. */
export interface TestWorkerOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly protectedResources: readonly { readonly url: string }[];
}

/** A page of a browser that a test drives; one of Playwright or Puppeteer will do. */
export interface TestBrowserPage {
  goto(url: string): Promise<unknown>;
  evaluate(script: string): Promise<unknown>;
}

/** An authorization server and an API for the tests of an app. */
export interface TestServers {
  readonly issuer: string;
  readonly apiUrl: string;
  /** For the app's worker file: `tokenward.start({ ...workerOptions })`. */
  readonly workerOptions: TestWorkerOptions;
  /**
   * Signs a user in without a login page: by the app's own worker, with real tokens. What the page's browser holds, other
   * browsers do not, so that tests may run at once.
   *
   * @param page is at `url` afterwards, signed in
   * @param user who signs in, and what that user grants
   * @param url a page of the app that connects
   */
  readonly loginAs: (page: TestBrowserPage, user: TestUser, url: string) => Promise<void>;
  /**
   * The URL that {@link TestServers.loginAs} opens, for browsers that are driven otherwise. The app's worker must be
   * registered already.
   */
  readonly loginUrl: (user: TestUser, url: string) => string;
  /** What has reached the API, preflights left out. */
  readonly requests: readonly SeenTestRequest[];
  /** Makes the API refuse all access tokens that there are, as if they had expired. */
  readonly expireAccessTokens: () => void;
  /** Ends all sessions at the authorization server: refresh tokens are refused, and so are silent sign-ins. */
  readonly endSessions: () => void;
  readonly close: () => Promise<void>;
}

/**
 * Starts an authorization server and an API on localhost. The first is oauth2-mock-server, which the app has to install for
 * its tests.
 *
 * @throws Error if it has not
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
    return server.loginUrl(who, `${origin}/auth/login?${String(new URLSearchParams({ returnTo }))}`);
  };
  return {
    issuer,
    apiUrl: api.url,
    workerOptions: { issuer, clientId, scopes, protectedResources: [{ url: api.url }] },
    loginUrl,
    loginAs: async (page, who, url) => {
      await page.goto(url);
      // Until the worker is there, nothing answers the app's sign-in path.
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
