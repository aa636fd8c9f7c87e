import { chromium } from 'playwright';
import { expect, test } from 'vitest';
import { CHROMIUM, PLAYWRIGHT_DISABLED_FEATURES } from '../support/browser-engine.ts';

const FEATURES = /--disable-features=(\S+)/;

/** The command line of Playwright's, which it tells when the program is no browser. */
async function commandLineOf(args: readonly string[]): Promise<string> {
  const failure: unknown = await chromium.launch({ executablePath: process.execPath, args: [...args] }).catch(String);
  return String(failure);
}

test('Chromium is started without the features that Playwright disables, and a few more', async () => {
  const [, disabled] = FEATURES.exec(await commandLineOf([])) ?? [];
  expect(disabled?.split(',')).toEqual(PLAYWRIGHT_DISABLED_FEATURES);

  const own = CHROMIUM.launchOptions('system').args ?? [];
  // The last one counts.
  const [, last] = FEATURES.exec((await commandLineOf(own)).split(' ').toReversed().join(' ')) ?? [];
  expect(last?.split(',')).toEqual(expect.arrayContaining([...PLAYWRIGHT_DISABLED_FEATURES, 'WebUIOmniboxPopup']));
});
