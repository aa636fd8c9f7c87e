import { once } from 'node:events';
import { createServer } from 'node:http';
import { build } from 'esbuild';
import express from 'express';
import type { Page } from 'playwright';
import { createTokenward } from 'tokenward/server';
import { defineConfig, type TokenwardConfig } from 'tokenward/config';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import { type Api, startApi } from '../servers/api.ts';
import { type AuthorizationServer, startAuthorizationServer } from '../servers/authorization-server.ts';
import { API_AUDIENCE } from '../servers/authorization-server-configuration.ts';
import { ADA } from '../servers/users.ts';
import { fillLoginPage } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { ROOT } from '../support/build.ts';
import { portOf } from '../support/port-of.ts';

let authorizationServers: readonly AuthorizationServer[];
let api: Api;
beforeAll(async () => {
  authorizationServers = await Promise.all([startAuthorizationServer(), startAuthorizationServer()]);
  api = await startApi({ issuer: authorizationServers[0]?.issuer ?? '', audience: API_AUDIENCE });
});
afterAll(async () => {
  await api.close();
  await Promise.all(authorizationServers.map((server) => server.close()));
});

/** A page that calls its API and knows nothing of sign-ins, with one line of HTML more. */
const page = (line: string): string => `<!doctype html><title>App</title>${line}
<output></output><button data-tokenward="sign-out">Sign out</button>
<script type="module" src="/app.js"></script>`;

/** Starts an Express app at a port, to which the configuration is given afterwards: it holds the origin. */
async function startExpress(): Promise<{ app: express.Express; port: number }> {
  const app = express();
  const server = createServer(app).listen(0);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return { app, port: portOf(server) };
}

function addPages(app: express.Express, line: string): void {
  app.get('/app.js', (_request, response) => {
    response.type('text/javascript').send(`
const response = await fetch('${api.url}/notes');
document.querySelector('output').textContent = response.status;
`);
  });
  app.get('/', (_request, response) => void response.send(page(line)));
}

/** Returns a configuration, and makes it known to authorization server and API. */
function configure(origin: string, server: AuthorizationServer | undefined = authorizationServers[0]): TokenwardConfig {
  server?.addApp(origin, [`${origin}/auth/callback`]);
  api.addOrigin(origin);
  return {
    origin,
    issuer: server?.issuer ?? '',
    clientId: server?.clientId ?? '',
    scopes: ['openid', 'offline_access', 'notes:read'],
    authorizationParameters: { resource: API_AUDIENCE },
    protectedResources: [{ url: api.url }],
  };
}

async function signInByItself(tab: Page, url: string): Promise<void> {
  await tab.goto(url);
  await tab.waitForSelector('[name=username]');
  await fillLoginPage(tab, ADA);
  await tab.waitForURL(({ origin }) => origin === new URL(url).origin);
}

describe('an Express app with one configuration', () => {
  test('is answered by its API after one line in the server and one in its page', async ({ page: tab }) => {
    const { app, port } = await startExpress();
    const origin = `http://localhost:${port}`;
    app.use(createTokenward(configure(origin)).middleware);
    addPages(app, '<script type="module" src="/tokenward/auto.js"></script>');

    await signInByItself(tab, origin);

    await tab.waitForFunction(() => document.querySelector('output')?.textContent === '200');
    expect(await tab.evaluate(() => navigator.serviceWorker.controller?.scriptURL)).toBe(`${origin}/tokenward-sw.js`);
  });

  test('connects by the module of the page, without a bundler', async ({ page: tab }) => {
    const { app, port } = await startExpress();
    const origin = `http://localhost:${port}`;
    app.use(createTokenward(configure(origin)).middleware);
    addPages(
      app,
      `<script type="module">
import { connect } from '/tokenward/page.js';
const client = await connect();
document.title = client.session.status;
</script>`,
    );

    await tab.goto(origin);

    await tab.waitForFunction(() => document.title === 'signed-out');
  });

  test('is the configuration of the app’s own worker too, to which the server adds the secret', async ({
    page: tab,
  }) => {
    const { app, port } = await startExpress();
    const origin = `http://localhost:${port}`;
    const config = configure(origin);
    const { outputFiles } = await build({
      stdin: {
        contents: `import { startTokenward } from 'tokenward/sw'; startTokenward(${JSON.stringify(config)});`,
        resolveDir: ROOT,
      },
      bundle: true,
      write: false,
      format: 'iife',
      define: { 'process.env.NODE_ENV': '"production"' },
    });
    app.use(createTokenward(config, { workerScript: outputFiles[0]?.text ?? '' }).middleware);
    addPages(app, '<script type="module" src="/tokenward/auto.js"></script>');

    await signInByItself(tab, origin);

    await tab.waitForFunction(() => document.querySelector('output')?.textContent === '200');
  });

  test('works below a path', async ({ page: tab }) => {
    const { app, port } = await startExpress();
    const origin = `http://localhost:${port}`;
    const config = { ...configure(origin), base: '/notes/' };
    authorizationServers[0]?.addApp(origin, [`${origin}/notes/auth/callback`]);
    app.use(createTokenward(config).middleware);
    addPages(app, '');
    app.get('/notes/', (_request, response) => {
      response.send(page('<script type="module" src="/notes/tokenward/auto.js"></script>'));
    });

    await signInByItself(tab, `${origin}/notes/`);

    await tab.waitForFunction(() => document.querySelector('output')?.textContent === '200');
    expect(new URL(tab.url()).pathname).toBe('/notes/');
  });
});

test('one server has two hosts with an issuer each', async ({ page: tab, context }) => {
  const { app, port } = await startExpress();
  const hosts = [`localhost:${port}`, `b.localhost:${port}`];
  const configs = hosts.map((host, index) => configure(`http://${host}`, authorizationServers[index]));
  app.use(createTokenward(defineConfig(({ host }) => configs[hosts.indexOf(host)])).middleware);
  addPages(app, '<script type="module" src="/tokenward/auto.js"></script>');

  for (const [index, host] of hosts.entries()) {
    const own = index === 0 ? tab : await context.newPage();
    await own.goto(`http://${host}`);
    await own.waitForSelector('[name=username]');
    expect(own.url()).toContain(authorizationServers[index]?.origin ?? 'none');
    await fillLoginPage(own, ADA);
    await own.waitForSelector('html[data-tokenward="signed-in"]', { state: 'attached' });
  }
});
