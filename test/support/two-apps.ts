import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { expect } from 'vitest';
import { createSecurityPolicy, createTokenwardHandler, withSecurityHeaders } from 'tokenward/server';
import { startApi, type Api } from '../servers/api.ts';
import { API_AUDIENCE, CLIENT_ID } from '../servers/authorization-server-configuration.ts';
import { startAuthorizationServer, type AuthorizationServer } from '../servers/authorization-server.ts';
import { listen } from '../servers/listener.ts';
import { bundleForPage } from '../servers/page-bundle.ts';
import type { User } from '../servers/users.ts';
import { callApi, connected, fillLoginPage } from './app-page.ts';
import { ROOT } from './build.ts';
import type { EngineTab, Evaluator } from './engines/engine.ts';

declare global {
  interface Window {
    /** Whom the page has shown, the first first. */
    shown: string[];
    /** Scopes of the messages that workers have sent to the page. */
    heard: unknown[];
    /** What the client has told of: alarms and challenges. */
    notices: string[];
  }
}

/** Apps at paths of one origin, each with a worker of its own. */
export interface TwoApps {
  readonly origin: string;
  readonly api: Api;
  readonly authorizationServer: AuthorizationServer;
  close(): Promise<void>;
}

/** An app of several, and who signs in to it. */
export interface AppUser {
  readonly apps: TwoApps;
  /** Path of the app. */
  readonly home: string;
  readonly user: User;
}

/** Opens a page of an app. */
export async function openApp(page: EngineTab, url: string): Promise<void> {
  await page.goto(url);
  await connected(page);
  expect(await page.evaluate(() => window.connectError?.code)).toBeFalsy();
}

/** Signs a user in to an app, and comes back to its first page. */
export async function signInTo(page: EngineTab, { apps, home, user }: AppUser): Promise<void> {
  apps.authorizationServer.endUserSessions();
  await openApp(page, apps.origin + home);
  await page.evaluate(() => void window.tokenward.login());
  await page.waitForURL(({ origin }) => origin === apps.authorizationServer.origin);
  await fillLoginPage(page, user);
  await page.waitForURL(({ href }) => href === apps.origin + home);
  await connected(page);
}

/** Signs out, and waits for the app's first page. */
export async function signOutOf(page: EngineTab): Promise<void> {
  await page.evaluate(() => {
    document.title = 'before';
    void window.tokenward.logout();
  });
  await page.waitForFunction(() => document.title !== 'before' && document.documentElement.dataset['connected']);
}

/** Returns whose token the API gets from a page, or the status of its refusal. */
export async function userAtApi(page: Evaluator, apps: TwoApps): Promise<unknown> {
  const { status, body } = await callApi(page, apps);
  return status === 200 ? JSON.parse(body).sub : status;
}

/** Where each app has its worker, or that all have one script, which asks for its scope when it starts. */
export type WorkerPlace = 'own script' | 'one script';

/**
 * Starts apps whose whole difference is their `base`.
 *
 * @param bases the paths, such as `/a/` and `/b/`
 */
export async function startApps(bases: readonly string[], place: WorkerPlace = 'own script'): Promise<TwoApps> {
  const authorizationServer = await startAuthorizationServer({ accessTokenTtlSeconds: 600 });
  const { issuer } = authorizationServer;
  const api = await startApi({ issuer, audience: API_AUDIENCE });
  const library = await readFile(join(ROOT, 'dist/standalone/tokenward-sw.js'), 'utf8');
  const client = await bundleForPage('index.js');
  const pathOf = (base: string): string => `${place === 'one script' ? '/' : base}tokenward-sw.js`;
  const workers = bases.map(pathOf);
  const shared = { authorizationServers: [issuer], protectedResources: [api.url] };
  const apps = bases.map((base) => {
    const configuration = { issuer, clientId: CLIENT_ID, protectedResources: [{ url: api.url }], base };
    const own = place === 'one script' ? ', base: new URL(self.registration.scope).pathname' : '';
    const script = `${library}\ntokenward.start({ ...${JSON.stringify(configuration)}${own} });`;
    const worker = { path: pathOf(base), script };
    // The worker of an app around this one is served before: its handler comes first.
    const otherWorkers = workers.filter((path) => !base.startsWith(path.slice(0, path.lastIndexOf('/') + 1)));
    const deployment = { ...shared, base, worker, otherWorkers };
    return { base, deployment, handle: createTokenwardHandler(deployment) };
  });

  const answer = async (request: Request): Promise<Response> => {
    for (const { handle } of apps) {
      const response = await handle(request);
      if (response) return response;
    }
    const { origin, pathname } = new URL(request.url);
    const app = apps.findLast(({ base }) => pathname.startsWith(base));
    const page = fileOf(pathname, client);
    if (!app || !page) return new Response(null, { status: 404 });
    const [contentType, body] = page;
    const policy = createSecurityPolicy({ ...app.deployment, origin });
    return withSecurityHeaders(new Response(body, { headers: { 'content-type': contentType } }), policy);
  };
  const listener = await listen(() => getRequestListener(answer));
  const { origin } = listener;
  const callbacks = bases.map((base) => `${base}auth/callback`);
  authorizationServer.addApp(origin, callbacks, bases);
  api.addOrigin(origin);
  return {
    origin,
    api,
    authorizationServer,
    close: async () => {
      await Promise.all([listener.close(), api.close(), authorizationServer.close()]);
    },
  };
}

function fileOf(path: string, client: string): readonly [contentType: string, body: string] | undefined {
  if (path.endsWith('/tokenward.js')) return ['text/javascript', client];
  if (path.endsWith('/app.js')) return ['text/javascript', APP];
  return path.endsWith('/')
    ? ['text/html', '<!doctype html><title>App</title><script type="module" src="app.js"></script>']
    : undefined;
}

/** Says nothing but where its worker is, by its own place or by its query, and takes down what it shows and is told. */
const APP = `
import { connect } from './tokenward.js';
window.shown = [];
window.heard = [];
window.notices = [];
navigator.serviceWorker.addEventListener('message', ({ data }) => window.heard.push(data.scope));
const worker = new URL('tokenward-sw.js', import.meta.url).pathname;
connect({ worker, ...Object.fromEntries(new URLSearchParams(location.search)) }).then((client) => {
  window.tokenward = client;
  client.subscribe(({ status, claims }) => window.shown.push(claims?.sub ?? status));
  client.onAlarm(({ tripwire }) => window.notices.push(tripwire));
  client.onChallenge(({ error }) => window.notices.push(error));
}, (error) => {
  window.connectError = { code: error.code, message: error.message };
}).finally(() => {
  document.documentElement.dataset.connected = 'yes';
});
`;
