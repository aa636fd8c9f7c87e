import { CHROMIUM, FIREFOX, WEBKIT } from '../browser-engine.ts';
import { acquireProgram } from '../debian-package.ts';
import { acquireBrowser } from '../find-browser.ts';
import type { EngineName, EngineSession } from './engine.ts';
import { launchPlaywrightEngine } from './playwright-engine.ts';
import { launchWebKitGtk } from './webkit-gtk-engine.ts';

/**
 * Starts an engine: what the environment variable names (`TOKENWARD_CHROMIUM`, `TOKENWARD_FIREFOX`, `TOKENWARD_WEBKIT`),
 * Playwright's own, the system's, else one is got. Firefox takes some five seconds, WebKitGTK two for each profile.
 *
 * @returns a session that the caller has to close
 */
export async function launchEngine(name: EngineName): Promise<EngineSession> {
  if (name === 'chromium') return launchPlaywrightEngine(name, CHROMIUM);
  if (name === 'firefox') return launchPlaywrightEngine(name, FIREFOX);
  const { executablePath, origin } = await acquireBrowser(WEBKIT);
  if (origin === 'playwright') return launchPlaywrightEngine(name, WEBKIT);
  const driver = await acquireProgram('WebKitWebDriver', 'webkit2gtk-driver');
  const xvfb = await acquireProgram('Xvfb', 'xvfb');
  return launchWebKitGtk({ miniBrowser: executablePath, driver, xvfb });
}
