import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TokenwardOptions } from 'tokenward/sw';
import { APP_SCOPES } from '../../demo/app-server.ts';
import { CLIENT_ID } from '../../demo/authorization-server-configuration.ts';
import type { Stack } from '../../demo/stack.ts';
import { ROOT } from '../support/build.ts';
import { submitLoginPage } from '../support/engines/engine-app.ts';
import type { EngineTab, Evaluator } from '../support/engines/engine.ts';
import type { QuietBrowser } from '../support/engines/quiet-browser.ts';
import type { BenchApi } from './bench-api.ts';
import { type BenchSite, FRAMES_PATH, startBenchSite } from './bench-site.ts';
import { frameOf } from './frame.ts';

/** One way to an API: a frame, and the worker that controls it, if one does. */
export interface Contestant {
  readonly name: string;
  readonly frame: Evaluator;
  /** What the frame's own code adds to a request. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What the contestants share: one page of one origin, so that they differ in nothing but their worker. */
export interface Arena {
  readonly site: BenchSite;
  readonly contestants: readonly Contestant[];
}

const TOKEN = 'x'.repeat(600);

/** Does nothing at all with the API's requests. */
const passThroughWorker = ({ origin }: BenchApi): string => `self.addEventListener('fetch', (event) => {
  if (event.request.url.startsWith(${JSON.stringify(origin)})) event.respondWith(fetch(event.request));
});
`;

/** Does nothing but set a constant header: the limit for this design. */
const constantWorker = ({ url }: BenchApi): string => `self.addEventListener('fetch', (event) => {
  if (!event.request.url.startsWith(${JSON.stringify(url)})) return;
  const headers = new Headers(event.request.headers);
  headers.set('authorization', ${JSON.stringify(`Bearer ${TOKEN}`)});
  event.respondWith(fetch(new Request(event.request, { headers })));
});
`;

/** Does nothing but route past itself, by the browser's own rules: the least that a worker costs requests that are not its. */
const ROUTED_PAST = `self.addEventListener('install', (event) => {
  if (!('addRoutes' in event)) return;
  const condition = { not: { urlPattern: { pathname: '/nothing' } } };
  event.waitUntil(event.addRoutes({ condition, source: 'network' }));
});
self.addEventListener('fetch', () => {});
`;

/** Has no handler for requests: the least that any worker can cost. */
const NO_HANDLER = `self.addEventListener('install', () => {});
`;

/** The library's worker, configured for a folder of the site. */
function tokenwardWorker(
  stack: Stack,
  api: BenchApi,
  folder: `/${string}/`,
  options: Partial<TokenwardOptions> = {},
): string {
  const library = readFileSync(join(ROOT, 'dist/standalone/tokenward-sw.js'), 'utf8');
  const configuration: TokenwardOptions = {
    issuer: stack.authorizationServer.issuer,
    clientId: CLIENT_ID,
    protectedResources: [{ url: api.url }],
    scopes: APP_SCOPES,
    registrationScope: folder,
    endpointPath: `${folder}auth`,
    redirectUri: `${folder}auth/callback`,
    ...options,
  };
  return `${library}\ntokenward.start(${JSON.stringify(configuration)});\n`;
}

/** Opens every contestant's frame: no worker, workers written by hand, and the library. */
export async function openContestants(browser: QuietBrowser, stack: Stack, api: BenchApi): Promise<Arena> {
  const scripts = new Map([
    ['/passThrough/sw.js', () => passThroughWorker(api)],
    ['/constant/sw.js', () => constantWorker(api)],
    ['/noHandler/sw.js', () => NO_HANDLER],
    ['/routedPast/sw.js', () => ROUTED_PAST],
    ['/bearer/sw.js', () => tokenwardWorker(stack, api, '/bearer/')],
    ['/dpop/sw.js', () => tokenwardWorker(stack, api, '/dpop/', { dpop: 'required' })],
  ]);
  // No worker is registered for the folders of the first ones. Two of them are alike: how they compare is the measuring error.
  const names = ['direct', 'directAgain', 'wrapper', ...[...scripts.keys()].map((path) => path.split('/')[1] ?? '')];
  const site = await startBenchSite(names, scripts);
  stack.authorizationServer.addApp(site.origin, ['/bearer/auth/callback', '/dpop/auth/callback']);
  const page = await browser.newTab();
  await register(page, site, [...scripts.keys()]);
  await page.goto(`${site.origin}/bearer/auth/login?returnTo=/bearer/`);
  await submitLoginPage(page);
  await page.waitForUrl(({ pathname }) => pathname === '/bearer/');
  // The authorization server knows the user by now.
  await page.goto(`${site.origin}/dpop/auth/login?returnTo=/dpop/`);
  await page.waitForUrl(({ pathname }) => pathname === '/dpop/');
  await page.goto(site.origin + FRAMES_PATH);
  const contestants = names.map((name) => {
    const headers: Contestant['headers'] = name === 'wrapper' ? { authorization: `Bearer ${TOKEN}` } : {};
    return { name, frame: frameOf(page, name), headers };
  });
  return { site, contestants };
}

/** Registers each worker for the folder that it is in. */
async function register(page: EngineTab, site: BenchSite, paths: readonly string[]): Promise<void> {
  await page.goto(site.origin);
  for (const path of paths) {
    await page.evaluate(async (script) => {
      const registration = await navigator.serviceWorker.register(script);
      const { installing } = registration;
      await new Promise<void>((resolve) => {
        installing?.addEventListener('statechange', () => {
          if (installing.state === 'activated') resolve();
        });
      });
    }, path);
  }
}
