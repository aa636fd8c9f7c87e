import { startApi, type Api, type ApiOptions } from './api.ts';
import { startApp, type App, type AppOptions } from './app-server.ts';
import { API_AUDIENCE } from './authorization-server-configuration.ts';
import {
  startAuthorizationServer,
  type AuthorizationServer,
  type AuthorizationServerOptions,
} from './authorization-server.ts';

/** How to start the three servers; each option goes to the server of its name. */
export interface StackOptions {
  readonly authorizationServer?: AuthorizationServerOptions;
  readonly api?: Partial<ApiOptions> | ((server: AuthorizationServer) => Partial<ApiOptions>);
  readonly app?: Partial<AppOptions>;
}

/** The three running servers, which know each other. */
export interface Stack {
  readonly authorizationServer: AuthorizationServer;
  readonly api: Api;
  readonly app: App;
  /** Ends all three. */
  close(): Promise<void>;
}

/** Starts authorization server, API and app, each on an origin of its own on localhost. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const authorizationServer = await startAuthorizationServer(options.authorizationServer);
  const { issuer } = authorizationServer;
  const audience = options.authorizationServer?.audiences?.[0] ?? API_AUDIENCE;
  const apiOptions = typeof options.api === 'function' ? options.api(authorizationServer) : options.api;
  const clients = await startClients(issuer, { api: { audience, ...apiOptions }, app: options.app });
  authorizationServer.addApp(clients.app.origin, [clients.app.redirectUri]);
  return {
    authorizationServer,
    ...clients,
    close: async () => {
      await Promise.all([clients.close(), authorizationServer.close()]);
    },
  };
}

/** Starts the API and the app of an authorization server, each on an origin of its own on localhost. */
export async function startClients(
  issuer: string,
  options: { readonly api?: Partial<ApiOptions>; readonly app?: Partial<AppOptions> | undefined } = {},
): Promise<Pick<Stack, 'api' | 'app' | 'close'>> {
  const api = await startApi({ issuer, audience: API_AUDIENCE, ...options.api });
  const app = await startApp({ issuer, apiUrl: api.url, ...options.app });
  api.addOrigin(app.origin);
  return {
    api,
    app,
    close: async () => {
      await Promise.all([app.close(), api.close()]);
    },
  };
}
