import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Network, startNetwork } from '../interop/providers/network.ts';
import { nameOf } from '../interop/providers/provider-row.ts';
import { PROVIDER_STEPS } from '../interop/providers/provider-steps.ts';
import { runProvider } from '../interop/providers/run-provider.ts';
import { PROVIDER_ROWS } from '../interop/providers/rows/index.ts';
import { CHROMIUM_SHELL } from '../support/browser-engine.ts';
import { launchBrowser } from '../support/browser.ts';

let network: Network;
let browser: Browser;
beforeAll(async () => {
  network = await startNetwork();
  // Not the run's one Chromium: the hosts of the providers lead to this process.
  browser = await launchBrowser(CHROMIUM_SHELL, { args: [...network.browserArguments] });
});
afterAll(async () => {
  await browser.close();
  await network.close();
});

const ROWS = PROVIDER_ROWS.map((row) => ({ name: nameOf(row), row }));

describe('with the configuration of its profile', () => {
  test.for(ROWS.filter(({ row }) => row.expected.refusal === undefined))(
    'an app signs in at $name, calls its API, refreshes, renews and signs out',
    async ({ row }) => {
      const steps: string[] = [];

      expect(await runProvider(row, { browser, network }, (step) => steps.push(step))).toBe('works');

      expect(steps).toEqual(PROVIDER_STEPS.map(({ name }) => name));
    },
  );

  test.for(ROWS.filter(({ row }) => row.expected.refusal !== undefined))(
    'no app without a relay signs in at $name, and the error says why',
    async ({ row }) => {
      const result = await runProvider(row, { browser, network }, () => {});

      expect(result).toEqual({ impossible: expect.stringContaining('token endpoint') });
    },
  );
});
