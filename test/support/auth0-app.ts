// An app that was written against auth0-spa-js. A test bundles it twice: with that library, and with Tokenward's entry in its
// place. Nothing else differs.
import { createAuth0Client } from '@auth0/auth0-spa-js';
import { create } from 'axios';

/** What the app has to be told: it stands in the page. */
interface Settings {
  readonly domain: string;
  readonly clientId: string;
  readonly audience: string;
  readonly apiUrl: string;
}

/** Why a sign-in came to nothing. */
interface Problem {
  readonly error: string;
  readonly appState: unknown;
}

declare global {
  interface Window {
    readonly settings: Settings;
    readonly auth0App: typeof app;
  }
}

const { domain, clientId, audience, apiUrl } = window.settings;
const home = window.location.origin + window.location.pathname;
const auth0 = await createAuth0Client({
  domain,
  clientId,
  useRefreshTokens: true,
  cacheLocation: 'memory',
  authorizationParams: { audience, redirect_uri: home, scope: 'openid profile email' },
});

/** What became of the sign-in that led here, if one did. */
let signedInFor: string | undefined;
let problem: Problem | undefined;
const { search } = window.location;
if (/[?&](code|error)=/.test(search) && search.includes('state=')) {
  try {
    const { appState } = await auth0.handleRedirectCallback<{ readonly target: string }>();
    signedInFor = appState?.target;
  } catch (error) {
    problem = readProblem(error);
  }
  window.history.replaceState({}, '', window.location.pathname);
}

/** The interceptor that a great many apps have. */
const api = create({ baseURL: apiUrl, validateStatus: () => true });
api.interceptors.request.use(async (config) => {
  config.headers.set('Authorization', `Bearer ${await auth0.getTokenSilently()}`);
  return config;
});

const app = {
  signIn: () => auth0.loginWithRedirect({ appState: { target: '/notes' } }),
  signOut: () => auth0.logout({ logoutParams: { returnTo: home } }),
  state: async () => ({
    isAuthenticated: await auth0.isAuthenticated(),
    user: await auth0.getUser(),
    signedInFor,
    problem,
    url: window.location.href,
  }),
  callByAxios: async (path: string): Promise<number> => (await api.get<unknown>(path)).status,
  callByFetch: async (url: string): Promise<number> => {
    const token = await auth0.getTokenSilently();
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    return response.status;
  },
  token: () => auth0.getTokenSilently(),
  tokenError: (): Promise<string | undefined> =>
    auth0.getTokenSilently().then(
      () => undefined,
      (error: unknown) => readProblem(error).error,
    ),
  expiresInSeconds: async () => (await auth0.getTokenSilently({ detailedResponse: true }))?.expires_in,
};
Object.assign(window, { auth0App: app });
Object.assign(document.documentElement.dataset, { connected: 'yes', signedInFor: signedInFor ?? '' });

function readProblem(error: unknown): Problem {
  const hasCode = error instanceof Error && 'error' in error;
  return {
    error: hasCode ? String(error.error) : String(error),
    appState: hasCode && 'appState' in error ? error.appState : undefined,
  };
}
