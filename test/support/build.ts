import { execFile } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { ENTRIES } from '../../pack/entries.ts';

/** The folder of package.json. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

const SOURCES = ['src', 'sw', 'rollup.config.ts', 'package.json'];
const SOURCES_OF_DECLARATIONS = ['src', 'sw', 'pack', 'package.json', 'package-lock.json', 'tsconfig.json'];
const OUTPUTS = [
  'index.js',
  'sw.js',
  'server.js',
  'vite.js',
  'auto.js',
  'auto-module.js',
  'compat/auth0.js',
  'testing.js',
  'testing/server.js',
  'cli.js',
  'inspector.js',
  'react.js',
  'standalone/tokenward-sw.js',
  'standalone/tokenward-workbox.js',
  'standalone/package.json',
  'cjs/package.json',
  'cjs/server.js',
];

/**
 * Bundles `dist` unless every file of it is newer than every source.
 *
 * @throws Error with the bundler's own words if that fails
 */
export async function buildIfNeeded(): Promise<void> {
  if (isBuilt()) return;
  await runScript('bundle');
}

/**
 * Writes the declarations of each entry to `dist`, unless every one of them is newer than every source. The bundles must be there.
 *
 * @throws Error with the compiler's own words if that fails
 */
export async function declareIfNeeded(): Promise<void> {
  const declarations = ENTRIES.flatMap(({ types }) => types);
  if (areNewer(declarations, SOURCES_OF_DECLARATIONS)) return;
  await runScript('declarations');
}

/**
 * Runs a script of package.json and waits for its end.
 *
 * @param folder the folder of package.json; this checkout's by default
 * @throws Error with what the script said, if it fails
 */
export async function runScript(script: string, folder: string = ROOT): Promise<void> {
  const shell = process.platform === 'win32';
  try {
    await promisify(execFile)('npm', ['run', '--silent', script], { cwd: folder, shell });
  } catch (error) {
    const output = error instanceof Error && 'stdout' in error && 'stderr' in error ? [error.stdout, error.stderr] : [];
    throw new Error(`npm run ${script} failed:\n${output.join('\n')}`, { cause: error });
  }
}

function isBuilt(): boolean {
  return areNewer(
    OUTPUTS.map((file) => `dist/${file}`),
    SOURCES,
  );
}

/** Whether all files are there, and are newer than every source; paths from the root. */
function areNewer(files: readonly string[], sources: readonly string[]): boolean {
  const writtenAtMs = Math.min(...files.map((file) => modifiedAtMs(join(ROOT, file)) ?? 0));
  return sources.every((source) => newestAtMs(join(ROOT, source)) < writtenAtMs);
}

function newestAtMs(path: string): number {
  if (!statSync(path).isDirectory()) return modifiedAtMs(path) ?? 0;
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Math.max(0, ...files.map((file) => modifiedAtMs(join(file.parentPath, file.name)) ?? 0));
}

function modifiedAtMs(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (!isBuilt()) process.stderr.write('building the package\n');
  await buildIfNeeded();
}
