import { setTimeout as delay } from 'node:timers/promises';
import type { TestProject } from 'vitest/node';
import { CHROMIUM } from './browser-engine.ts';
import { launchBrowserServer } from './browser.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the run's one Chromium can be reached. */
    chromiumEndpoint: string;
  }
}

const CLOSING_TIMEOUT_MS = 15_000;

/** Global setup: one Chromium for all files of the run; each test has a context of its own in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await launchBrowserServer(CHROMIUM);
  project.provide('chromiumEndpoint', server.wsEndpoint());
  return async () => {
    const late = delay(CLOSING_TIMEOUT_MS, 'late' as const, { ref: false });
    if ((await Promise.race([server.close(), late])) === 'late') await server.kill();
  };
}
