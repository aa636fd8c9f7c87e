import type { ConfigFunction, TokenwardConfig } from '../configuration/app-configuration.ts';
import { type AppDeployment, type AppDeploymentOptions, deployApp, type WorkerScriptSource } from './app-deployment.ts';
import { secureServerOf } from './node/client-errors.ts';
import { createNodeListener, type NodeListener } from './node/listener.ts';
import { createOrderWatch } from './node/order-notice.ts';
import { createRelay, type Relay, type RelaySetup, relaySurroundings } from './relay/relay.ts';
import type { RelayOptions, RelayOptionsFunction } from './relay/relay-options.ts';
import { withSecurityHeaders } from './security-policy.ts';

/** Settings of a server that are no part of the configuration. */
export interface TokenwardServerOptions {
  /**
   * Built script of the app's own worker, which imports the same configuration; without one, the server makes the worker script.
   * A function is called for each request.
   */
  readonly workerScript?: WorkerScriptSource;
  /**
   * Client authentication of the relay, for a configuration with `relay: true`, or a function that returns it for a client: a
   * configuration that depends on the host needs the function. It stays on the server.
   */
  readonly relay?: RelayOptions | RelayOptionsFunction;
}

/** Function that answers a request with Web standards, as Hono, Deno, Bun and edge functions have it. */
export type FetchFunction<Rest extends readonly unknown[]> = (
  request: Request,
  ...rest: Rest
) => Response | Promise<Response>;

/** Parts of a server for Tokenward. */
export interface TokenwardServer {
  /** Middleware for Express and Connect, and listener for node:http. It must come before any that serves files. */
  readonly middleware: NodeListener;
  /** Wraps the app's function for requests: Tokenward answers its own, and adds the policy to the app's responses. */
  readonly fetch: <Rest extends readonly unknown[]>(
    next: FetchFunction<Rest>,
  ) => (request: Request, ...rest: Rest) => Promise<Response>;
}

/** Greatest number of hosts whose deployment is kept. */
const MAX_HOSTS = 1000;

/**
 * Creates the server's part from the configuration of the app: the worker script with its secret, the modules for pages, the
 * callback document, the responses at the worker's endpoints while no worker runs, and the policy of all other responses.
 *
 * @param config the configuration of the app, or a function that returns it for a host
 * @param options settings that are no part of the configuration
 * @throws TypeError, or a {@link TokenwardError} `configuration_invalid`, whose message names the option; for a function, the
 *   request fails with it
 * @example
 * app.use(createTokenward(config).middleware); // Express, Connect
 * createServer(createTokenward(config).middleware); // node:http
 * export default { fetch: createTokenward(config).fetch(serveApp) }; // Hono, Deno, Bun, edge functions
 */
export function createTokenward(
  config: TokenwardConfig | ConfigFunction,
  { workerScript, relay }: TokenwardServerOptions = {},
): TokenwardServer {
  if (typeof config === 'function' && relay !== undefined && typeof relay !== 'function') {
    throw new TypeError(
      'The configuration depends on the host: give the option "relay" as a function too, which returns the options for a client. ' +
        'The authorization server of each host would otherwise get the same secret.',
    );
  }
  const options: AppDeploymentOptions = { workerScript, createRelay: relayCreator(relay) };
  const only = typeof config === 'function' ? undefined : deployApp(config, options);
  if (relay !== undefined && only !== undefined && only.addresses.relay === undefined) {
    throw new TypeError('There are options for a relay, but the configuration has none: set "relay": true in it.');
  }
  // A configuration for hosts is not asked at an error: the head of such a request may not name the host.
  const callbacks = new Map(only ? [[only.addresses.callback, only.addresses.callback]] : []);
  const find =
    typeof config === 'function'
      ? finderByHost(config, options, ({ addresses: { callback } }) => keep(callbacks, callback, callback))
      : () => Promise.resolve(only);
  const listener = createNodeListener(find, { ...(only && { policy: only.policy }) });
  const watchOrder = createOrderWatch((message) => console.warn(message));
  return {
    middleware: (request, response, next) => {
      watchOrder(request);
      secureServerOf(request, () => [...callbacks.keys()]);
      listener(request, response, next);
    },
    fetch:
      (next) =>
      async (request, ...rest) => {
        const deployment = await find(request);
        const own = await deployment?.handler(request, deployment.policy);
        if (own !== undefined) return own;
        const response = await next(request, ...rest);
        return deployment === undefined ? response : withSecurityHeaders(response, deployment.policy);
      },
  };
}

/** Creates the function that creates the relay of a host. */
function relayCreator(relay: TokenwardServerOptions['relay']): (setup: RelaySetup) => Relay | undefined {
  // A client chooses the host that it names: another host must not forget which proofs were used.
  const surroundings = relaySurroundings();
  return (setup) => {
    const { origin, configuration } = setup;
    const { relay: path, issuer, authorizationServer, clientId } = configuration;
    if (typeof relay !== 'function') return createRelay(setup, relay, surroundings);
    const client = { origin, issuer: authorizationServer?.issuer ?? issuer.href, clientId };
    return createRelay(setup, path === undefined ? undefined : relay(client), surroundings);
  };
}

type FindDeployment = (request: Request) => Promise<AppDeployment | undefined>;

/**
 * Creates the function that finds the deployment for the host of a request.
 *
 * @param note receives each deployment when it is made
 */
function finderByHost(
  config: ConfigFunction,
  options: AppDeploymentOptions,
  note: (deployment: AppDeployment) => void,
): FindDeployment {
  const byHost = new Map<string, Promise<AppDeployment | undefined>>();
  return (request) => {
    const host = (request.headers.get('host') ?? new URL(request.url).host).toLowerCase();
    const known = byHost.get(host);
    if (known !== undefined) return known;
    const made = Promise.resolve(config({ host })).then((found) => found && deployApp(found, options));
    // A client can send any host: only those that have an app are kept.
    made.then(
      (found) => {
        if (found === undefined) return;
        keep(byHost, host, made);
        note(found);
      },
      () => {},
    );
    return made;
  };
}

/** Keeps a deployment, and forgets the oldest where there are too many. */
function keep<T>(byHost: Map<string, T>, host: string, value: T): void {
  const [oldest] = byHost.keys();
  if (!byHost.has(host) && byHost.size >= MAX_HOSTS && oldest !== undefined) byHost.delete(oldest);
  byHost.set(host, value);
}
