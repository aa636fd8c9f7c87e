import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { getRequestListener } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import {
  createSecurityPolicy,
  createTokenwardHandler,
  secureClientErrors,
  withSecurityHeaders,
  type SecurityPolicy,
  type SecurityPolicyOptions,
  type TokenwardHandler,
} from 'tokenward/server';
import type { TokenwardOptions } from 'tokenward/sw';

import { CLIENT_ID } from './authorization-server-configuration.ts';
import { Faults } from './faults.ts';
import { HttpLog, type HttpRequest } from './http-log.ts';
import { letFaultsHappen, logRequests, type HttpEnvironment } from './http-middleware.ts';
import { startIsolatedCallback, type IsolatedCallbackOptions } from './isolated-callback.ts';
import { listen } from './listener.ts';
import { bundleForPage } from './page-bundle.ts';

const require: NodeJS.Require = createRequire(import.meta.url);

/** The scopes that the demo's app asks for. */
export const APP_SCOPES: readonly string[] = [
  'openid',
  'profile',
  'email',
  'offline_access',
  'notes:read',
  'notes:write',
];

/** Where the worker's script is. */
export const WORKER_PATH = '/tokenward-sw.js';

/** Header that the gate for service workers needs on every script, where there is no other policy. */
const GATE_ALONE: SecurityPolicy = { headers: [{ name: 'vary', value: 'Sec-Fetch-Dest', merge: 'append' }] };

const CALLBACK_PATH = '/auth/callback';

/** How the worker's script is served: with a secret of its own by Tokenward's handler, or as any file. */
export type WorkerServing = 'sealed' | 'static';

