import type { Browser, BrowserContext, Page } from 'playwright';
import { launchBrowser } from '../support/browser.ts';
import { CHROMIUM, FIREFOX } from '../support/browser-engine.ts';
import type { EngineName, EnginePage, EngineSession } from '../support/engines/engine.ts';
import { launchEngine } from '../support/engines/launch-engine.ts';
import type { Tab } from './tab.ts';
import { closed, within } from './time-limit.ts';

/** A browser that attacks take place in. */
export interface Engine {
  readonly name: EngineName;
  /** A profile of its own: no cookies, no storage, no worker. */
  readonly openProfile: () => Promise<Profile>;
  readonly close: () => Promise<void>;
}

/** A user's browser. */
export interface Profile {
  readonly openTab: () => Promise<Tab>;
  readonly close: () => Promise<void>;
}

/** How long a browser may take to make a profile, in milliseconds. */
const ANSWER_MS = 20_000;

/** Starts an engine. */
export async function startEngine(name: EngineName): Promise<Engine> {
  if (name === 'webkit') return neutralEngine(await launchEngine(name));
  return playwrightEngine(name);
}

/** A browser that has stopped to answer is left, and another one started. */
async function playwrightEngine(name: 'chromium' | 'firefox'): Promise<Engine> {
  // Playwright keeps Chromium from keeping pages for the way back, as it does for every user.
  const launch = (): Promise<Browser> =>
    name === 'firefox'
      ? launchBrowser(FIREFOX)
      : launchBrowser(CHROMIUM, { ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  let browser = await launch();
  const openProfile = async (): Promise<Profile> => {
    const current = browser;
    const context = await within(ANSWER_MS, newContext(current)).catch(() => undefined);
    if (context) return playwrightProfile(name, context);
    // Two lanes may find that out at once.
    if (browser === current) {
      await closed(current.close());
      browser = await launch();
    }
    return playwrightProfile(name, await newContext(browser));
  };
  return { name, openProfile, close: () => closed(browser.close()) };
}

/** An engine that Playwright may not drive; it has no more than what every engine has. */
function neutralEngine(session: EngineSession): Engine {
  return {
    name: session.name,
    openProfile: async () => {
      const profile = await session.newProfile();
      // A driver takes the last tab for the end of the session, and opens others from the one in front.
      const keeper = await profile.newPage();
      const openTab = async (): Promise<Tab> => {
        await keeper.bringToFront();
        return neutralTab(await profile.newPage());
      };
      return { openTab, close: () => profile.close() };
    },
    close: () => session.close(),
  };
}

function neutralTab(page: EnginePage): Tab {
  function evaluate<R>(script: () => R | Promise<R>): Promise<R>;
  function evaluate<R, A>(script: (argument: A) => R | Promise<R>, argument: A): Promise<R>;
  function evaluate(script: (argument: unknown) => unknown, argument?: unknown): Promise<unknown> {
    return page.evaluate(script, argument);
  }
  return {
    page: undefined,
    said: () => '',
    forgetSaid: () => {},
    goto: async (url) => {
      await page.goto(url);
    },
    evaluate,
    url: () => page.url(),
    click: () => page.click('html'),
    close: () => page.close(),
  };
}

async function newContext(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext();
  context.setDefaultTimeout(20_000);
  // The functions that run in a page were compiled with calls of this.
  await context.addInitScript('globalThis.__name = (value) => value;');
  return context;
}

function playwrightProfile(name: EngineName, context: BrowserContext): Profile {
  return { openTab: async () => playwrightTab(name, await context.newPage()), close: () => context.close() };
}

function playwrightTab(name: EngineName, page: Page): Tab {
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', ({ message, stack = '' }) => said.push(message, stack));
  return {
    page: name === 'chromium' ? page : undefined,
    said: () => said.join('\n'),
    forgetSaid: () => void said.splice(0),
    goto: async (url) => {
      try {
        await page.goto(url);
      } catch (error) {
        // Firefox's driver tells of one navigation twice at times, under two names.
        if (!String(error).includes(`Navigation to "${url}" is interrupted by another navigation to "${url}"`))
          throw error;
        await page.waitForLoadState();
      }
    },
    evaluate: (script: (argument: never) => unknown, argument?: unknown) => page.evaluate(expression(script, argument)),
    url: async () => page.url(),
    click: () => page.mouse.click(5, 5),
    close: () => page.close(),
  };
}

/** A call of a function as an expression, for engines that only take those. */
function expression(script: (argument: never) => unknown, argument: unknown): string {
  return `(async () => { const __name = (value) => value; return await (${String(script)})(${JSON.stringify(argument)}); })()`;
}
