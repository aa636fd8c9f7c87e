import { CHROMIUM_SHELL } from './browser-engine.ts';
import { acquireBrowser } from './find-browser.ts';

/** Global setup: Vitest starts the browser itself, and has to find one. */
export default async function setup(): Promise<void> {
  await acquireBrowser(CHROMIUM_SHELL);
}