/** A page or file of a test. */
export interface Page {
  readonly body: string;
  /** `text/html` by default. */
  readonly contentType?: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How to start the app's server. */
export interface AppOptions {
  readonly issuer: string;
  /** The protected resource. */
  readonly apiUrl: string;
  /** The port to try first; any free port by default. */
  readonly port?: number;
  /** What the worker's configuration has instead of the demo's, or besides. */
  readonly worker?: Partial<TokenwardOptions>;
  /** `sealed` by default. */
  readonly workerServing?: WorkerServing;
  /** Makes the worker's script from the usual one. */
  readonly workerScript?: (script: string) => string;
  /** Whether pages and files carry the security policy and the demo's own; `on` by default, with `policy` the first alone. */
  readonly securityHeaders?: 'on' | 'policy' | 'off';
  /** Options of the security policy besides those that the demo sets. */
  readonly policy?: Partial<SecurityPolicyOptions>;
  /** Changes the headers of that policy, or those that are there without one, for tests of what each of them is for. */
  readonly alterPolicy?: (policy: SecurityPolicy) => SecurityPolicy;
  /** What stands at the callback when the worker did not take it; `document` by default, with `app` the app's page. */
  readonly callback?: 'document' | 'app';
  /** Isolated callback on a port of its own; by default, the redirect URI is on the app's origin. */
  readonly isolatedCallback?: Omit<IsolatedCallbackOptions, 'appCallback'>;
  /** Answers a request in place of everything else, for tests of what the server must be like. */
  readonly answerFirst?: (request: Request) => Promise<Response | undefined>;
  /** URLs, besides the API, that pages may connect to. */
  readonly connections?: readonly string[];
  /** Origins, besides the app's own, of which pages show images. */
  readonly images?: readonly string[];
  /** What else the worker may connect to. */
  readonly workerConnections?: readonly string[];
  /** Pages besides the demo's own, by path. */
  readonly pages?: Readonly<Record<string, Page>>;
}

/** What can be changed while the app's server runs. */
export type AppSettings = Pick<
  AppOptions,
  | 'worker'
  | 'workerServing'
  | 'workerScript'
  | 'securityHeaders'
  | 'policy'
  | 'alterPolicy'
  | 'answerFirst'
  | 'callback'
  | 'connections'
  | 'workerConnections'
  | 'images'
>;

/** The running server of the app. */
export interface App {
  readonly origin: string;
  readonly port: number;
  readonly workerPath: string;
  /** The redirect URI: on the app's origin, or that of the isolated callback. */
  readonly redirectUri: string;
  /** Every request of the run. */
  readonly requests: HttpLog;
  /** What goes wrong. */
  readonly faults: Faults<HttpRequest>;
  /** Pages besides the demo's own, by path. */
  readonly pages: Map<string, Page>;
  /** Changes settings; a changed worker script is a new version of the worker. */
  configure(settings: AppSettings): void;
  /** Deploys another version of the worker: the same script with another comment at its end. */
  setWorkerRelease(release: string): void;
  /** Cuts every connection, old and new. */
  goOffline(): void;
  /** Ends {@link App.goOffline}. */
  goOnline(): void;
  /** Ends the server. */
  close(): Promise<void>;
}

/**
 * Starts the server of the demo's app: static files with the security policy, the worker's script by Tokenward's handler.
 * `dist` must have been built.
 */
export async function startApp(options: AppOptions): Promise<App> {
  const { issuer, apiUrl, port, isolatedCallback, pages: initialPages = {} } = options;
  const requests = new HttpLog();
  const faults = new Faults<HttpRequest>();
  const pages = new Map(Object.entries(initialPages));
  const [library, pageLibrary, inspector, axios, index] = await Promise.all([
    readFile(new URL('../../dist/standalone/tokenward-sw.js', import.meta.url), 'utf8'),
    bundleForPage('index.js'),
    bundleForPage('inspector.js'),
    // Its own build for browsers, which its exports do not name.
    readFile(new URL('dist/esm/axios.min.js', pathToFileURL(require.resolve('axios/package.json'))), 'utf8'),
    readFile(new URL('../../demo/app/index.html', import.meta.url), 'utf8'),
  ]);
  const scripts: ReadonlyMap<string, string> = new Map([
    ['/tokenward.js', pageLibrary],
    ['/inspector.js', inspector],
    ['/vendor/axios.js', axios],
    ['/settings.js', `export const apiUrl = ${JSON.stringify(apiUrl)};\n`],
  ]);

  let settings: AppSettings = options;
  let release = '1';

  const workerScript = (): string => {
    const configuration: TokenwardOptions = {
      issuer,
      clientId: CLIENT_ID,
      protectedResources: [{ url: apiUrl }],
      scopes: APP_SCOPES,
      ...(callback && { redirectUri: callback.redirectUri }),
      ...settings.worker,
    };
    const script = `${library}\ntokenward.start(${JSON.stringify(configuration, null, 2)});\n// release ${release}\n`;
    return settings.workerScript?.(script) ?? script;
  };

  const createHandler = (): TokenwardHandler =>
    createTokenwardHandler({
      worker: { path: WORKER_PATH, script: workerScript },
      authorizationServers: [settings.worker?.issuer ?? issuer],
      protectedResources: settings.worker?.protectedResources?.map(({ url }) => url) ?? [apiUrl],
      workerConnections: settings.workerConnections ?? [],
      callback: settings.callback ?? 'document',
    });
  let handleTokenward = createHandler();

  const altered = (policy: SecurityPolicy): SecurityPolicy => settings.alterPolicy?.(policy) ?? policy;
  const policyAt = (origin: string): SecurityPolicy =>
    altered(
      createSecurityPolicy({
        origin,
        worker: { path: WORKER_PATH },
        authorizationServers: [issuer],
        protectedResources: [apiUrl],
        connections: settings.connections ?? [],
        redirectUri: settings.worker?.redirectUri ?? callback?.redirectUri ?? CALLBACK_PATH,
        ...settings.policy,
      }),
    );

  const addSecurityHeaders = (response: Response, origin: string): Response => {
    // The gate for service workers holds by itself, and its header is part of it.
    if (settings.securityHeaders === 'off') return withSecurityHeaders(response, altered(GATE_ALONE));
    const own = new Response(response.body, response);
    if (settings.securityHeaders !== 'policy') {
      const images = ["'self'", 'data:', ...(settings.images ?? [])].join(' ');
      own.headers.append('content-security-policy', `script-src 'self'; style-src 'self'; img-src ${images}`);
      own.headers.append('content-security-policy', "frame-ancestors 'self'");
    }
    return withSecurityHeaders(own, policyAt(origin));
  };

  const app = new Hono<HttpEnvironment>();
  app.use(logRequests(requests));
  app.use(letFaultsHappen(faults));
  app.use(async (context, next) => (await settings.answerFirst?.(context.req.raw)) ?? (await next()));

  app.use(async (context, next) => {
    if (settings.workerServing === 'static' && context.req.path === WORKER_PATH) {
      return javascript(workerScript());
    }
    const policy = settings.securityHeaders === 'off' ? undefined : policyAt(new URL(context.req.url).origin);
    return (await handleTokenward(context.req.raw, policy)) ?? (await next());
  });

  app.use(async (context, next) => {
    await next();
    if (!context.res.headers.has('cache-control')) context.header('cache-control', 'no-cache');
    const response = context.res;
    context.res = undefined;
    context.res = addSecurityHeaders(response, new URL(context.req.url).origin);
  });

  app.use(async (context, next) => {
    // The handler has answered the callback already, unless it is the app's.
    const page = context.req.path === CALLBACK_PATH ? { body: index } : pages.get(context.req.path);
    if (page !== undefined) {
      const { body, contentType = 'text/html; charset=utf-8', status = 200, headers = {} }: Page = page;
      return new Response(body, { status, headers: { 'content-type': contentType, ...headers } });
    }
    const script = scripts.get(context.req.path);
    return script === undefined ? await next() : javascript(script);
  });
  app.use(serveStatic({ root: relative(process.cwd(), fileURLToPath(new URL('../../demo/app/', import.meta.url))) }));

  const listener = await listen((_origin, server) => {
    secureClientErrors(server);
    return getRequestListener((request, env) => app.fetch(request, env));
  }, port);

  const appCallback = `${listener.origin}${CALLBACK_PATH}`;
  const callback = isolatedCallback && (await startIsolatedCallback({ ...isolatedCallback, appCallback }));

  return {
    origin: listener.origin,
    port: listener.port,
    workerPath: WORKER_PATH,
    redirectUri: callback?.redirectUri ?? appCallback,
    requests,
    faults,
    pages,
    configure: (changes) => {
      settings = { ...settings, ...changes };
      handleTokenward = createHandler();
    },
    setWorkerRelease: (name) => {
      release = name;
    },
    goOffline: listener.goOffline,
    goOnline: listener.goOnline,
    close: async () => {
      await Promise.all([listener.close(), callback?.close()]);
    },
  };
}

function javascript(body: string): Response {
  return new Response(body, { headers: { 'content-type': 'text/javascript; charset=utf-8' } });
}
