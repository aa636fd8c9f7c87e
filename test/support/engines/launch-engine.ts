import { basename } from 'node:path';
import { type BrowserEngine, CHROMIUM, FIREFOX, WEBKIT } from '../browser-engine.ts';
import { acquireProgram } from '../debian-package.ts';
import { acquireBrowser, type FoundBrowser } from '../find-browser.ts';
import type { EngineName, EngineSession } from './engine.ts';
import { launchPlaywrightEngine } from './playwright-engine.ts';
import { launchWebKitGtk } from './webkit-gtk-engine.ts';

/** Engines by their names. */
export const ENGINES: Readonly<Record<EngineName, BrowserEngine>> = {
  chromium: CHROMIUM,
  firefox: FIREFOX,
  webkit: WEBKIT,
};

/** What WebKitGTK's small browser is called, which takes WebDriver; Playwright drives every other browser. */
const MINI_BROWSER = 'MiniBrowser';

/** What drives a browser: Playwright, where it can, since its own build of WebKit is what most have; else WebDriver. */
export function driverOf(name: EngineName, { executablePath }: FoundBrowser): 'playwright' | 'webdriver' {
  return name === 'webkit' && basename(executablePath) === MINI_BROWSER ? 'webdriver' : 'playwright';
}

/**
 * Starts an engine: what the environment variable names (`TOKENWARD_CHROMIUM`, `TOKENWARD_FIREFOX`, `TOKENWARD_WEBKIT`),
 * Playwright's own, the system's, else one is got. Firefox takes some five seconds, WebKitGTK two for each profile.
 *
 * @returns a session that the caller has to close
 */
export async function launchEngine(name: EngineName): Promise<EngineSession> {
  const browser = await acquireBrowser(ENGINES[name]);
  if (driverOf(name, browser) === 'playwright') return launchPlaywrightEngine(name, ENGINES[name]);
  const driver = await acquireProgram('WebKitWebDriver', 'webkit2gtk-driver');
  const xvfb = await acquireProgram('Xvfb', 'xvfb');
  return launchWebKitGtk({ miniBrowser: browser.executablePath, driver, xvfb });
}
