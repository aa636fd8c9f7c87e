import { build } from 'esbuild';
import { expect } from 'vitest';
import { DESTINATIONS } from '../../../src/protocol/explanation.ts';
import { type App, startApp } from '../../servers/app-server.ts';
import { startStack, type Stack } from '../../servers/stack.ts';
import { ROOT } from '../build.ts';
import type { Evaluator } from '../engines/engine.ts';
import { type Mirror, type MirroredRequest, startMirror } from '../mirror.ts';
import { MARKUP_SCENARIOS } from './markup-scenarios.ts';
import type { Place, Scenario } from './observe.ts';
import { WORKER_SCRIPTS } from './other-scenarios.ts';

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

/** Where the page of the scenarios stands, and one with nothing on it. */
const SCENARIOS_PAGE = '/fidelity';
const BLANK_PAGE = '/blank';

/** Requests that may have left before they are aborted, or not. */
const BY_CHANCE: readonly string[] = ['XHR, aborted at once'];

/** What a scenario shows on both sides. */
interface Showing {
  /** What the page sees. */
  readonly seen: unknown;
  /** What the server gets, without the token. */
  readonly received: readonly MirroredRequest[];
  /** What the server gets that the token must not go to. */
  readonly receivedElsewhere: readonly MirroredRequest[];
}

/** A scenario that was played. */
export interface Played {
  readonly showing: Showing;
  /** With what authorization each request came. */
  readonly schemes: readonly string[];
}

/** A page that goes where it is told to; Playwright's own can, and every engine's. */
export interface Player extends Evaluator {
  goto(url: string): Promise<unknown>;
}

/** A page of each app. */
export interface Players<P extends Player> {
  /** Of the app with Tokenward, signed in. */
  readonly signedIn: P;
  /** Of the app whose worker passes everything on. */
  readonly passing: P;
}

/** Two apps that are the same but for their workers, and what their scenarios ask. */
export interface FidelityStage {
  /** The app with Tokenward. */
  readonly stack: Stack;
  /** Opens the scenarios in both pages. */
  open(players: Players<Player>): Promise<void>;
  /** Plays a scenario in both pages. Origins and runs, which cannot be the same, become names. */
  play(players: Players<Player>, name: string): Promise<{ readonly authorized: Played; readonly passed: Played }>;
  close(): Promise<void>;
}

/** Starts both apps, and the mirrors that their scenarios ask. */
export async function startFidelityStage(): Promise<FidelityStage> {
  const [mirror, elsewhere] = await Promise.all([startMirror(), startMirror()]);
  const destinations = DESTINATIONS.filter((name) => !/^(document|iframe)$/.test(name));
  const protectedResources = [{ url: `${mirror.origin}/api`, destinations }];
  // Nothing in the page keeps a worker awake: the session has to outlive it.
  const stack = await startStack({
    app: {
      workerServing: 'sealed',
      // The worker's own policy would keep it from where a redirect leads.
      workerConnections: [elsewhere.origin],
      securityHeaders: 'off',
      worker: { protectedResources },
    },
  });
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
  const { issuer } = stack.authorizationServer;
  const passingApp = await startApp({
    issuer,
    apiUrl: stack.api.url,
    workerServing: 'static',
    securityHeaders: 'off',
    workerScript: () => PASS_THROUGH,
  });
  const script = await bundleScenarios();
  addPages(stack.app, script);
  addPages(passingApp, script);
  let runs = 0;
  const play = async (page: Evaluator, name: string, run: string): Promise<Played> => {
    const { seen, received, receivedElsewhere } = await perform(page, name, { run, mirror, elsewhere });
    // What markup asks for becomes a request of mode `cors`, which the server can tell; the page must not.
    const compared = BY_CHANCE.includes(name) || name in MARKUP_SCENARIOS ? [] : received;
    const text = JSON.stringify({ seen, received: compared.map(withoutToken), receivedElsewhere });
    const showing: Showing = JSON.parse(
      text
        .replaceAll(stack.app.origin, 'app:')
        .replaceAll(passingApp.origin, 'app:')
        .replaceAll(/boundary=[\w-]+/g, 'boundary')
        .replaceAll(run, 'run'),
    );
    return { showing, schemes: received.map(({ headers }) => headers['authorization']?.split(' ')[0] ?? 'none') };
  };
  return {
    stack,
    open: async ({ signedIn, passing }) => {
      await passing.goto(`${passingApp.origin}${BLANK_PAGE}`);
      await registerPassThrough(passing);
      await openScenarios(signedIn, stack.app);
      await openScenarios(passing, passingApp);
    },
    play: async ({ signedIn, passing }, name) => {
      const passed = await play(passing, name, `passing-run-${(runs += 1)}`);
      return { passed, authorized: await play(signedIn, name, `signed-in-run-${runs}`) };
    },
    close: async () => {
      await Promise.all([stack.close(), passingApp.close(), mirror.close(), elsewhere.close()]);
    },
  };
}

function registerPassThrough(page: Evaluator): Promise<void> {
  return page.evaluate(async () => {
    const controlled = new Promise((resolve) => {
      navigator.serviceWorker.addEventListener('controllerchange', resolve);
    });
    await navigator.serviceWorker.register('/tokenward-sw.js');
    await controlled;
  });
}

async function openScenarios(page: Player, app: App): Promise<void> {
  await page.goto(`${app.origin}${SCENARIOS_PAGE}`);
  const isReady = (): Promise<boolean> =>
    page.evaluate(() => 'scenarios' in window && navigator.serviceWorker.controller !== null);
  await expect.poll(isReady, { timeout: 30_000 }).toBe(true);
}

function addPages({ pages }: App, script: string): void {
  const body = '<!doctype html><title>Fidelity</title><script type="module" src="/fidelity.js"></script>';
  pages.set(SCENARIOS_PAGE, { body });
  pages.set('/fidelity.js', { body: script, contentType: 'text/javascript' });
  pages.set(BLANK_PAGE, { body: '<!doctype html><title>Blank</title>' });
  for (const [path, source] of Object.entries(WORKER_SCRIPTS)) {
    pages.set(path, { body: source, contentType: 'text/javascript' });
  }
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

interface Setting {
  readonly run: string;
  readonly mirror: Mirror;
  readonly elsewhere: Mirror;
}

/** Plays a scenario, and takes down what has come of it where. */
async function perform(page: Evaluator, name: string, { run, mirror, elsewhere }: Setting): Promise<Showing> {
  const place: Place = { url: mirror.urlOf(run), elsewhere: elsewhere.urlOf(run) };
  const seen = await page.evaluate(async ([scenario, at]) => window.scenarios[scenario]?.(at), [name, place] as const);
  // A beacon has no answer to wait for.
  if (name.startsWith('beacon')) await expect.poll(() => mirror.received(run).length).toBeGreaterThan(0);
  mirror.letGo(run);
  return { seen, received: mirror.received(run), receivedElsewhere: elsewhere.received(run) };
}

function withoutToken(request: MirroredRequest): MirroredRequest {
  return {
    ...request,
    headers: Object.fromEntries(Object.entries(request.headers).filter(([name]) => name !== 'authorization')),
  };
}
