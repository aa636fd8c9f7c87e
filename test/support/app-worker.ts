import { build } from 'esbuild';
import type { TokenwardOptions } from 'tokenward/sw';
import { APP_SCOPES } from '../servers/app-server.ts';
import { CLIENT_ID } from '../servers/authorization-server-configuration.ts';
import { startStack, type Stack, type StackOptions } from '../servers/stack.ts';
import { ROOT } from './build.ts';

/**
 * Bundles an app's own worker, which finds its configuration in `configuration`.
 *
 * @param source the worker's module
 */
export async function bundleWorker(source: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: ROOT, loader: 'js' },
    bundle: true,
    format: 'iife',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"production"' },
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

/**
 * Starts the servers with an app's own worker in the place of the standalone one, whose release stands at its end.
 *
 * @param script the worker's script
 * @param options of the servers; `app.worker` is merged into the worker's configuration
 */
export async function startStackWithWorker(script: string, options: StackOptions = {}): Promise<Stack> {
  const stack: Stack = await startStack({
    ...options,
    app: {
      workerConnections: ["'self'"],
      ...options.app,
      workerScript: (standalone) =>
        `${configurationOf()}\n${script}\n${standalone.slice(standalone.lastIndexOf('//'))}`,
    },
  });
  const configurationOf = (): string => {
    const configuration: TokenwardOptions = {
      issuer: stack.authorizationServer.issuer,
      clientId: CLIENT_ID,
      protectedResources: [{ url: stack.api.url }],
      scopes: APP_SCOPES,
      ...options.app?.worker,
    };
    return `self.configuration = ${JSON.stringify(configuration)};`;
  };
  return stack;
}
