import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { PreviewServer, ResolvedConfig, ViteDevServer } from 'vite';
import { createCallbackFiles } from '../server/callback-files.ts';
import type { CallbackDocumentOptions } from '../server/callback-document.ts';
import { isLoopback } from '../configuration/loopback.ts';
import { CallbackServer } from './callback-server.ts';
import { readConfiguration, type WorkerProgram } from './read-configuration.ts';

/** The second port beside a server of Vite's. */
export interface CallbackBeside {
  /** Serves the isolated callback of a worker, if it has one on this machine. */
  serve(worker: WorkerProgram): Promise<void>;
}

/**
 * Serves the isolated callback of an app on a second port for as long as Vite serves the app. A server that is a part of
 * another one (`middlewareMode`) has no port of its own: nothing is served then.
 *
 * @param server the development server, or the preview
 * @param config Vite's configuration for the app
 */
export function serveCallbackBeside(server: ViteDevServer | PreviewServer, config: ResolvedConfig): CallbackBeside {
  const { host, https } = 'watcher' in server ? config.server : config.preview;
  const callbackServer = new CallbackServer({
    https: https === undefined || typeof https === 'boolean' ? undefined : https,
    report: (sentence) => config.logger.error(sentence),
  });
  const { httpServer } = server;
  httpServer?.once('close', () => callbackServer.close());
  let last: WorkerProgram | undefined;
  return {
    serve: async (worker) => {
      const address = httpServer?.address();
      if (worker === last || typeof address !== 'object' || address === null) return;
      last = worker;
      const hostname = typeof host === 'string' && isLoopback(host) ? host : 'localhost';
      await callbackServer.serve(locate(worker, `${https ? 'https' : 'http'}://${hostname}:${address.port}`));
    },
  };
}

/** Facts of a build that the isolated callback depends on. */
export interface BuildFacts {
  /** The app's origin in production, if it is known. */
  readonly origin: string | undefined;
  readonly root: string;
  readonly outDir: string;
}

/**
 * Writes the files of an isolated callback into a folder beside the built app, since its document does not belong to the app's
 * own origin.
 *
 * @returns one sentence about the written files, or about a missing option; `undefined` without an isolated callback
 */
export async function writeIsolatedCallback(
  worker: WorkerProgram,
  { origin, root, outDir }: BuildFacts,
): Promise<{ readonly isWritten: boolean; readonly sentence: string } | undefined> {
  const location = locate(worker, origin ?? PLACEHOLDER);
  const redirectUri = new URL(location.redirectUri);
  if (redirectUri.origin === new URL(location.appCallback).origin || isLoopback(redirectUri.hostname)) return undefined;
  const missing = (what: string): { readonly isWritten: boolean; readonly sentence: string } => ({
    isWritten: false,
    sentence: `The document of the isolated callback was not written: ${what}`,
  });
  if (origin === undefined) return missing("give tokenward({ origin }), the app's origin in production.");
  if (redirectUri.pathname !== '/') {
    return missing(
      `a static host needs a redirectUri that is the root of its origin, and its path is ${redirectUri.pathname}.`,
    );
  }
  const folder = `${resolve(root, outDir)}-callback`;
  for (const { name, text } of await createCallbackFiles(location)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  const site = join(relative(root, folder), 'site').replaceAll('\\', '/');
  return { isWritten: true, sentence: `Serve ${site} at ${location.redirectUri}, and nothing else there.` };
}

/** An origin that nothing is fetched from. */
const PLACEHOLDER = 'https://app.invalid';

/** Reads where a worker's redirect URI and the callback of its app are. */
function locate(worker: WorkerProgram, origin: string): CallbackDocumentOptions {
  const { redirectUri, endpoints } = readConfiguration(worker, origin);
  return { redirectUri, appCallback: origin + endpoints.callback };
}
