import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { CHROMIUM_SHELL, type BrowserEngine } from '../support/browser-engine.ts';
import { findBrowser } from '../support/find-browser.ts';

/** Where Playwright's installer puts the browser and its shell. */
const OWN = 'playwright/chromium-7/chrome-linux64/chrome';
const OWN_SHELL = 'playwright/chromium_headless_shell-7/chrome-headless-shell-linux64/chrome-headless-shell';
const OLD_SHELL = 'playwright/chromium_headless_shell-6/chrome-headless-shell-linux64/chrome-headless-shell';

/** Where a system has them. */
const SYSTEM = 'bin/chromium';
const SYSTEM_SHELL = 'bin/chromium-headless-shell';

let folder: string;
let machines = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tokenward-shell-'));
  vi.stubEnv('PATH', join(folder, 'bin'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});
afterEach(() => vi.unstubAllEnvs());

/** Adds a program that starts, or one that does not. */
function addProgram(path: string, exitCode: 0 | 1 = 0): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), `#!/bin/sh\nexit ${exitCode}\n`);
  chmodSync(join(folder, path), 0o755);
}

/** Returns the engine as it is found on the machine with the programs that were added. */
function engine(): BrowserEngine {
  machines += 1;
  return {
    ...CHROMIUM_SHELL,
    // The search remembers a browser by this.
    name: `machine ${machines}`,
    environmentVariable: 'TOKENWARD_TEST_SHELL',
    type: { ...CHROMIUM_SHELL.type, executablePath: () => join(folder, OWN) },
    commands: ['chromium'],
    places: [],
  };
}

describe.skipIf(process.platform === 'win32')('the search for a headless shell', () => {
  test.for<[what: string, programs: readonly string[], expected: string, origin: string]>([
    ['that Playwright has installed with its browser', [OWN, OWN_SHELL, SYSTEM, SYSTEM_SHELL], OWN_SHELL, 'playwright'],
    ['that the system has with its browser', [SYSTEM, SYSTEM_SHELL], SYSTEM_SHELL, 'system'],
    ['of another revision takes the browser', [OWN, OLD_SHELL], OWN, 'playwright'],
    ['of another installer takes the browser', [OWN, SYSTEM_SHELL], OWN, 'playwright'],
    ['that is not there takes the browser', [SYSTEM], SYSTEM, 'system'],
  ])('%s', ([, programs, expected, origin]) => {
    for (const program of programs) addProgram(program);

    expect(findBrowser(engine())).toEqual({ executablePath: join(folder, expected), origin });
  });

  test('that does not start takes the browser', () => {
    addProgram(SYSTEM);
    addProgram(SYSTEM_SHELL, 1);

    expect(findBrowser(engine())).toEqual({ executablePath: join(folder, SYSTEM), origin: 'system' });
  });

  test('leaves the browser that the environment names', () => {
    addProgram(SYSTEM);
    addProgram(SYSTEM_SHELL);
    vi.stubEnv('TOKENWARD_TEST_SHELL', join(folder, SYSTEM));

    expect(findBrowser(engine())).toEqual({ executablePath: join(folder, SYSTEM), origin: 'environment' });
  });

  test('finds nothing without a browser, since nothing says which version a shell alone has', () => {
    addProgram(SYSTEM_SHELL);

    expect(findBrowser(engine())).toBeUndefined();
  });
});
