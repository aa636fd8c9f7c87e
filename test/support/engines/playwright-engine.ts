import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, BrowserServer, Page } from 'playwright';
import type { BrowserEngine } from '../browser-engine.ts';
import { launchBrowserServer, launchPersistentBrowser } from '../browser.ts';
import { endsInTime } from '../time-limit.ts';
import { controlServiceWorkers, reloadHard } from '../service-worker.ts';
import { dispatchSync } from '../sync-event.ts';
import {
  type EngineName,
  type EnginePage,
  type EngineProfile,
  type EngineSession,
  PAGE_TIMEOUT_MS,
  type PageScript,
  SCRIPT_TIMEOUT_MS,
} from './engine.ts';
import { callIn } from './page-script.ts';
import { untilTrue } from '../until.ts';
import {
  killWorkers,
  TELLS_THREADS,
  type ThreadId,
  type WorkerThreads,
  workersStopped,
  workerThreads,
} from './worker-threads.ts';

/**
 * How long after its last event Firefox lets a worker be where no process can be found to kill, in milliseconds; 30 s by default. One that
 * has less than some five seconds left wakes no other worker by a message, as a version that is being installed wakes the one before it.
 */
const FIREFOX_IDLE_MS = 7000;

/** Firefox's own process for service workers, `Isolated ServiceWorker`. */
const FIREFOX_WORKERS: WorkerThreads = {
  processName: /^Isolated Servic/,
  threadName: /^DOM Worker/,
  lifetimeMs: FIREFOX_IDLE_MS + 3000,
};

/** Playwright's WebKit stops a worker when its last page has gone, and has no name for it that is known everywhere. */
const WEBKIT_WORKERS: WorkerThreads = { processName: /Web/, threadName: /ServiceWorker/, lifetimeMs: 15_000 };

/** Starts an engine that Playwright drives. */
export async function launchPlaywrightEngine(name: EngineName, engine: BrowserEngine): Promise<EngineSession> {
  const server = name === 'firefox' ? await launchFirefoxServer(engine) : await launchBrowserServer(engine);
  const browser = await engine.type.connect(server.wsEndpoint());
  return {
    name,
    label: `${engine.name} ${browser.version()}`,
    newProfile: async () => new PlaywrightProfile(name, await browser.newContext(), () => server.process().pid),
    close: () => server.close(),
  };
}

/** Starts Firefox so that its workers can be stopped: their process can be killed, or they stop soon by themselves. */
async function launchFirefoxServer(engine: BrowserEngine): Promise<BrowserServer> {
  const firefoxUserPrefs = { 'dom.serviceWorkers.idle_timeout': FIREFOX_IDLE_MS };
  if (!TELLS_THREADS) return launchBrowserServer(engine, { firefoxUserPrefs });
  const folder = await mkdtemp(join(tmpdir(), 'tokenward-firefox-'));
  const server = await launchBrowserServer(engine, {}, async (executablePath) => {
    const script = join(folder, 'firefox');
    // Playwright has Firefox end when one of its processes is killed.
    const lines = ['#!/bin/sh', 'unset MOZ_CRASHREPORTER_SHUTDOWN', `exec '${executablePath}' "$@"`, ''];
    await writeFile(script, lines.join('\n'), { mode: 0o755 });
    return script;
  });
  server.on('close', () => void rm(folder, { recursive: true, force: true }));
  return server;
}

/**
 * Starts an engine that Playwright drives, with a profile that outlives it.
 *
 * @param folder where the profile is kept
 * @returns the profile, whose end is that of the browser
 */
export async function launchKeptProfile(
  name: EngineName,
  engine: BrowserEngine,
  folder: string,
): Promise<EngineProfile> {
  return new PlaywrightProfile(name, await launchPersistentBrowser(engine, folder), () => undefined);
}

class PlaywrightProfile implements EngineProfile {
  readonly engine: EngineName;
  readonly #context: BrowserContext;
  readonly #pid: () => number | undefined;
  readonly #pages: WeakMap<Page, EnginePage> = new WeakMap();
  /** Of the browser's other profiles: their workers are not this one's to wait for. */
  readonly #otherThreads: ReadonlySet<ThreadId>;

