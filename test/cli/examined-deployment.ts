import { startApi, type Api } from '../servers/api.ts';
import { startApp, type App } from '../servers/app-server.ts';
import { API_AUDIENCE } from '../servers/authorization-server-configuration.ts';
import { startAuthorizationServer, type AuthorizationServer } from '../servers/authorization-server.ts';
import { startAlteringFront, type AlteringFront } from '../support/altering-front.ts';

/** The demo's servers, each behind a front that can alter what it answers. */
export interface ExaminedDeployment {
  readonly authorizationServer: AuthorizationServer;
  readonly api: Api;
  readonly app: App;
  readonly fronts: {
    readonly authorizationServer: AlteringFront;
    readonly api: AlteringFront;
    readonly app: AlteringFront;
  };
  /** What an app configures as its protected resource. */
  readonly apiUrl: string;
  close(): Promise<void>;
}

const LIBRARY = { '/tokenward-lib.js': { body: '// the library', contentType: 'text/javascript' } };

/** The worker's file as the quick start has it: the configuration, and an import of the library. */
export function withoutLibrary(script: string): string {
  return `importScripts('/tokenward-lib.js');\n${script.slice(script.lastIndexOf('tokenward.start('))}`;
}

/** Starts the demo's servers, healthy. */
export async function startExaminedDeployment(): Promise<ExaminedDeployment> {
  const [serverFront, apiFront, appFront] = await Promise.all([
    startAlteringFront(),
    startAlteringFront(),
    startAlteringFront(),
  ]);
  const authorizationServer = await startAuthorizationServer({ apps: [appFront.origin] });
  const api = await startApi({
    issuer: serverFront.origin,
    audience: API_AUDIENCE,
    allowedOrigins: [appFront.origin],
  });
  const apiUrl = `${apiFront.origin}/api`;
  const app = await startApp({ issuer: serverFront.origin, apiUrl, workerScript: withoutLibrary, pages: LIBRARY });
  serverFront.setTarget(authorizationServer.origin);
  apiFront.setTarget(api.origin);
  appFront.setTarget(app.origin);
  return {
    authorizationServer,
    api,
    app,
    fronts: { authorizationServer: serverFront, api: apiFront, app: appFront },
    apiUrl,
    close: async () => {
      await Promise.all([serverFront, apiFront, appFront, authorizationServer, api, app].map((one) => one.close()));
    },
  };
}
