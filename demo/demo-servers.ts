import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import express from 'express';
import { createTokenward, secureClientErrors } from 'tokenward/server';

import { startApi, type Api } from '../test/servers/api.ts';
import { API_AUDIENCE } from '../test/servers/authorization-server-configuration.ts';
import {
  startAuthorizationServer,
  type AuthorizationServer,
  type AuthorizationServerOptions,
} from '../test/servers/authorization-server.ts';
import { startIsolatedCallback } from '../test/servers/isolated-callback.ts';
import { listen } from '../test/servers/listener.ts';
import { bundleForPage } from '../test/servers/page-bundle.ts';

/** Ports and tokens of the demo. */
export interface DemoOptions {
  /** First of four ports to try; any free ones by default. */
  readonly firstPort?: number;
  readonly accessTokenTtlSeconds?: number;
}

/** The running servers of the demo, which know each other. */
export interface Demo {
  readonly authorizationServer: AuthorizationServer;
  readonly api: Api;
  readonly app: { readonly origin: string; readonly redirectUri: string };
  /** Ends all of them. */
  close(): Promise<void>;
}

/** Starts authorization server, API and app, each on an origin of its own on localhost. `dist` must have been built. */
export async function startDemo({ firstPort, accessTokenTtlSeconds }: DemoOptions = {}): Promise<Demo> {
  const at = (index: number) => (firstPort === undefined ? {} : { port: firstPort + index });
  const options: AuthorizationServerOptions = { ...at(1), ...(accessTokenTtlSeconds && { accessTokenTtlSeconds }) };
  const authorizationServer = await startAuthorizationServer(options);
  const { issuer } = authorizationServer;
  const api = await startApi({ issuer, audience: API_AUDIENCE, ...at(2) });
  const app = express();
  const listener = await listen((_origin, server) => {
    secureClientErrors(server);
    return app;
  }, firstPort);
  const { origin } = listener;
  const callback = await startIsolatedCallback({ ...at(3), appCallback: `${origin}/auth/callback` });
  const { redirectUri } = callback;
  authorizationServer.addApp(origin, [redirectUri]);
  api.addOrigin(origin);
  Object.assign(process.env, { ORIGIN: origin, ISSUER: issuer, API: api.url, REDIRECT_URI: redirectUri });
  const { default: config } = await import('./tokenward.config.ts');
  app.use(createTokenward(config).middleware);
  await addFiles(app, api.url);
  return {
    authorizationServer,
    api,
    app: { origin, redirectUri },
    close: async () => {
      await Promise.all([listener.close(), callback.close(), api.close(), authorizationServer.close()]);
    },
  };
}

/** Serves the files of the app, with its own policy beside that of Tokenward. */
async function addFiles(app: express.Express, apiUrl: string): Promise<void> {
  const axios = createRequire(import.meta.url)
    .resolve('axios/package.json')
    .replace(/package\.json$/, 'dist/esm/axios.min.js');
  const scripts = new Map([
    ['/tokenward.js', "export * from '/tokenward/page.js';\n"],
    ['/inspector.js', await bundleForPage('inspector.js')],
    // Its own build for browsers, which its exports do not name.
    ['/vendor/axios.js', await readFile(axios, 'utf8')],
    ['/settings.js', `export const apiUrl = ${JSON.stringify(apiUrl)};\n`],
  ]);
  app.use((request, response, next) => {
    const policy = "script-src 'self'; style-src 'self'; img-src 'self' data:; frame-ancestors 'self'";
    response.setHeader('content-security-policy', policy);
    response.setHeader('cache-control', 'no-cache');
    const script = scripts.get(request.path);
    if (script === undefined) return next();
    response.type('text/javascript').send(script);
  });
  app.use(express.static(fileURLToPath(new URL('app', import.meta.url))));
}
