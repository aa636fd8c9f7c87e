import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasStrings } from '../protocol/json.ts';

/** An installed copy of the package. */
export interface Installation {
  readonly folder: string;
  readonly version: string;
}

/** The copy that this command is part of: it is `dist/cli.js` there. */
export const OWN: Installation = installationAt(fileURLToPath(new URL('../', import.meta.url)));

/**
 * Finds the package that an app has installed, as the app itself would: whatever `npx` may have fetched to run this command is
 * not what the app is built with. No registry is asked.
 *
 * @param folder the app's folder
 * @throws Error that says what to do, where the app has none
 */
export function findInstallation(folder: string): Installation {
  try {
    const manifest = createRequire(join(folder, 'package.json')).resolve('tokenward/package.json');
    return installationAt(dirname(manifest));
  } catch {
    throw new Error(`tokenward is not installed in ${folder}. Install it first: npm install tokenward`);
  }
}

/** Returns the text of the standalone worker of an installation. */
export function readStandaloneWorker({ folder }: Installation): string {
  return readFileSync(join(folder, 'dist/standalone/tokenward-sw.js'), 'utf8');
}

function installationAt(folder: string): Installation {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return { folder, version: hasStrings(manifest, 'version') ? manifest.version : 'unknown' };
}
