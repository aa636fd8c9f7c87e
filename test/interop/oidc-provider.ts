import { API_AUDIENCE } from '../../demo/authorization-server-configuration.ts';
import { startApi } from '../../demo/api.ts';
import { startApp } from '../../demo/app-server.ts';
import { startAuthorizationServer } from '../../demo/authorization-server.ts';
import { startStack, type StackOptions } from '../../demo/stack.ts';
import { ADA } from '../../demo/users.ts';
import { fillLoginPage } from '../support/app-page.ts';
import { noPages, type ServerUnderTest } from './server-under-test.ts';

/** The lifetime of access tokens in the scenario, in seconds: it waits for them to expire. */
export const ACCESS_TOKEN_TTL_SECONDS = 5;

/**
 * oidc-provider with everything off that can be: no pushed requests, no DPoP, no rotation of refresh tokens, opaque access
 * tokens about which the API asks the server.
 */
export async function startLaxProvider(): Promise<ServerUnderTest> {
  const authorizationServer = await startAuthorizationServer({
    accessTokenTtlSeconds: ACCESS_TOKEN_TTL_SECONDS,
    pushedAuthorizationRequests: 'off',
    dpop: 'off',
    rotation: 'never',
    accessTokenFormat: 'opaque',
  });
  const { issuer, clientId } = authorizationServer;
  const introspection = { url: `${issuer}/token/introspection`, clientId };
  const api = await startApi({ issuer, audience: API_AUDIENCE, introspection });
  const app = await startApp({ issuer, apiUrl: api.url });
  authorizationServer.addApp(app.origin);
  api.addOrigin(app.origin);
  return {
    issuer,
    app,
    api,
    subject: ADA.sub,
    passLoginPages: fillLoginPage,
    passSignOutPages: noPages,
    close: async () => {
      await Promise.all([app.close(), api.close(), authorizationServer.close()]);
    },
  };
}

/**
 * oidc-provider that wants everything: pushed requests, DPoP with nonces, here and at the API, and a resource for which the
 * access token is; it rotates refresh tokens, and names itself in its answers (`iss`).
 */
export async function startStrictProvider(): Promise<ServerUnderTest> {
  const strict = { dpop: 'required', dpopNonce: 'required' } as const;
  const resource = 'https://notes.example/';
  const options: StackOptions = {
    authorizationServer: {
      ...strict,
      accessTokenTtlSeconds: ACCESS_TOKEN_TTL_SECONDS,
      audiences: ['https://other.example/', resource],
      pushedAuthorizationRequests: 'required',
    },
    api: { ...strict, audience: resource },
  };
  const stack = await startStack(options);
  const { authorizationServer, api, app, close } = stack;
  app.configure({
    worker: {
      dpop: 'required',
      pushedAuthorizationRequests: 'required',
      protectedResources: [{ url: api.url, resource }],
    },
  });
  return {
    issuer: authorizationServer.issuer,
    app,
    api,
    subject: ADA.sub,
    passLoginPages: fillLoginPage,
    passSignOutPages: noPages,
    close,
  };
}
