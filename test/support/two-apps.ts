import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { build } from 'esbuild';
import { createSecurityPolicy, createTokenwardHandler, withSecurityHeaders } from 'tokenward/server';
import { startApi, type Api } from '../servers/api.ts';
import { API_AUDIENCE, CLIENT_ID } from '../servers/authorization-server-configuration.ts';
import { startAuthorizationServer, type AuthorizationServer } from '../servers/authorization-server.ts';
import { listen } from '../servers/listener.ts';
import { ROOT } from './build.ts';

/** Apps at paths of one origin, each with a worker of its own. */
export interface TwoApps {
  readonly origin: string;
  readonly api: Api;
  readonly authorizationServer: AuthorizationServer;
  close(): Promise<void>;
}

/**
 * Starts apps whose whole difference is their `base`.
 *
 * @param bases the paths, such as `/a/` and `/b/`
 */
export async function startApps(bases: readonly string[]): Promise<TwoApps> {
  const authorizationServer = await startAuthorizationServer({ accessTokenTtlSeconds: 600 });
  const { issuer } = authorizationServer;
  const api = await startApi({ issuer, audience: API_AUDIENCE });
  const library = await readFile(join(ROOT, 'dist/standalone/tokenward-sw.js'), 'utf8');
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'dist/index.js')],
    bundle: true,
    format: 'esm',
    write: false,
  });
  const client = outputFiles[0]?.text ?? '';
  const workers = bases.map((base) => `${base}tokenward-sw.js`);
  const shared = { authorizationServers: [issuer], protectedResources: [api.url] };
  const apps = bases.map((base) => {
    const configuration = { issuer, clientId: CLIENT_ID, protectedResources: [{ url: api.url }], base };
    const script = `${library}\ntokenward.start(${JSON.stringify(configuration)});`;
    const worker = { path: `${base}tokenward-sw.js`, script };
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

/** Says nothing but where its worker is, and takes down whom it has shown. */
const APP = `
import { connect } from './tokenward.js';
window.shown = [];
connect({ worker: new URL('tokenward-sw.js', import.meta.url).pathname }).then((client) => {
  window.tokenward = client;
  client.subscribe(({ status, claims }) => window.shown.push(claims?.sub ?? status));
}, (error) => {
  window.connectError = { code: error.code, message: error.message };
}).finally(() => {
  document.documentElement.dataset.connected = 'yes';
});
`;
