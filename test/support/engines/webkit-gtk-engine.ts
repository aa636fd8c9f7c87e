import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '../free-port.ts';
import type { EngineName, EnginePage, EngineProfile, EngineSession } from './engine.ts';
import { until } from '../until.ts';
import { WebDriverPage } from './webdriver-page.ts';
import { WebDriverSession } from './webdriver.ts';
import { type WorkerThreads, workersStopped } from './worker-threads.ts';

/** The programs that it takes. */
export interface WebKitGtk {
  readonly miniBrowser: string;
  readonly driver: string;
  readonly xvfb: string;
}

const WORKERS: WorkerThreads = { processName: /^WebKitWeb/, threadName: /ServiceWorker/, lifetimeMs: 15_000 };

/**
 * Starts WebKitGTK on a screen of its own. Each profile is a browser process with a driver of its own, which is started while the profile
 * before it is in use.
 */
export async function launchWebKitGtk(programs: WebKitGtk): Promise<EngineSession> {
  const xvfb = spawn(programs.xvfb, ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const display = await firstLine(xvfb);
  const profiles = new Set<EngineProfile>();
  const start = async (): Promise<WebKitGtkProfile> => {
    const profile = await WebKitGtkProfile.create(programs, `:${display}`, () => profiles.delete(profile));
    profiles.add(profile);
    return profile;
  };
  const first = await start();
  let next: Promise<WebKitGtkProfile | undefined> = Promise.resolve(first);
  return {
    name: 'webkit',
    label: `WebKitGTK ${first.version}`,
    newProfile: async () => {
      const started = next;
      // One that does not start is left out: the profile after it is started when it is asked for.
      next = started.then(start).catch(() => undefined);
      return (await started) ?? start();
    },
    close: async () => {
      await next;
      await Promise.all([...profiles].map((profile) => profile.close()));
      await end(xvfb);
    },
  };
}

class WebKitGtkProfile implements EngineProfile {
  readonly engine: EngineName = 'webkit';
  readonly #driver: ChildProcess;
  readonly #session: WebDriverSession;
  readonly #whenClosed: () => void;
  readonly #pages: Map<string, WebDriverPage> = new Map();
  /** The tab that the browser was started with. */
  #spare: string | undefined;

  /** On a machine that is busy the driver may wait in vain for the browser that it has started: then it gets another try. */
  static async create(programs: WebKitGtk, display: string, whenClosed: () => void): Promise<WebKitGtkProfile> {
    try {
      return await WebKitGtkProfile.#start(programs, display, whenClosed);
    } catch {
      return WebKitGtkProfile.#start(programs, display, whenClosed);
    }
  }

  static async #start(programs: WebKitGtk, display: string, whenClosed: () => void): Promise<WebKitGtkProfile> {
    const port = await freePort();
    const driver = spawn(programs.driver, [`--port=${port}`, '--host=127.0.0.1'], {
      stdio: 'ignore',
      env: { ...process.env, DISPLAY: display },
    });
    try {
      await until(
        () => fetch(`http://127.0.0.1:${port}/status`),
        () => 'WebKitWebDriver',
      );
      const session = await WebDriverSession.create(port, {
        pageLoadStrategy: 'none',
        'webkitgtk:browserOptions': { binary: programs.miniBrowser, args: ['--automation'] },
      });
      const spare = await session.send((browser) => browser.getWindowHandle());
      return new WebKitGtkProfile(driver, session, { spare, whenClosed });
    } catch (error) {
      await end(driver);
      throw error;
    }
  }

  private constructor(
    driver: ChildProcess,
    session: WebDriverSession,
    { spare, whenClosed }: { readonly spare: string | undefined; readonly whenClosed: () => void },
  ) {
    this.#driver = driver;
    this.#session = session;
    this.#spare = spare;
    this.#whenClosed = whenClosed;
  }

  get version(): string {
    return this.#session.browserVersion;
  }

  async newPage(): Promise<EnginePage> {
    const window = this.#spare ?? (await this.#openWindow());
    this.#spare = undefined;
    return this.#wrap(window);
  }

  async pages(): Promise<readonly EnginePage[]> {
    const open = new Set(await this.#session.send((browser) => browser.getWindowHandles()));
    if (this.#spare !== undefined) open.delete(this.#spare);
    const known = [...this.#pages.keys()].filter((window) => open.delete(window));
    return [...known, ...open].map((window) => this.#wrap(window));
  }

  async stopWorkers(): Promise<void> {
    const shown = await Promise.all((await this.pages()).map(async (page) => [page, await page.url()] as const));
    await Promise.all(shown.map(([page]) => page.goto('about:blank')));
    if (this.#driver.pid === undefined) throw new Error('The browser is not running.');
    await workersStopped(this.#driver.pid, WORKERS);
    await Promise.all(shown.map(([page, url]) => page.goto(url)));
  }

  async close(): Promise<void> {
    this.#whenClosed();
    await this.#session.send((browser) => browser.deleteSession()).catch(() => undefined);
    await end(this.#driver);
  }

  /** Opens a window, without leaving the one before it: from a mere tab that a driver has opened, WebKitGTK opens no pop-ups. */
  async #openWindow(): Promise<string> {
    const { handle } = await this.#session.send((browser) => browser.createWindow('window'));
    return handle;
  }

  #wrap(window: string): WebDriverPage {
    const page = this.#pages.get(window) ?? new WebDriverPage(this, this.#session, window);
    this.#pages.set(window, page);
    return page;
  }
}

/** Xvfb writes the number of the display that it took to file descriptor 3. */
async function firstLine({ stdio }: ChildProcess): Promise<string> {
  const [, , , pipe] = stdio;
  if (!pipe) throw new Error('Xvfb has no pipe to write to.');
  const [chunk]: readonly unknown[] = await once(pipe, 'data');
  return String(chunk).trim();
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}
