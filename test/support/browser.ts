import type { Browser, BrowserContext, BrowserServer, LaunchOptions } from 'playwright';
import { CHROMIUM, CHROMIUM_SHELL, type BrowserEngine } from './browser-engine.ts';
import { acquireBrowser, findBrowser, type FoundBrowser } from './find-browser.ts';

/** Options for a launch; arguments are added to those that every launch gets. */
export type BrowserOptions = Omit<LaunchOptions, 'executablePath' | 'channel'>;

/** Options for a browser with a profile: those of the launch and those of its one context. */
export type PersistentOptions = Omit<
  NonNullable<Parameters<BrowserEngine['type']['launchPersistentContext']>[1]>,
  'executablePath' | 'channel'
>;

/**
 * Starts a headless Chromium, the one that {@link acquireBrowser} finds or gets.
 *
 * @param options Playwright's launch options, such as `headless: false`
 * @returns a browser that the caller has to close
 */
export function launchChromium(options: BrowserOptions = {}): Promise<Browser> {
  return launchBrowser(CHROMIUM, options);
}

/** Starts a browser of any engine. */
export async function launchBrowser(engine: BrowserEngine, options: BrowserOptions = {}): Promise<Browser> {
  return engine.type.launch(mergeOptions(engine, await acquireBrowser(engine), options));
}

/**
 * Starts a browser that several processes share, each by `connect(server.wsEndpoint())`.
 *
 * @param start returns what to start in the place of an executable
 */
export async function launchBrowserServer(
  engine: BrowserEngine,
  options: BrowserOptions = {},
  start: (executablePath: string) => Promise<string> = (executablePath) => Promise.resolve(executablePath),
): Promise<BrowserServer> {
  const browser = await acquireBrowser(engine);
  const executablePath = await start(browser.executablePath);
  return engine.type.launchServer(mergeOptions(engine, { ...browser, executablePath }, options));
}

/** Starts a browser with a profile on disk, which a test can close and start again. */
export async function launchPersistentBrowser(
  engine: BrowserEngine,
  userDataDir: string,
  options: PersistentOptions = {},
): Promise<BrowserContext> {
  const launchOptions = mergeOptions(engine, await acquireBrowser(engine), options);
  return engine.type.launchPersistentContext(userDataDir, { ...options, ...launchOptions });
}

/**
 * Launch options of Chromium's headless shell for whoever starts it themselves, such as Vitest. The executable is looked for when it is
 * read, since a setup file may still get one.
 */
export function lazyChromiumOptions(): LaunchOptions {
  return {
    ...CHROMIUM_SHELL.launchOptions('system'),
    get executablePath() {
      return findBrowser(CHROMIUM_SHELL)?.executablePath ?? CHROMIUM.type.executablePath();
    },
  };
}

function mergeOptions(engine: BrowserEngine, browser: FoundBrowser, options: BrowserOptions): LaunchOptions {
  const basis = engine.launchOptions(browser.origin);
  return {
    ...basis,
    ...options,
    args: [...(basis.args ?? []), ...(options.args ?? [])],
    executablePath: browser.executablePath,
  };
}
