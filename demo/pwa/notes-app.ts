import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import type { TokenwardOptions } from 'tokenward/sw';

import { APP_SCOPES } from '../../test/servers/app-server.ts';
import { CLIENT_ID } from '../../test/servers/authorization-server-configuration.ts';
import { startStack, type Stack, type StackOptions } from '../../test/servers/stack.ts';

const FILES: Readonly<Record<string, readonly [file: string, contentType: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/pwa.js': ['pwa.js', 'text/javascript'],
  '/pwa.css': ['pwa.css', 'text/css'],
  '/manifest.webmanifest': ['manifest.webmanifest', 'application/manifest+json'],
};

/** What of the demo's other app this one loads too. */
const SHARED = ['/style.css', '/icon.svg', '/tokenward.js', '/settings.js'];

/** Starts the servers with the notes app in the place of the demo's page, and its own worker in the standalone one's. */
export async function startNotesApp(options: StackOptions): Promise<Stack> {
  const stack = await startStack(options);
  const { app, api, authorizationServer } = stack;
  for (const [path, [file, contentType]] of Object.entries(FILES)) {
    app.pages.set(path, { body: await readFile(new URL(`app/${file}`, import.meta.url), 'utf8'), contentType });
  }
  const revision = String(Date.now());
  const precache = [...Object.keys(FILES), ...SHARED].map(async (url) => ({
    url,
    revision,
    integrity: `sha256-${await hashOf(app.origin + url)}`,
  }));
  const configuration: TokenwardOptions = {
    issuer: authorizationServer.issuer,
    clientId: CLIENT_ID,
    scopes: APP_SCOPES,
    protectedResources: [{ url: api.url, destinations: ['image'] }],
  };
  const worker = await bundleWorker({
    CONFIGURATION: configuration,
    API_ORIGIN: api.origin,
    PRECACHE: await Promise.all(precache),
  });
  app.configure({ workerScript: () => worker, workerConnections: ["'self'"], images: [api.origin] });
  return stack;
}

/** Gives the SHA-256 of what the server has at a URL, in base64. */
async function hashOf(url: string): Promise<string> {
  const response = await fetch(url);
  return createHash('sha256')
    .update(new Uint8Array(await response.arrayBuffer()))
    .digest('base64');
}

async function bundleWorker(constants: Readonly<Record<string, unknown>>): Promise<string> {
  const define = Object.entries(constants).map(([name, value]): [string, string] => [name, JSON.stringify(value)]);
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('app/sw.js', import.meta.url))],
    bundle: true,
    format: 'iife',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"production"', ...Object.fromEntries(define) },
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}
