import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import logger from '@wdio/logger';
import { BidiHandler } from 'webdriver';
import { FIREFOX } from '../browser-engine.ts';
import { acquireBrowser } from '../find-browser.ts';
import { BidiTab } from './bidi-tab.ts';
import type { EngineName, EnginePage, EngineTab } from './engine.ts';
import { launchEngine } from './launch-engine.ts';

/** A tab of a {@link QuietBrowser}, which can stop its workers where Playwright drives it. */
export type QuietTab = EngineTab & Partial<Pick<EnginePage, 'profile' | 'bringToFront'>>;

/** A browser whose requests are measured: it tells its driver nothing of them, or nothing that takes long. */
export interface QuietBrowser {
  readonly label: string;
  /** Opens a tab with a profile of its own. */
  newTab(): Promise<QuietTab>;
  /** Ends the browser. */
  close(): Promise<void>;
}

/** Nothing of the browser's own while something is measured. */
const FIREFOX_PREFS: Readonly<Record<string, boolean | number | string>> = {
  'app.update.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'http://localhost:9/',
};

/**
 * Starts an engine for a measurement of requests. Playwright has Firefox tell it of each request and keep each answer, which
 * takes longer than the request and grows with their number; there WebDriver BiDi does without.
 */
export async function launchQuietBrowser(engine: EngineName): Promise<QuietBrowser> {
  if (engine === 'firefox') return launchQuietFirefox();
  const session = await launchEngine(engine);
  const newTab = async (): Promise<QuietTab> => (await session.newProfile()).newPage();
  return { label: session.label, newTab, close: session.close };
}

async function launchQuietFirefox(): Promise<QuietBrowser> {
  const { executablePath } = await acquireBrowser(FIREFOX);
  const folder = await mkdtemp(join(tmpdir(), 'tokenward-firefox-'));
  const prefs = Object.entries(FIREFOX_PREFS).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
  );
  await writeFile(join(folder, 'user.js'), prefs.join('\n'));
  const args = ['--headless', '--no-remote', '--profile', folder, '--remote-debugging-port', '0', 'about:blank'];
  const firefox = spawn(executablePath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  // Whoever is stopped by a signal must not leave it behind.
  process.once('exit', () => firefox.kill());
  logger.setLogLevelsConfig({}, 'silent');
  // It subscribes to no events: what the browser had to say of each request is time that would be taken for the request's.
  const browser = new BidiHandler(`${await listeningAt(firefox)}/session`);
  if (!(await browser.connect())) throw new Error('Firefox accepts no connection.');
  const { capabilities } = await browser.sessionNew({ capabilities: {} });
  return {
    label: `Firefox ${capabilities.browserVersion}`,
    newTab: async () => {
      const { userContext } = await browser.browserCreateUserContext({});
      const { context } = await browser.browsingContextCreate({ type: 'tab', userContext });
      await browser.browsingContextActivate({ context });
      return new BidiTab(browser, context);
    },
    close: async () => {
      const ended = once(firefox, 'exit');
      browser.close();
      firefox.kill();
      await ended;
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Firefox says on its standard error where it listens. */
async function listeningAt({ stderr }: ChildProcess): Promise<string> {
  if (!stderr) throw new Error('Firefox has no standard error to read.');
  for await (const line of createInterface(stderr)) {
    const url = /WebDriver BiDi listening on (ws:\S+)/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error('Firefox has ended before it listened.');
}
