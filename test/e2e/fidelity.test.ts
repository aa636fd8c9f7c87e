import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { build } from 'esbuild';
import { DESTINATIONS } from '../../src/protocol/explanation.ts';
import { type App, startApp } from '../../demo/app-server.ts';
import { startStack, type Stack } from '../../demo/stack.ts';
import { signIn } from '../support/app-page.ts';
import { test as base } from '../support/browser-test.ts';
import { ROOT } from '../support/build.ts';
import { MARKUP_SCENARIOS } from '../support/fidelity/markup-scenarios.ts';
import type { Place, Scenario } from '../support/fidelity/observe.ts';
import { WORKER_SCRIPTS } from '../support/fidelity/other-scenarios.ts';
import { SCENARIOS } from '../support/fidelity/scenarios.ts';
import { type Mirror, type MirroredRequest, startMirror } from '../support/mirror.ts';

declare global {
  interface Window {
    scenarios: Readonly<Record<string, Scenario>>;
  }
}

/** A worker that answers every request, and changes nothing. */
const PASS_THROUGH = `
addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => event.respondWith(fetch(event.request)));
`;

/** Requests that come to no worker in Chromium, so that there is no token on them. */
const PAST_THE_WORKER: readonly string[] = ['about:blank frame'];

/** Requests that may have left before they are aborted, or not. */
const BY_CHANCE: readonly string[] = ['XHR, aborted at once'];

const NAMES = Object.keys(SCENARIOS);

let mirror: Mirror;
let elsewhere: Mirror;
let stack: Stack;
/** The same app, on an origin of its own, with the empty worker. */
let passingApp: App;
beforeAll(async () => {
  [mirror, elsewhere] = await Promise.all([startMirror(), startMirror()]);
  const destinations = DESTINATIONS.filter((name) => !/^(document|iframe)$/.test(name));
  const protectedResources = [{ url: `${mirror.origin}/api`, destinations }];
  const options = { workerServing: 'static', securityHeaders: 'off' } as const;
  stack = await startStack({ app: { ...options, worker: { protectedResources } } });
  const { issuer } = stack.authorizationServer;
  passingApp = await startApp({ ...options, issuer, apiUrl: stack.api.url, workerScript: () => PASS_THROUGH });
  const script = await bundleScenarios();
  for (const { pages } of [stack.app, passingApp]) {
    const page = '<!doctype html><title>Fidelity</title><script type="module" src="/fidelity.js"></script>';
    pages.set('/fidelity', { body: page });
    pages.set('/fidelity.js', { body: script, contentType: 'text/javascript' });
    pages.set('/blank', { body: '<!doctype html><title>Blank</title>' });
    for (const [path, body] of Object.entries(WORKER_SCRIPTS))
      pages.set(path, { body, contentType: 'text/javascript' });
  }
});
afterAll(() => Promise.all([stack.close(), passingApp.close(), mirror.close(), elsewhere.close()]));

/** A page of each app, the one with Tokenward signed in. */
const test = base.extend('pages', { scope: 'file' }, async ({ browser }, { onCleanup }) => {
  const contexts = await Promise.all([browser.newContext(), browser.newContext()]);
  onCleanup(async () => void (await Promise.all(contexts.map((context) => context.close()))));
  const [signedIn, passing] = await Promise.all(contexts.map((context) => context.newPage()));
  if (!signedIn || !passing) throw new Error('There are no pages.');
  await signIn(signedIn, stack);
  // Cookies know no ports: those of the authorization server would go to the mirror too.
  await signedIn.context().clearCookies();
  await openScenarios(signedIn, stack.app);
  await passing.goto(`${passingApp.origin}/blank`);
  await passing.evaluate(async () => {
    const controlled = new Promise((resolve) => {
      navigator.serviceWorker.addEventListener('controllerchange', resolve);
    });
    await navigator.serviceWorker.register('/tokenward-sw.js');
    await controlled;
  });
  await openScenarios(passing, passingApp);
  return { signedIn, passing };
});

async function openScenarios(page: Page, app: App): Promise<void> {
  await page.goto(`${app.origin}/fidelity`);
  await page.waitForFunction(() => 'scenarios' in window && navigator.serviceWorker.controller !== null);
}

async function bundleScenarios(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: "import { SCENARIOS } from './scenarios.ts'; window.scenarios = SCENARIOS;",
      resolveDir: `${ROOT}/test/support/fidelity`,
    },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

/** What a scenario shows on both sides. */
interface Showing {
  /** What the page sees. */
  readonly seen: unknown;
  /** What the server gets, without the token. */
  readonly received: readonly MirroredRequest[];
  /** What the server gets that the token must not go to. */
  readonly receivedElsewhere: readonly MirroredRequest[];
}

/** Plays a scenario in a page. Origins and runs, which cannot be the same, are replaced by names. */
async function play(page: Page, name: string, run: string): Promise<{ showing: Showing; schemes: readonly string[] }> {
  const place: Place = { url: mirror.urlOf(run), elsewhere: elsewhere.urlOf(run) };
  const seen = await page.evaluate(async ([scenario, at]) => window.scenarios[scenario]?.(at), [name, place] as const);
  // A beacon has no answer to wait for.
  if (name.startsWith('beacon')) await expect.poll(() => mirror.received(run).length).toBeGreaterThan(0);
  const all = mirror.received(run);
  // What markup asks for becomes a request of mode `cors`, which the server can tell; the page must not.
  const received = BY_CHANCE.includes(name) || name in MARKUP_SCENARIOS ? [] : all;
  const receivedElsewhere = elsewhere.received(run);
  const text = JSON.stringify({ seen, received: received.map(withoutToken), receivedElsewhere });
  const showing = JSON.parse(
    text
      .replaceAll(stack.app.origin, 'app:')
      .replaceAll(passingApp.origin, 'app:')
      .replaceAll(/boundary=[\w-]+/g, 'boundary')
      .replaceAll(run, 'run'),
  );
  return { showing, schemes: all.map(({ headers }) => headers['authorization']?.split(' ')[0] ?? 'none') };
}

function withoutToken(request: MirroredRequest): MirroredRequest {
  return {
    ...request,
    headers: Object.fromEntries(Object.entries(request.headers).filter(([name]) => name !== 'authorization')),
  };
}

describe('page and server see the same as with an empty worker, but for the token:', () => {
  test.for(NAMES)('%s', async (name, { pages }) => {
    const index = NAMES.indexOf(name);
    const passed = await play(pages.passing, name, `passing-run-${index}`);
    const authorized = await play(pages.signedIn, name, `signed-in-run-${index}`);

    expect(authorized.showing).toEqual(passed.showing);
    expect(passed.schemes).toEqual(passed.schemes.map(() => 'none'));
    const scheme = PAST_THE_WORKER.includes(name) ? 'none' : 'Bearer';
    expect(authorized.schemes).toEqual(authorized.schemes.map(() => scheme));
  });
});
