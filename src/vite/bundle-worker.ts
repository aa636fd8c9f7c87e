import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import type { ResolvedConfig } from 'vite';
import { findAppConfiguration } from '../server/node/find-configuration.ts';
import { loadAppConfiguration, type WorkerSource } from './app-configuration.ts';
import { loadVite } from './load-vite.ts';

/** The worker of an app. */
export interface BundledWorker extends WorkerSource {
  /** The whole script: the standalone library of this package, then the program. */
  readonly script: string;
}

/**
 * Makes the worker's script from the library and the app's own file, or from the app's one configuration where there is no such file.
 *
 * @param file the app's own file, from the root
 * @param config Vite's configuration for the app
 * @throws Error that names the fix if both files are missing, or the bundler's own error
 */
export async function makeWorker(file: string, config: ResolvedConfig): Promise<BundledWorker> {
  const path = findAppConfiguration(config.root);
  if (existsSync(resolve(config.root, file)) || path === undefined) return bundleWorker(file, config);
  const made = await loadAppConfiguration(path, config, await loadVite());
  return { ...made, script: await withLibrary(made.program) };
}

/**
 * Bundles the worker's script from the library and the app's own file, which may be TypeScript, import modules, and use
 * `import.meta.env` as the app does.
 *
 * @param file the app's own file, from the root
 * @param config Vite's configuration for the app
 * @throws Error that names the fix if the file is missing, or the bundler's own error
 */
async function bundleWorker(file: string, config: ResolvedConfig): Promise<BundledWorker> {
  if (!existsSync(resolve(config.root, file))) throw new Error(describeMissingFile(file));
  const { build, majorVersion } = await loadVite();
  const { root, base, mode, envDir, envPrefix, define = {}, resolve: resolution } = config;
  const bundlerOptions = {
    input: resolve(root, file),
    output: { format: 'iife', entryFileNames: 'worker.js' },
  } as const;
  const outputs = await build({
    // Leave out the app's plugins, which are for pages.
    configFile: false,
    root,
    base,
    mode,
    envDir,
    ...(envPrefix === undefined ? {} : { envPrefix }),
    define,
    resolve: { alias: resolution.alias },
    publicDir: false,
    logLevel: 'silent',
    build: {
      write: false,
      target: 'es2022',
      ...(majorVersion < FIRST_WITH_ROLLDOWN ? { rollupOptions: bundlerOptions } : { rolldownOptions: bundlerOptions }),
    },
  });
  const [bundle] = [outputs].flat();
  const chunk = bundle && 'output' in bundle ? bundle.output[0] : undefined;
  if (chunk === undefined) throw new Error(`${file}: the bundler produced no output.`);
  return {
    file: relative(root, resolve(root, file)),
    program: chunk.code,
    script: await withLibrary(chunk.code),
    sources: chunk.moduleIds,
  };
}

async function withLibrary(program: string): Promise<string> {
  return `${(await readFile(LIBRARY, 'utf8')).trimEnd()}\n${program}`;
}

/** The first major version of Vite that bundles with Rolldown. */
const FIRST_WITH_ROLLDOWN = 8;

function describeMissingFile(file: string): string {
  return (
    `There is neither tokenward.config.js nor ${file}. Write the first: export default defineConfig({ origin, issuer, clientId, ` +
    'protectedResources }), with your own values, and defineConfig from "tokenward/config".'
  );
}

/** Beside the bundle that this file is in: what the installed version has. */
const LIBRARY = new URL('./standalone/tokenward-sw.js', import.meta.url);
