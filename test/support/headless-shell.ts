import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findOnPath, isExecutable } from './on-path.ts';

/** Folder of a Chromium that Playwright has installed; that of the shell has the same revision. */
const PLAYWRIGHT_FOLDER = /^(.*[/\\])chromium-(\d+)[/\\]/;

/**
 * Finds the headless shell of the same version as a Chromium: the one that the same installer brings.
 *
 * @param executablePath the Chromium
 */
export function findHeadlessShell(executablePath: string): string | undefined {
  const [, parent, revision] = PLAYWRIGHT_FOLDER.exec(executablePath) ?? [];
  if (parent === undefined) return findOnPath('chromium-headless-shell')[0];

  const folder = join(parent, `chromium_headless_shell-${revision}`);
  if (!existsSync(folder)) return undefined;
  return readdirSync(folder)
    .flatMap((platform) => ['', '.exe'].map((ending) => join(folder, platform, `chrome-headless-shell${ending}`)))
    .find(isExecutable);
}
