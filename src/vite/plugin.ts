import { AUTO_FILE, WORKER_FILE } from '../protocol/default-names.ts';
import { readFile } from 'node:fs/promises';
import { posix, resolve } from 'node:path';
import type { Plugin, ResolvedConfig } from 'vite';
import type { SignInPolicy } from '../protocol/sign-in-policy.ts';
import { describeUnknownOption } from '../protocol/unknown-option.ts';
import { type BundledWorker, makeWorker } from './bundle-worker.ts';
import { findAppConfiguration } from '../server/node/find-configuration.ts';
import { createChangedWorker } from './changed-worker.ts';
import { createDevelopmentListener, type DeploymentOptions, type ServedWorker } from './development-listener.ts';
import { AUTO_MODULE, createAutoTag, serveAutoModule } from './auto-module.ts';
import { serveCallbackBeside, writeIsolatedCallback } from './isolated-callback.ts';
import { describeUntestedVite, loadVite } from './load-vite.ts';
import { type OwnHtmlWatch, watchOwnHtml } from './own-html.ts';
import { readConfiguration } from './read-configuration.ts';

/** Options of the plugin: location of the worker's own file, and settings that its configuration does not contain. */
export interface TokenwardPluginOptions extends DeploymentOptions {
  /**
   * The worker's own file, from the root, for an app without `tokenward.config.js`: it calls `tokenward.start()` with the configuration and nothing of the library need
   * be in it. `src/tokenward-sw.js` by default; it may be TypeScript, and use `import.meta.env`.
   */
  readonly worker?: string;
  /** Name under which the worker is served and emitted, below `base`; `tokenward-sw.js` by default. */
  readonly fileName?: string;
  /**
   * Policy by which the page signs in, for an app without code of its own for it: the plugin adds a script to `index.html`.
   * Without this option, the app calls `connect()`.
   */
  readonly auto?: SignInPolicy;
  /**
   * The app's origin in production, such as `https://app.example`: needed at build where the configuration has absolute URLs
   * of the app, and for the document of an isolated callback.
   */
  readonly origin?: string;
}

/** Plugin in a form that the configuration of every version of Vite accepts. */
export interface TokenwardPlugin {
  readonly name: string;
}

const OPTIONS: Readonly<Record<keyof TokenwardPluginOptions, true>> = {
  worker: true,
  fileName: true,
  auto: true,
  origin: true,
  callback: true,
  homePath: true,
  workerConnections: true,
  authorizationServers: true,
  authorizationServerPaths: true,
  baseUri: true,
  connections: true,
  forms: true,
  frames: true,
  gate: true,
  level: true,
  objects: true,
  otherWorkers: true,
  popups: true,
  relay: true,
  workers: true,
};

/**
 * Creates the plugin for Vite. It builds the worker from this package's library and the app's own file, so that the worker
 * always has the installed version. It checks the configuration at build. The development server and the preview provide the
 * worker's secret and the security headers, as `tokenward/server` does in production.
 *
 * @param options location of the worker's own file
 * @throws TypeError that names an unknown option
 * @example
 * // vite.config.js
 * export default { plugins: [tokenward()] };
 */
export function tokenward(options: TokenwardPluginOptions = {}): TokenwardPlugin {
  const unknown = describeUnknownOption(options, Object.keys(OPTIONS));
  if (unknown !== undefined) throw new TypeError(`tokenward(): ${unknown}`);
  return createPlugin(options);
}