  constructor(engine: EngineName, context: BrowserContext, pid: () => number | undefined) {
    this.engine = engine;
    this.#context = context;
    this.#pid = pid;
    const browserPid = pid();
    const threads = engine === 'firefox' && browserPid !== undefined ? workerThreads(browserPid, FIREFOX_WORKERS) : [];
    this.#otherThreads = new Set(threads);
    context.setDefaultTimeout(PAGE_TIMEOUT_MS);
  }

  async newPage(): Promise<EnginePage> {
    return this.#wrap(await this.#context.newPage());
  }

  async pages(): Promise<readonly EnginePage[]> {
    return Promise.resolve(this.#context.pages().map((page) => this.#wrap(page)));
  }

  async stopWorkers(): Promise<void> {
    if (this.engine === 'chromium') return this.#stopChromiumWorkers();
    const pid = this.#pid();
    if (pid === undefined) throw new Error('The browser is not running.');
    if (this.engine === 'firefox') return killWorkers(pid, FIREFOX_WORKERS, this.#otherThreads);
    const shown = this.#context.pages().map((page) => [page, page.url()] as const);
    await Promise.all(shown.map(([page]) => page.goto('about:blank')));
    await workersStopped(pid, WEBKIT_WORKERS);
    await Promise.all(shown.map(([page, url]) => page.goto(url)));
  }

  close(): Promise<void> {
    return this.#context.close();
  }

  async #stopChromiumWorkers(): Promise<void> {
    // A page that is navigating answers when it has arrived.
    const bystander = await this.#context.newPage();
    await (await controlServiceWorkers(bystander)).stopAll();
    await bystander.close();
  }

  #wrap(page: Page): EnginePage {
    const known = this.#pages.get(page);
    if (known) return known;
    const wrapped = new PlaywrightPage(this, page);
    this.#pages.set(page, wrapped);
    return wrapped;
  }
}

class PlaywrightPage implements EnginePage {
  readonly profile: EngineProfile;
  readonly #page: Page;

  constructor(profile: EngineProfile, page: Page) {
    this.profile = profile;
    this.#page = page;
  }

  get engine(): EngineName {
    return this.profile.engine;
  }

  url(): Promise<string> {
    return Promise.resolve(this.#page.url());
  }

  async goto(url: string): Promise<void> {
    await this.#page.goto(url);
  }

  async reload(): Promise<void> {
    await this.#page.reload();
  }

  async reloadPastWorker(): Promise<void> {
    if (this.engine === 'chromium') return reloadHard(this.#page);
    if (this.engine !== 'firefox') throw new Error('Playwright has no such reload for this engine.');
    const loaded = this.#page.waitForEvent('load');
    // The argument is in no standard, and Firefox goes by it.
    await this.evaluate(() => void Reflect.apply(window.location.reload, window.location, [true]));
    await loaded;
  }

  async dispatchSync(tag: string): Promise<void> {
    if (this.engine !== 'chromium') throw new Error('This engine has no Background Sync.');
    await dispatchSync(this.#page, tag);
  }

  evaluate<A, R>(script: PageScript<A, R>, argument?: A): Promise<R> {
    const answer = callIn((expression) => this.#page.evaluate<string>(expression), script, argument);
    return endsInTime(SCRIPT_TIMEOUT_MS, answer, () => `the end of ${script.toString()}`);
  }

  waitForFunction<A>(script: PageScript<A, unknown>, argument?: A): Promise<void> {
    return untilTrue(
      () => this.evaluate(script, argument),
      () => `a page to say yes to ${script.toString()}`,
    );
  }

  waitForURL(matches: (url: URL) => boolean): Promise<void> {
    return this.#page.waitForURL(matches);
  }

  /** Of a page that Firefox has kept for the way back, Playwright itself waits in vain for the end of a navigation. */
  waitForSelector(selector: string): Promise<void> {
    return this.waitForFunction((wanted) => document.querySelector(wanted) !== null, selector);
  }

  click(selector: string): Promise<void> {
    return this.#page.locator(selector).click();
  }

  fill(selector: string, text: string): Promise<void> {
    return this.#page.locator(selector).fill(text);
  }

  clearCookies(): Promise<void> {
    return this.#page.context().clearCookies({ domain: new URL(this.#page.url()).hostname });
  }

  bringToFront(): Promise<void> {
    return this.#page.bringToFront();
  }

  async screenshot(path: string): Promise<void> {
    await this.#page.screenshot({ path });
  }

  close(): Promise<void> {
    return this.#page.close();
  }
}
