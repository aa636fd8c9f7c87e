import { WORKER_FILE } from '../../protocol/default-names.ts';
import { join } from 'node:path';
import { findFile, programNames } from './app-files.ts';
import { readText } from './file-change.ts';
import type { Project } from './project.ts';

/** Names of the files that hold Vite's configuration: its own, and that of a framework around it. */
const CONFIGURATIONS = [programNames('vite.config'), programNames('astro.config')];

/** The use of Vite's plugin in an app. */
export interface VitePluginUse {
  /** The path of the configuration, from the app's folder. */
  readonly config: string;
  /** The name of the worker that the plugin makes. */
  readonly fileName: string;
  /** The path of the worker's own file, from the app's folder. */
  readonly source: string;
}

/**
 * Finds the use of Vite's plugin. The configuration is a program, which is not run: options are read where they are literals.
 *
 * @returns `undefined` where the plugin does not make the worker
 * @throws Error where an option is not a literal
 */
export function findVitePlugin(project: Project): VitePluginUse | undefined {
  const files = CONFIGURATIONS.flatMap((names) => findFile(project, names) ?? []);
  const config = files.find((file) => readText(join(project.folder, file))?.includes('tokenward/vite'));
  const text = config && readText(join(project.folder, config));
  if (config === undefined || text === undefined) return undefined;
  const call = readOptions(text);
  const option = (name: string, standard: string): string => {
    if (!new RegExp(`\\b${name}\\b\\s*[:,}]`).test(call)) return standard;
    const [, , value] = new RegExp(`\\b${name}\\s*:\\s*(["'\`])([^"'\`$]+)\\1`).exec(call) ?? [];
    if (value !== undefined) return value;
    throw new Error(`${config} computes the option ${name} of tokenward(). Write it as a string.`);
  };
  return { config, fileName: option('fileName', WORKER_FILE), source: option('worker', `src/${WORKER_FILE}`) };
}

/** Reads the text of the object that `tokenward()` is called with. */
function readOptions(text: string): string {
  const [, rest = ''] = /\btokenward\s*\(\s*\{([^]*)/.exec(text) ?? [];
  let depth = 1;
  const end = Array.from(rest).findIndex((character) => {
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    return depth === 0;
  });
  return rest.slice(0, end + 1);
}
