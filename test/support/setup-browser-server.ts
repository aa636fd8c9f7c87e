import type { TestProject } from 'vitest/node';
import { CHROMIUM_SHELL } from './browser-engine.ts';
import { launchBrowserServer } from './browser.ts';
import { closeInTime } from './time-limit.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the run's one Chromium can be reached. */
    chromiumEndpoint: string;
  }
}

/** Global setup: one Chromium for all files of the run; each test has a context of its own in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await launchBrowserServer(CHROMIUM_SHELL);
  project.provide('chromiumEndpoint', server.wsEndpoint());
  return async () => {
    if (!(await closeInTime(server.close(), 'The browser'))) await server.kill();
  };
}
