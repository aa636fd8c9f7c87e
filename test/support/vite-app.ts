import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright';
import { build, createServer, preview, type InlineConfig } from 'vite';
import { startApi, type Api } from '../servers/api.ts';
import { API_AUDIENCE } from '../servers/authorization-server-configuration.ts';
import { startAuthorizationServer, type AuthorizationServer } from '../servers/authorization-server.ts';
import { connected, fillLoginPage } from './app-page.ts';
import { ROOT } from './build.ts';

/** What an app of Vite's is signed in at, and calls. */
export interface Backend {
  readonly authorizationServer: AuthorizationServer;
  readonly api: Api;
  /** Where a project of Vite's may be put together; its folder has the `.env` file with the addresses of both. */
  readonly folder: string;
  close(): Promise<void>;
}

/** An app that Vite serves. */
export interface ViteApp {
  readonly origin: string;
  close(): Promise<void>;
}

/** Starts authorization server and API for apps that are served later. */
export async function startBackend(): Promise<Backend> {
  const authorizationServer = await startAuthorizationServer();
  const { issuer, clientId } = authorizationServer;
  const api = await startApi({ issuer, audience: API_AUDIENCE });
  const results = join(ROOT, 'test-results');
  mkdirSync(results, { recursive: true });
  // In the tree, so that packages are found.
  const folder = mkdtempSync(join(results, 'vite-'));
  const addresses = { VITE_ISSUER: issuer, VITE_CLIENT_ID: clientId, VITE_API: api.url };
  writeFiles(folder, {
    '.env': Object.entries(addresses)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  });
  return {
    authorizationServer,
    api,
    folder,
    close: async () => {
      await Promise.all([authorizationServer.close(), api.close()]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** Writes the files of a project. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

/** Builds an app, and serves what came out by Vite's preview. */
export async function serveBuilt(backend: Backend, config: InlineConfig): Promise<ViteApp> {
  const built = { ...complete(backend, config), preview: { port: 0, strictPort: true } };
  await build(built);
  const server = await preview(built);
  return introduce(backend, server.httpServer.address(), () => server.close());
}

/** Starts Vite's development server. */
export async function serveInDevelopment(backend: Backend, config: InlineConfig): Promise<ViteApp> {
  const server = await createServer({
    ...complete(backend, config),
    server: {
      port: 0,
      strictPort: true,
      host: 'localhost',
      fs: { allow: [ROOT] },
      // Vite looks away from folders of this name.
      watch: { ignored: ['!**/test-results/**'] },
    },
  });
  await server.listen();
  return introduce(backend, server.httpServer?.address(), () => server.close());
}

/** Signs in on an app's page that is open. */
export async function signInAt(page: Page, app: ViteApp, { authorizationServer }: Backend): Promise<void> {
  await connected(page);
  await page.evaluate(() => void window.tokenward.login());
  await page.waitForURL((url) => url.origin === authorizationServer.origin);
  await fillLoginPage(page);
  await page.waitForURL((url) => url.origin === app.origin);
  await connected(page);
}

/** What a configuration needs so that several apps can be built and served side by side. */
export function complete({ folder }: Backend, config: InlineConfig): InlineConfig {
  const own = mkdtempSync(join(folder, 'app-'));
  return {
    logLevel: 'silent',
    envDir: folder,
    cacheDir: join(own, 'cache'),
    ...config,
    build: { outDir: join(own, 'out'), emptyOutDir: true, ...config.build },
  };
}

function introduce({ authorizationServer, api }: Backend, address: unknown, close: () => Promise<void>): ViteApp {
  const port = typeof address === 'object' && address !== null && 'port' in address ? Number(address.port) : 0;
  const origin = `http://localhost:${port}`;
  authorizationServer.addApp(origin);
  api.addOrigin(origin);
  return { origin, close };
}