function createPlugin(options: TokenwardPluginOptions): Plugin {
  const { worker: file = `src/${WORKER_FILE}`, fileName = WORKER_FILE, auto, origin, ...deployment } = options;
  let config: ResolvedConfig;
  let bundling: Promise<BundledWorker> | undefined;
  let ownHtml: OwnHtmlWatch | undefined;
  const bundle = (): Promise<BundledWorker> =>
    (bundling ??= makeWorker(file, config).catch((error: unknown) => {
      bundling = undefined;
      throw error;
    }));
  const check = async (): Promise<BundledWorker> => {
    const worker = await bundle();
    readConfiguration(worker, origin ?? worker.origin ?? PLACEHOLDER);
    return worker;
  };
  const changedWorker = createChangedWorker();
  const serve = (worker: BundledWorker): ServedWorker => ({ ...worker, path: posix.join(config.base, fileName) });

  return {
    name: 'tokenward',
    async configResolved(resolved) {
      config = resolved;
      const warning = describeUntestedVite(await loadVite());
      if (warning !== undefined) config.logger.warn(warning);
    },
    async buildStart() {
      // The development server reports it at the first request, and continues when the file is corrected.
      if (config.command === 'build' && isForBrowser(this, config)) await check();
    },
    async generateBundle() {
      if (!isForBrowser(this, config)) return;
      this.emitFile({ type: 'asset', fileName, source: (await bundle()).script });
      if (auto) this.emitFile({ type: 'asset', fileName: AUTO_FILE, source: await readFile(AUTO_MODULE, 'utf8') });
    },
    ...changedWorker.hooks,
    transformIndexHtml() {
      ownHtml?.noteElement();
      return [
        ...(auto ? [createAutoTag(auto, { base: config.base, fileName })] : []),
        ...(config.command === 'serve' ? [changedWorker.createTag(config.base)] : []),
      ];
    },
    async writeBundle() {
      if (!isForBrowser(this, config)) return;
      const { root, build } = config;
      const worker = await bundle();
      const production = { origin: origin ?? worker.origin, root, outDir: build.outDir };
      const outcome = await writeIsolatedCallback(worker, production);
      if (outcome !== undefined) config.logger[outcome.isWritten ? 'info' : 'warn'](outcome.sentence);
    },
    configureServer(server) {
      const isolatedCallback = serveCallbackBeside(server, config);
      const current = async (): Promise<ServedWorker> => {
        const worker = await bundle().catch((error: unknown) => {
          // Watch what is missing, and what could not be parsed.
          server.watcher.add(findAppConfiguration(config.root) ?? resolve(config.root, file));
          throw error;
        });
        server.watcher.add([...worker.sources]);
        await isolatedCallback.serve(worker);
        return serve(worker);
      };
      server.httpServer?.once('listening', () => void current().catch(unreported));
      server.middlewares.use(createDevelopmentListener(current, deployment));
      if (auto) {
        const element = createAutoTag(auto, { base: config.base, fileName });
        ownHtml = watchOwnHtml(element, (sentence) => config.logger.warn(sentence));
        server.middlewares.use(ownHtml.listener);
        server.middlewares.use(serveAutoModule(posix.join(config.base, AUTO_FILE)));
      }
      const bringIn = async (changed: string): Promise<void> => {
        const sources = await bundle().then(
          (worker) => worker.sources,
          (): readonly string[] => [],
        );
        const files = [resolve(config.root, file), findAppConfiguration(config.root), ...sources];
        if (!files.includes(changed)) return;
        bundling = undefined;
        await current().catch(unreported);
        changedWorker.tellPages(server);
      };
      server.watcher.on('change', (changed) => void bringIn(changed));
    },
    configurePreviewServer(server) {
      const built = resolve(config.root, config.build.outDir, fileName);
      const isolatedCallback = serveCallbackBeside(server, config);
      const current = async (): Promise<ServedWorker> => {
        const worker = await bundle();
        await isolatedCallback.serve(worker);
        return { ...serve(worker), script: await readFile(built, 'utf8') };
      };
      server.httpServer.once('listening', () => void current().catch(unreported));
      server.middlewares.use(createDevelopmentListener(current, deployment));
    },
  };
}

/** Leaves an error to the next request, which is answered with it. */
function unreported(): void {}

/** The part of a hook's context that says what is built; Vite 5 has no environments. */
interface BuildContext {
  readonly environment?: { readonly config: { readonly consumer: 'client' | 'server' } };
}

/** Whether a build is the app's for the browser, not its rendering on a server. */
function isForBrowser({ environment }: BuildContext, { build }: Pick<ResolvedConfig, 'build'>): boolean {
  return environment === undefined ? build.ssr === false : environment.config.consumer === 'client';
}

/** An origin that nothing is fetched from: a configuration with relative URLs fits any. */
const PLACEHOLDER = 'https://app.invalid';
