import { relative, resolve } from 'node:path';
import type { ResolvedConfig } from 'vite';
import { type TokenwardConfig, workerOptions } from '../configuration/app-configuration.ts';
import { hasMembers } from '../protocol/json.ts';
import { describeUnknownOption } from '../protocol/unknown-option.ts';
import type { DeploymentOptions } from './development-listener.ts';
import type { Vite } from './load-vite.ts';
import type { WorkerProgram } from './read-configuration.ts';

/** Program of a worker, and facts of the app that its configuration has. */
export interface WorkerSource extends WorkerProgram {
  /** Files that the program is made of. */
  readonly sources: readonly string[];
  /** The app's origin in production, if the configuration has it. */
  readonly origin?: string;
  /** Options for the development server, if the configuration has them. */
  readonly deployment?: DeploymentOptions;
}

/**
 * Makes the worker of the app's one configuration: the call that starts it, with the options that the worker reads.
 *
 * @param path the file of the configuration
 * @param config Vite's configuration for the app
 * @param vite the Vite of the app, which runs the file
 * @throws Error that names the file and the option
 */
export async function loadAppConfiguration(
  path: string,
  { root, base, command, mode }: Pick<ResolvedConfig, 'root' | 'base' | 'command' | 'mode'>,
  { loadConfigFromFile }: Pick<Vite, 'loadConfigFromFile'>,
): Promise<WorkerSource> {
  // A configuration may be a function of the host; development has this one.
  const environment = { command, mode, host: 'localhost' };
  const file = relative(root, path);
  const loaded = await loadConfigFromFile(environment, path, root).catch((cause: unknown) => {
    throw new Error(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  });
  const exported: unknown = loaded?.config;
  if (!hasMembers(exported)) throw new Error(`${file}: Its default export must be the result of defineConfig().`);
  const options = workerOptions({ ...(base.startsWith('/') && base !== '/' && { base }), ...exported });
  return {
    file,
    program: `tokenward.start(${JSON.stringify(options, undefined, 2)});\n`,
    sources: [path, ...(loaded?.dependencies ?? []).map((source) => resolve(root, source))],
    ...(typeof exported['origin'] === 'string' && { origin: exported['origin'] }),
    deployment: deploymentOf(exported, file),
  };
}

/** Returns the options for the development server; the server of production checks their values in the same way. */
function deploymentOf(config: Partial<TokenwardConfig>, file: string): DeploymentOptions {
  const { authorizationServers, otherWorkers, callback, pages = {}, worker = {} } = config;
  const unknown = describeUnknownOption(worker, ['connections', 'release'], 'worker.');
  if (unknown !== undefined) {
    const reason = 'path' in worker ? 'The plugin names the worker: use its option "fileName".' : unknown;
    throw new Error(`${file}: ${reason}`);
  }
  // Development stops what production only reports, and has nothing to report to.
  const { mode: _mode, reportUrl: _reportUrl, ...policy } = pages;
  return {
    ...policy,
    ...(authorizationServers && { authorizationServers }),
    ...(otherWorkers && { otherWorkers }),
    ...(callback && { callback }),
    ...(worker.connections && { workerConnections: worker.connections }),
  };
}
