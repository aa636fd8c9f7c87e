import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import manifest from './package.json' with { type: 'json' };
import { lazyChromiumOptions } from './test/support/browser.ts';
import { ENGINE_PROJECT, EngineMatrixReporter } from './test/support/engines/matrix-reporter.ts';
import { MeasuredOrder } from './test/support/measured-order.ts';
import { ENGINE_NAMES, type EngineName } from './test/support/engines/engine.ts';

/** Machines of two cores are common, and a browser takes one of them. */
const MAX_WORKERS = 2;

/** A test in a browser often waits for a pause of the library: a third one has the processor meanwhile. */
const MAX_BROWSER_WORKERS = 3;

/** A project of tests in node that drive the run's one Chromium, with what is in `dist`. */
function drivenBrowserProject(name: string, testTimeoutMs = 60_000): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      environment: 'node',
      globalSetup: ['test/support/setup-build.ts', 'test/support/setup-browser-server.ts'],
      // The files of a worker share the servers' modules and keys: to load them for each file took an eighth of the time.
      isolate: false,
      maxWorkers: MAX_BROWSER_WORKERS,
      testTimeout: testTimeoutMs,
      hookTimeout: 60_000,
      sequence: { groupOrder: 1 },
    },
  };
}

/** The tests that are written once for all engines, in one of them: its browser is started once, and the files share it. */
function engineProject(name: EngineName, index: number): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name: `${ENGINE_PROJECT}${name}`,
      include: ['test/engines/**/*.test.ts'],
      environment: 'node',
      globalSetup: ['test/support/setup-build.ts'],
      provide: { engine: name },
      isolate: false,
      maxWorkers: 1,
      // Functions in a page may run for 75 s, and then say what they have waited for.
      testTimeout: 180_000,
      hookTimeout: 120_000,
      sequence: { groupOrder: 2 + index },
    },
  };
}

export default defineConfig({
  test: {
    maxWorkers: MAX_WORKERS,
    sequence: { sequencer: MeasuredOrder },
    // A busy machine is no fault: what comes at all comes within this time.
    expect: { poll: { timeout: 15_000 } },
    // What a poll saw last is the first thing to know of one that failed.
    chaiConfig: { truncateThreshold: 0 },
    reporters: ['default', 'json', new EngineMatrixReporter()],
    outputFile: { json: 'test-results/vitest.json' },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/{unit,server}/**/*.test.ts'],
          environment: 'node',
          // The files share a process, and the modules that they load: that takes a third of the time.
          isolate: false,
          // Some start servers of Debian: on a busy machine that takes long.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          include: ['test/{package,cli}/**/*.test.ts'],
          environment: 'node',
          // Once, and not by each file that needs it: two files would write the bundles at the same time.
          globalSetup: ['test/support/setup-build.ts'],
          // They start other programs, and read all files: on a busy machine that takes long.
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        // A worker script under `sw` may control the whole origin.
        server: { headers: { 'Service-Worker-Allowed': '/' } },
        // Found late, they would make the page reload in the middle of a test.
        optimizeDeps: {
          include: [...Object.keys(manifest.dependencies), 'workbox-routing/Route.js', 'workbox-routing/Router.js'],
        },
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/support/setup-build.ts', 'test/support/setup-chromium.ts'],
          // As long as for the other tests in a browser: the library itself waits for twenty seconds.
          testTimeout: 60_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: lazyChromiumOptions() }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      drivenBrowserProject('e2e'),
      ...ENGINE_NAMES.map(engineProject),
    ],
  },
});
