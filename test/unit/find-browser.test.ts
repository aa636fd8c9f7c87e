import { afterEach, describe, expect, test, vi } from 'vitest';
import { CHROMIUM, type BrowserEngine } from '../support/browser-engine.ts';
import { findBrowser } from '../support/find-browser.ts';

const NODE: BrowserEngine = { ...CHROMIUM, environmentVariable: 'TOKENWARD_TEST_BROWSER', commands: [], places: [] };

afterEach(() => vi.unstubAllEnvs());

describe('the search for a browser', () => {
  test('takes what the environment names, before anything else', () => {
    vi.stubEnv('TOKENWARD_TEST_BROWSER', process.execPath);

    const found = findBrowser({ ...NODE, name: 'named' });

    expect(found).toEqual({ executablePath: process.execPath, origin: 'environment' });
  });

  test('does not pass over a mistake in the environment', () => {
    vi.stubEnv('TOKENWARD_TEST_BROWSER', '/nowhere/chromium');

    expect(() => findBrowser({ ...NODE, name: 'mistaken' })).toThrow(/TOKENWARD_TEST_BROWSER is \/nowhere\/chromium/);
  });

  test('finds a command on PATH, and a program in its usual place', () => {
    const type = { ...CHROMIUM.type, executablePath: () => '/nowhere/chromium' };
    const command = findBrowser({ ...NODE, type, name: 'command', commands: ['nowhere', 'node'] });
    const place = findBrowser({ ...NODE, type, name: 'place', places: ['/nowhere/node', process.execPath] });

    expect(command).toMatchObject({ executablePath: expect.stringMatching(/node$/), origin: 'system' });
    expect(place).toEqual({ executablePath: process.execPath, origin: 'system' });
  });

  test('finds nothing where there is only a program that does not start', () => {
    const type = { ...CHROMIUM.type, executablePath: () => '/nowhere/chromium' };

    expect(findBrowser({ ...NODE, type, name: 'broken', places: ['/etc/hostname'] })).toBeUndefined();
  });
});
