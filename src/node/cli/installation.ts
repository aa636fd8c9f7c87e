import { readFileSync } from 'node:fs';
import { hasStrings } from '../../protocol/json.ts';

/** The folder of the installed package: this file is `dist/cli.js` of it. Nothing is ever asked of a registry. */
const PACKAGE = new URL('../', import.meta.url);

/** The version of the installed package. */
export const VERSION: string = readVersion();

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('package.json', PACKAGE), 'utf8'));
  return hasStrings(manifest, 'version') ? manifest.version : 'unknown';
}
