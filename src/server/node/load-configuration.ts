import { createRequire } from 'node:module';
import { basename, dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TokenwardConfig } from '../../configuration/app-configuration.ts';
import { hasMembers, hasStrings, type UnknownMembers } from '../../protocol/json.ts';
import { findAppConfiguration } from './find-configuration.ts';

/** Configuration of an app, with the file that it is from. */
export interface LoadedConfiguration {
  readonly path: string;
  readonly config: TokenwardConfig;
}

/**
 * Loads the one configuration of an app. Node runs the file; where Node cannot run TypeScript, the Vite of the app does.
 *
 * @param root the folder of the app
 * @param host the host, for a configuration that is a function of it
 * @returns the configuration; what uses its options checks their values
 * @throws Error of one sentence that names the file, the option and the fix
 */
export async function loadConfiguration(root: string, host?: string): Promise<LoadedConfiguration> {
  const path = findAppConfiguration(root);
  if (path === undefined) {
    throw new Error(`There is no tokenward.config.js or .ts in ${root}: write one with npx tokenward init.`);
  }
  const file = basename(path);
  const context = createContext(host);
  const found = await load(path, context).catch((cause: unknown) => {
    throw new Error(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  });
  return { path, config: parse(found, file) };
}

/** Circumstances of the function; the host must be given where the function reads it. */
interface Context {
  readonly command: 'build';
  readonly mode: 'production';
  readonly host: string;
}

function createContext(host: string | undefined): Context {
  return {
    command: 'build',
    mode: 'production',
    get host() {
      if (host !== undefined) return host;
      throw new Error('The configuration depends on the host: name it with --host, such as --host app.example.');
    },
  };
}

/** Runs the file. */
async function load(path: string, context: Context): Promise<unknown> {
  try {
    const exported = memberOf(await import(pathToFileURL(path).href), 'default');
    if (typeof exported !== 'function') return exported;
    const config: unknown = await Reflect.apply(exported, undefined, [context]);
    if (config === undefined) throw new Error('It has no configuration for this host: name another with --host.');
    return config;
  } catch (error) {
    if (!hasStrings(error, 'code') || error.code !== 'ERR_UNKNOWN_FILE_EXTENSION') throw error;
    return loadWithVite(path, context);
  }
}

/** Runs a file in TypeScript with the app's own Vite, for versions of Node that cannot. */
async function loadWithVite(path: string, context: Context): Promise<unknown> {
  const vite = await importFromApp(path, 'vite');
  const loadConfigFromFile = memberOf(vite, 'loadConfigFromFile');
  if (typeof loadConfigFromFile !== 'function') {
    const { node } = process.versions;
    throw new Error(`Node ${node} does not run TypeScript: use Node 22.18 or newer, or write the file in JavaScript.`);
  }
  const given = [context, path, dirname(path), 'silent'];
  return memberOf(await Reflect.apply(loadConfigFromFile, undefined, given), 'config');
}

/** Imports a package as a file of the app would; returns `undefined` if it is not installed. */
async function importFromApp(path: string, name: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(createRequire(path).resolve(name)).href);
  } catch {
    return undefined;
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** Required options, with an example of each. */
const REQUIRED = {
  origin: 'https://app.example',
  issuer: 'https://login.example',
  clientId: 'my-app',
} as const;

/** Checks what is exported; what uses the options checks the values of the others. */
function parse(exported: unknown, file: string): TokenwardConfig {
  if (!hasMembers(exported)) throw new Error(`${file}: Its default export must be the result of defineConfig().`);
  for (const [name, example] of Object.entries(REQUIRED)) {
    if (!hasStrings(exported, name)) throw new Error(`${file}: "${name}" must be a string, such as "${example}".`);
  }
  if (hasStrings(exported, 'origin', 'issuer', 'clientId') && hasResources(exported)) return exported;
  throw new Error(`${file}: "protectedResources" must be a list, such as [{ url: "https://api.example/v1" }].`);
}

function hasResources<T extends UnknownMembers>(
  value: T,
): value is T & { readonly protectedResources: readonly { readonly url: string }[] } {
  const { protectedResources } = value;
  return Array.isArray(protectedResources) && protectedResources.every((resource) => hasStrings(resource, 'url'));
}
