import type { Stack } from '../servers/stack.ts';
import { fillLoginPage } from '../support/app-page.ts';
import type { EngineTab, Evaluator } from '../support/engines/engine.ts';
import type { QuietBrowser, QuietTab } from '../support/engines/quiet-browser.ts';
import type { BenchApi } from './bench-api.ts';
import { type BenchSite, FRAMES_PATH, startBenchSite } from './bench-site.ts';
import { frameOf } from './frame.ts';
import * as scripts from './worker-scripts.ts';

/** A context that a request can come from: a frame, and the worker that controls it, if one does. */
interface ContestantOptions {
  readonly script?: scripts.WorkerScript;
  /** Headers that the frame's own code adds to a request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether its requests to the protected resource come with a token. */
  readonly isAuthorized: boolean;
  /** Whether the user has to sign in for it. */
  readonly hasSession?: boolean;
  /** Whether only a full run measures it. */
  readonly isForFullRun?: boolean;
}

/** A contestant with its frame. */
export interface Contestant extends ContestantOptions {
  readonly name: string;
  readonly frame: Evaluator;
}

/** One page of one origin with the frames of all contestants, so that they differ in nothing but their worker. */
export interface Arena {
  readonly site: BenchSite;
  readonly tab: QuietTab;
  readonly contestants: readonly Contestant[];
  /** Whether all of them take part in each workload that knows them. */
  readonly isFull: boolean;
}

/** Selection of contestants for a run. */
export interface ArenaOptions {
  readonly isFull: boolean;
  /** Text of another revision's standalone worker, which takes part as `against`. */
  readonly libraryOfRevision: string | undefined;
}

/** Contestants of every run by their names. */
const CONTESTANTS: Readonly<Record<string, ContestantOptions>> = {
  direct: { isAuthorized: false },
  wrapper: { headers: { authorization: `Bearer ${scripts.TOKEN}` }, isAuthorized: true },
  routedPast: { script: scripts.routedPastWorker, isAuthorized: false },
  constant: { script: scripts.constantWorker, isAuthorized: true },
  bearer: { script: scripts.tokenwardWorker(), isAuthorized: true, hasSession: true },
  dpop: {
    script: scripts.tokenwardWorker({ dpop: 'required' }),
    isAuthorized: true,
    hasSession: true,
    isForFullRun: true,
  },
  passThrough: { script: scripts.passThroughWorker, isAuthorized: false, isForFullRun: true },
  // The same as `direct`: the ratio of the two is the measuring error.
  directAgain: { isAuthorized: false, isForFullRun: true },
  noHandler: { script: scripts.noHandlerWorker, isAuthorized: false, isForFullRun: true },
  vaultByHand: { script: scripts.vaultWorker, isAuthorized: true, isForFullRun: true },
  floor: { script: scripts.floorWorker, isAuthorized: true, isForFullRun: true },
};

/** Opens every contestant's frame: without a worker, with workers written by hand, and with the library. */
export async function openArena(
  browser: QuietBrowser,
  { stack, api }: { readonly stack: Stack; readonly api: BenchApi },
  { isFull, libraryOfRevision }: ArenaOptions,
): Promise<Arena> {
  const chosen = Object.entries(CONTESTANTS).filter(([, { isForFullRun }]) => isFull || !isForFullRun);
  if (libraryOfRevision !== undefined) {
    const script = scripts.tokenwardWorker({}, libraryOfRevision);
    chosen.push(['against', { script, isAuthorized: true, hasSession: true }]);
  }
  const { issuer } = stack.authorizationServer;
  const byPath = new Map(
    chosen.flatMap(([name, { script }]) =>
      script ? [[`/${name}/sw.js`, script({ issuer, apiUrl: api.url, folder: `/${name}/` })] as const] : [],
    ),
  );
  const site = await startBenchSite(
    chosen.map(([name]) => name),
    byPath,
  );
  const tab = await browser.newTab();
  await register(tab, site, [...byPath.keys()]);
  const signedIn = chosen.filter(([, { hasSession }]) => hasSession).map(([name]) => name);
  stack.authorizationServer.addApp(
    site.origin,
    signedIn.map((name) => `/${name}/auth/callback`),
  );
  for (const [index, name] of signedIn.entries()) {
    await tab.goto(`${site.origin}/${name}/auth/login?returnTo=/${name}/`);
    // The authorization server knows the user from the first sign-in on.
    if (index === 0) await fillLoginPage(tab);
    await tab.waitForURL(({ pathname }) => pathname === `/${name}/`);
  }
  await tab.goto(site.origin + FRAMES_PATH);
  const contestants = chosen.map(([name, options]) => ({ name, frame: frameOf(tab, name), ...options }));
  return { site, tab, contestants, isFull };
}

/** Registers each worker for the folder that it is in. */
async function register(page: EngineTab, site: BenchSite, paths: readonly string[]): Promise<void> {
  await page.goto(site.origin);
  for (const path of paths) {
    await page.evaluate(async (script) => {
      const registration = await navigator.serviceWorker.register(script);
      const { installing } = registration;
      await new Promise<void>((resolve, reject) => {
        installing?.addEventListener('statechange', () => {
          if (installing.state === 'activated') resolve();
          if (installing.state === 'redundant') reject(new Error(`The browser has not installed ${script}.`));
        });
      });
    }, path);
  }
}
