import type { Browser, BrowserContext, Page } from 'playwright';
import { launchBrowser } from '../support/browser.ts';
import { CHROMIUM, FIREFOX } from '../support/browser-engine.ts';
import type { EnginePage, EngineSession } from '../support/engines/engine.ts';
import { launchEngine } from '../support/engines/launch-engine.ts';
import type { EngineName } from './attack.ts';
import type { Tab } from './tab.ts';

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

/** Starts an engine. */
export async function startEngine(name: EngineName): Promise<Engine> {
  if (name === 'webkit') return neutralEngine(await launchEngine(name));
  const browser = await launchBrowser(name === 'firefox' ? FIREFOX : CHROMIUM);
  return { name, openProfile: async () => playwrightProfile(await newContext(browser)), close: () => browser.close() };
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
    goto: (url) => page.goto(url),
    evaluate,
    url: () => page.url(),
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

function playwrightProfile(context: BrowserContext): Profile {
  return { openTab: async () => playwrightTab(await context.newPage()), close: () => context.close() };
}

function playwrightTab(page: Page): Tab {
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', ({ message, stack = '' }) => said.push(message, stack));
  return {
    page,
    said: () => said.join('\n'),
    goto: async (url) => {
      await page.goto(url);
    },
    evaluate: (script: (argument: never) => unknown, argument?: unknown) => page.evaluate(expression(script, argument)),
    url: async () => page.url(),
    close: () => page.close(),
  };
}

/** A call of a function as an expression, for engines that only take those. */
function expression(script: (argument: never) => unknown, argument: unknown): string {
  return `(async () => { const __name = (value) => value; return await (${String(script)})(${JSON.stringify(argument)}); })()`;
}
