import { isSecure } from '../configuration/loopback.ts';
import { flowOrigins, workerOrigins } from '../configuration/server-location.ts';
import type { IncomingMessage } from 'node:http';
import { createHandler, type TokenwardHandlerOptions } from '../server/handler.ts';
import { createNodeListener, type NodeListener } from '../server/node/listener.ts';
import { createRelay, type Relay } from '../server/relay/relay.ts';
import type { RelayOptions } from '../server/relay/relay-options.ts';
import { createSecurityPolicy, type SecurityPolicy, type SecurityPolicyOptions } from '../server/security-policy.ts';
import { readConfiguration, type WorkerProgram } from './read-configuration.ts';

/** Options of the handler and the policy that the worker's configuration does not contain. */
export type DeploymentOptions = Pick<
  TokenwardHandlerOptions,
  'callback' | 'homePath' | 'otherWorkers' | 'workerConnections'
> &
  Pick<
    SecurityPolicyOptions,
    | 'authorizationServerPaths'
    | 'baseUri'
    | 'connections'
    | 'forms'
    | 'frames'
    | 'gate'
    | 'level'
    | 'objects'
    | 'popups'
    | 'workers'
  > & {
    /** Origins of the authorization server besides the issuer's, such as that of its token endpoint. */
    readonly authorizationServers?: readonly string[];
    /**
     * Client authentication of the relay, for a configuration with `relay: true`. The development server and the preview use it; no file
     * of a build holds it.
     */
    readonly relay?: RelayOptions;
  };

/** Worker script and its path. */
export interface ServedWorker extends WorkerProgram {
  readonly script: string;
  readonly path: string;
  /** Options of the app's one configuration; those of the plugin take precedence. */
  readonly deployment?: DeploymentOptions;
}

/**
 * Serves as production does: the worker with its secret, the callback document, and the security headers on every other
 * response.
 *
 * @param current returns the worker for each request
 * @param options options that the configuration does not contain
 */
export function createDevelopmentListener(
  current: () => Promise<ServedWorker>,
  options: DeploymentOptions,
): NodeListener {
  /** The listener of each origin, and of which worker it is. */
  const made = new Map<string, { readonly worker: ServedWorker; readonly listener: NodeListener }>();
  const listenerFor = async (origin: string): Promise<NodeListener> => {
    const worker = await current();
    const present = made.get(origin);
    if (present?.worker.script === worker.script) return present.listener;
    const listener = createListener(worker, origin, options);
    made.set(origin, { worker, listener });
    return listener;
  };
  return (request, response, next) => {
    const origin = originOf(request);
    listenerFor(origin).then(
      (listener) => listener(request, response, next),
      (error: unknown) => next?.(error),
    );
  };
}

function createListener(worker: ServedWorker, origin: string, options: DeploymentOptions): NodeListener {
  const {
    callback,
    homePath,
    otherWorkers,
    workerConnections = [],
    authorizationServers = [],
    relay: relayOptions,
    ...pages
  } = {
    ...worker.deployment,
    ...options,
  };
  const configuration = readConfiguration(worker, origin);
  const { endpoints, registrationScope } = configuration;
  const shared = {
    authorizationServers: [...flowOrigins(configuration), ...authorizationServers],
    protectedResources: configuration.protectedResources.map((resource) =>
      resource.origin === origin ? resource.path : resource.origin + resource.path,
    ),
  };
  const relay = createRelay({ configuration, origin }, relayOptions);
  const handlerOptions = {
    ...shared,
    worker: { path: worker.path, script: worker.script, registrationScope: new URL(registrationScope).pathname },
    callbackPath: endpoints.callback,
    endpointPath: endpoints.login.replace(/\/login$/, '') || '/',
    ...(callback && { callback }),
    ...(homePath === undefined ? {} : { homePath }),
    ...(otherWorkers && { otherWorkers }),
    workerConnections: [...workerConnections, ...workerOrigins(configuration), ...(relay ? ["'self'"] : [])],
  };
  const handler = createHandler(handlerOptions, relay);
  const listen = (policy: SecurityPolicy | undefined): NodeListener =>
    createNodeListener(() => Promise.resolve({ handler, policy, readsBody: (path) => isBelow(path, relay) }), {
      ...(policy && { policy }),
    });
  // Without service workers, as at an address of the local network without https, no other promise holds either.
  if (!isSecure(new URL(origin))) return listen(undefined);
  const isIsolated = new URL(configuration.redirectUri).origin !== origin;
  const policy = createSecurityPolicy({
    ...shared,
    ...pages,
    origin,
    redirectUri: configuration.redirectUri,
    worker: { path: worker.path },
    ...(otherWorkers && { otherWorkers }),
    // Vite's client waits for a restarted server in a worker of such a URL.
    ...((pages.workers || !isIsolated) && { workers: ['blob:', ...(pages.workers ?? [])] }),
    // Not every engine treats the socket as the page's own origin.
    connections: [origin.replace(/^http/, 'ws'), ...(pages.connections ?? [])],
  });
  return listen(policy);
}

/** Whether a path is one of the relay, which reads bodies. */
function isBelow(path: string, relay: Pick<Relay, 'path'> | undefined): boolean {
  return relay !== undefined && path.startsWith(`${relay.path}/`);
}

/** Returns the origin as the browser sees it; it ignores a proxy in front of the development server. */
function originOf({ headers, socket }: IncomingMessage): string {
  const authority = headers.host ?? String(headers[':authority'] ?? 'localhost');
  return new URL(`${'encrypted' in socket ? 'https' : 'http'}://${authority}`).origin;
}
