import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { BrowserEngine } from '../support/browser-engine.ts';
import { ENGINE_NAMES, type EngineName } from '../support/engines/engine.ts';
import { driverOf, ENGINES } from '../support/engines/launch-engine.ts';
import { type FoundBrowser, findBrowser } from '../support/find-browser.ts';

/** Where Playwright's installer puts its builds, below a folder of its own. */
const INSTALLED: Readonly<Record<EngineName, string>> = {
  chromium: 'chromium-1/chrome-linux64/chrome',
  firefox: 'firefox-1/firefox/firefox',
  webkit: 'webkit-1/pw_run.sh',
};

let folders = 0;

/** An engine on a machine that has Playwright's own build of it, the system's, both or neither. */
function engineWith(name: EngineName, there: { readonly own: boolean; readonly system: boolean }): BrowserEngine {
  const folder = mkdtempSync(join(tmpdir(), 'tokenward-engine-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const own = join(folder, 'playwright', INSTALLED[name]);
  const system = join(folder, 'system', name === 'webkit' ? 'MiniBrowser' : name);
  if (there.own) addProgram(own);
  if (there.system) addProgram(system);
  return {
    ...ENGINES[name],
    // What was found is remembered by this.
    name: `${name} ${(folders += 1)}`,
    environmentVariable: 'TOKENWARD_TEST_ENGINE',
    type: { ...ENGINES[name].type, executablePath: () => own },
    commands: [],
    places: [system],
  };
}

/** A program that tells its version, as browsers do. */
function addProgram(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '#!/bin/sh\necho 1.0\n');
  chmodSync(path, 0o755);
}

function found(engine: BrowserEngine): FoundBrowser {
  const browser = findBrowser(engine);
  if (browser === undefined) throw new Error('Nothing was found.');
  return browser;
}

describe('of an engine', () => {
  test.for(ENGINE_NAMES)('Playwright’s own build comes before the system’s, and Playwright drives it: %s', (name) => {
    const browser = found(engineWith(name, { own: true, system: true }));

    expect(browser).toMatchObject({ executablePath: expect.stringContaining(INSTALLED[name]), origin: 'playwright' });
    expect(driverOf(name, browser)).toBe('playwright');
    expect(ENGINES[name].launchOptions(browser.origin).channel).toBeUndefined();
  });

  test.for([
    ['chromium', 'playwright', undefined],
    ['firefox', 'playwright', 'moz-firefox'],
    ['webkit', 'webdriver', undefined],
  ] as const)('the system’s build is taken where there is no other: %s by %s', ([name, driver, channel]) => {
    const browser = found(engineWith(name, { own: false, system: true }));

    expect(browser.origin).toBe('system');
    expect(driverOf(name, browser)).toBe(driver);
    expect(ENGINES[name].launchOptions(browser.origin).channel).toBe(channel);
  });

  test('the build of WebKit that the environment names is driven by what can drive it', () => {
    const engine = engineWith('webkit', { own: true, system: true });
    const [system = ''] = engine.places;

    for (const [path, driver] of [
      [engine.type.executablePath(), 'playwright'],
      [system, 'webdriver'],
    ] as const) {
      vi.stubEnv('TOKENWARD_TEST_ENGINE', path);
      const browser = found({ ...engine, name: `${engine.name} by ${driver}` });
      expect(browser).toEqual({ executablePath: path, origin: 'environment' });
      expect(driverOf('webkit', browser)).toBe(driver);
    }
    vi.unstubAllEnvs();
  });

  test('nothing is found where there is neither', () => {
    for (const name of ENGINE_NAMES) {
      expect(findBrowser(engineWith(name, { own: false, system: false }))).toBeUndefined();
    }
  });
});
