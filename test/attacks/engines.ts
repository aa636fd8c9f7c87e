import type { Browser, BrowserContext, Page } from 'playwright';
import { launchBrowser } from '../support/browser.ts';
import { CHROMIUM, FIREFOX } from '../support/browser-engine.ts';
import type { EngineName, EnginePage, EngineSession } from '../support/engines/engine.ts';
import { launchEngine } from '../support/engines/launch-engine.ts';
import { launchRenewable } from '../support/engines/renewable-session.ts';
import type { Tab } from './tab.ts';
import { closed, within } from './time-limit.ts';
import { STEP_TIMEOUT_MS } from './until.ts';

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
  /** Whether the browser gets no further profile: it can end once those that it has are closed. */
  readonly isRetired: () => boolean;
  readonly close: () => Promise<void>;
}

/** How long a browser may take to make a profile, in milliseconds. */
const ANSWER_MS = 20_000;

/** Starts an engine. */
export async function startEngine(name: EngineName): Promise<Engine> {
  if (name === 'webkit') return neutralEngine(await launchEngine(name));
  return playwrightEngine(name);
}

/** A browser that has stopped to answer, or has had its number of profiles, is left, and another one started. */
async function playwrightEngine(name: 'chromium' | 'firefox'): Promise<Engine> {
  // Playwright keeps Chromium from keeping pages for the way back, as it does for every user.
  const launch = (): Promise<Browser> =>
    name === 'firefox'
      ? launchBrowser(FIREFOX)
      : launchBrowser(CHROMIUM, { ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  const session = await launchRenewable(async () => {
    const browser = await launch();
    return {
      name,
      label: name,
      newProfile: () => within(ANSWER_MS, newContext(browser)),
      close: () => closed(browser.close()),
    };
  });
  const openProfile = async (): Promise<Profile> => {
    const context = await session.newProfile().catch(() => session.newProfile());
    return {
      openTab: async () => playwrightTab(name, await context.newPage()),
      isRetired: () => session.isRetired(context),
      close: async () => {
        await closed(context.close());
        await session.release(context, { isFit: true });
      },
    };
  };
  return { name, openProfile, close: () => session.close() };
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
      return { openTab, isRetired: () => false, close: () => profile.close() };
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
  context.setDefaultTimeout(STEP_TIMEOUT_MS);
  // The functions that run in a page were compiled with calls of this.
  await context.addInitScript('globalThis.__name = (value) => value;');
  return context;
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
