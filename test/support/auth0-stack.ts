import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type MutableResponse, type MutableToken, OAuth2Server } from 'oauth2-mock-server';
import type { Page } from 'playwright';
import type { App } from '../servers/app-server.ts';
import { API_AUDIENCE, CLIENT_ID } from '../servers/authorization-server-configuration.ts';
import { listen } from '../servers/listener.ts';
import { startClients } from '../servers/stack.ts';
import { connected } from './app-page.ts';
import { ROOT } from './build.ts';

/** Where the app that was written against auth0-spa-js stands. */
export const AUTH0_APP = '/auth0-app';

/** What runs such an app. */
export interface Auth0Stack {
  readonly app: App;
  readonly api: { readonly url: string };
  readonly issuer: string;
}

/** Which library the app's import leads to. */
export type Auth0Library = 'auth0-spa-js' | 'tokenward';

/** Gives an app's server the page; its code is the same with either library. */
export async function addAuth0App({ app, api, issuer }: Auth0Stack, library: Auth0Library): Promise<void> {
  const settings = { domain: issuer, clientId: CLIENT_ID, audience: API_AUDIENCE, apiUrl: api.url };
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [fileURLToPath(new URL('auth0-app.ts', import.meta.url))],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    alias: library === 'tokenward' ? { '@auth0/auth0-spa-js': './dist/compat/auth0.js' } : {},
  });
  const script = `window.settings = ${JSON.stringify(settings)};\n${outputFiles[0]?.text ?? ''}`;
  app.pages.set(`${AUTH0_APP}.js`, { body: script, contentType: 'text/javascript' });
  app.pages.set(AUTH0_APP, {
    body: `<!doctype html><title>Notes</title><script type="module" src="${AUTH0_APP}.js"></script>`,
  });
}

/** Opens the app and waits until its client is there. */
export async function openAuth0App(page: Page, { app }: Auth0Stack): Promise<void> {
  await page.goto(app.origin + AUTH0_APP);
  await connected(page);
}

/** An app, an API, and a server whose endpoints are where auth0-spa-js looks for them; it signs in whoever comes. */
export async function startNaiveAuth0Stack(): Promise<Auth0Stack & { close(): Promise<void> }> {
  const { issuer, service } = new OAuth2Server(undefined, undefined, {
    endpoints: { token: '/oauth/token', endSession: '/v2/logout' },
    shouldIssuerUrlBeSuffixedWithATralingSlash: true,
  });
  await issuer.keys.generate('RS256');
  service.on('beforeTokenSigning', ({ header, payload }: MutableToken) => {
    if (payload['aud'] === CLIENT_ID) return;
    header['typ'] = 'at+jwt';
    payload['aud'] = API_AUDIENCE;
  });
  service.on('beforeResponse', ({ body }: MutableResponse) => {
    if (body !== '') body['expires_in'] = 3600;
  });
  const listener = await listen((origin) => {
    issuer.url = origin;
    return service.requestHandler;
  });
  const clients = await startClients(listener.origin, {
    api: { issuer: `${listener.origin}/` },
    app: { securityHeaders: 'off' },
  });
  return {
    ...clients,
    issuer: listener.origin,
    close: async () => {
      await Promise.all([clients.close(), listener.close()]);
    },
  };
}
