import {
  SERVER_OPTIONS,
  type TokenwardConfig,
  type WorkerFileOptions,
  workerOptions,
} from '../configuration/app-configuration.ts';
import type { PageOptions } from '../configuration/page-options.ts';
import { flowOrigins, workerOrigins } from '../configuration/server-location.ts';
import { type Configuration, parseConfiguration } from '../configuration/parse-configuration.ts';
import { isStringList } from '../protocol/json.ts';
import { WORKER_FILE } from '../protocol/default-names.ts';
import { closestName, describeUnknownName, describeUnknownOption } from '../protocol/unknown-option.ts';
import { createHandler, type TokenwardHandler } from './handler.ts';
import { parseOrigin, parsePath } from './location.ts';
import { withUrlPattern } from './node/url-pattern.ts';
import { PageScripts } from './page-scripts.ts';
import type { Relay, RelaySetup } from './relay/relay.ts';
import { createSecurityPolicy, type SecurityPolicy, withSecurityHeaders } from './security-policy.ts';

/** Everything that a server needs for one configuration. */
export interface AppDeployment {
  /** Handler of Tokenward's own requests, those for the page's modules included. */
  readonly handler: TokenwardHandler;
  /** Policy for all other responses. */
  readonly policy: SecurityPolicy;
  /** Whether the handler reads the body of a request to a path: that of the relay. */
  readonly readsBody: (path: string) => boolean;
  /** Addresses that the handler and the policy are about. */
  readonly addresses: AppAddresses;
  /** Returns the text of the worker script, without a secret. */
  readonly readWorkerScript: () => Promise<string>;
}

/** Addresses of an app, as paths of its origin. */
export interface AppAddresses {
  readonly origin: string;
  readonly base: string;
  readonly worker: string;
  /** Path at which the worker takes authorization responses. */
  readonly callback: string;
  readonly login: string;
  readonly logout: string;
  readonly session: string;
  /** Path of the relay; `undefined` if the app has none. */
  readonly relay: string | undefined;
  /** Modules for pages without a bundler. */
  readonly modules: readonly string[];
  readonly otherWorkers: readonly string[];
  /** The redirect URI: the URL of the callback, or of an isolated callback. */
  readonly redirectUri: string;
}

/** Function that gives the text of the app's own worker script. */
export type WorkerScriptSource = string | (() => string | Promise<string>);

/** Facts of a server that are no part of the configuration. */
export interface AppDeploymentOptions {
  /** The app's own built worker script; without one, it is made from the library and the configuration. */
  readonly workerScript?: WorkerScriptSource | undefined;
  /** Whether the server refuses other scripts as service workers: `present` by default. */
  readonly gate?: 'present' | 'missing';
  /** Creates the relay; without it, the addresses of a relay are not answered. */
  readonly createRelay?: (setup: RelaySetup) => Relay | undefined;
}

/**
 * Derives the handler and the policy of a server from the configuration of the app.
 *
 * @param config the configuration of the app
 * @param options facts of the server
 * @throws TypeError, or a {@link TokenwardError} `configuration_invalid`, whose message names the option
 */
export function deployApp(
  config: TokenwardConfig,
  { workerScript, gate = 'present', createRelay }: AppDeploymentOptions = {},
): AppDeployment {
  const origin = parseOrigin(config.origin, 'origin');
  const options = workerOptions(config);
  const configuration = parseWorkerOptions(config, origin);
  const worker = parseGroup(config.worker ?? {}, WORKER_OPTIONS, 'worker');
  const pages = parseGroup(config.pages ?? {}, PAGE_OPTIONS, 'pages');
  const workerPath = parsePath(worker.path ?? configuration.base + WORKER_FILE, 'worker.path');
  const registrationScope = new URL(configuration.registrationScope).pathname;
  const script = workerScript ?? (() => makeWorkerScript(options, origin));
  const otherWorkers = parseList(config.otherWorkers, 'otherWorkers');
  const site = {
    worker: {
      path: workerPath,
      registrationScope,
      script,
      ...(worker.release !== undefined && { release: worker.release }),
    },
    authorizationServers: [
      ...flowOrigins(configuration),
      ...parseList(config.authorizationServers, 'authorizationServers'),
    ],
    protectedResources: config.protectedResources.map(({ url }) => url),
    otherWorkers,
  };
  const relay = createRelay?.({ configuration, origin });
  const handlerOptions = {
    ...site,
    base: configuration.base,
    endpointPath: configuration.endpoints.login.replace(/\/login$/, ''),
    callbackPath: configuration.endpoints.callback,
    workerConnections: [
      ...parseList(worker.connections, 'worker.connections'),
      ...workerOrigins(configuration),
      ...alarmReports(configuration, origin),
      ...(configuration.relay === undefined ? [] : ["'self'"]),
    ],
    ...(config.callback !== undefined && { callback: config.callback }),
  };
  const handler = createHandler(handlerOptions, relay);
  const policy = createSecurityPolicy({
    ...site,
    ...pages,
    gate,
    origin,
    redirectUri: configuration.redirectUri,
  });
  const scripts = new PageScripts({ base: configuration.base, worker: workerPath, scope: registrationScope });
  return {
    handler: async (request, pagePolicy) => {
      const module = await scripts.answer(request);
      // A frame can show a script: it is a document of the origin too.
      return module === undefined ? handler(request, pagePolicy) : withSecurityHeaders(module, policy);
    },
    policy,
    readsBody: (path) => relay !== undefined && path.startsWith(`${relay.path}/`),
    addresses: {
      ...configuration.endpoints,
      relay: configuration.relay,
      origin,
      base: configuration.base,
      worker: workerPath,
      modules: scripts.paths,
      otherWorkers,
      redirectUri: configuration.redirectUri,
    },
    readWorkerScript: async () => (typeof script === 'string' ? script : script()),
  };
}

/**
 * Parses the options of the worker. It does not know those of the server, so a misspelt one of them is named here.
 *
 * @throws TypeError that names the option that was meant, or the error of the parser
 */
function parseWorkerOptions(config: TokenwardConfig, origin: string): Configuration {
  try {
    return withUrlPattern(() => parseConfiguration(workerOptions(config), origin));
  } catch (error) {
    const names = Object.keys(config).filter((name) => !SERVER_OPTIONS.includes(name));
    // An option of the worker may have a similar name: the error must be about this one.
    const isUnknown = (name: string): boolean => String(error).includes(`There is no option "${name}"`);
    const misspelt = names.find((name) => isUnknown(name) && closestName(name, SERVER_OPTIONS) !== undefined);
    throw misspelt === undefined ? error : new TypeError(describeUnknownName(misspelt, SERVER_OPTIONS, ''));
  }
}

/**
 * Makes the worker script: the library of this package, and the call that starts it. The script warns the developer where the app is at
 * another origin, such as `127.0.0.1` for `localhost`: its redirect URI is not that of the configuration, and no other check sees it.
 */
async function makeWorkerScript(options: unknown, origin: string): Promise<string> {
  const { workerLibrary } = await import('./library.ts');
  const advice = `, and "origin" in tokenward.config.js is ${origin}. Open ${origin}, or set "origin" to that of the page.`;
  return `${workerLibrary.trimEnd()}
if (location.origin !== ${JSON.stringify(origin)}) console.warn('tokenward: The app is at ' + location.origin + ${JSON.stringify(advice)});
tokenward.start(${JSON.stringify(options, undefined, 2)});
`;
}

/** Returns the source that the worker needs in order to report alarms. */
function alarmReports({ alarmReportUrl }: Configuration, origin: string): readonly string[] {
  if (alarmReportUrl === undefined) return [];
  return [alarmReportUrl.origin === origin ? "'self'" : alarmReportUrl.href];
}

const WORKER_OPTIONS = ['path', 'connections', 'release'] satisfies readonly (keyof WorkerFileOptions)[];

const PAGE_OPTIONS = [
  'connections',
  'authorizationServerPaths',
  'level',
  'frames',
  'forms',
  'objects',
  'baseUri',
  'popups',
  'workers',
  'mode',
  'reportUrl',
] satisfies readonly (keyof PageOptions)[];

/** Checks a list of strings, which may be absent. */
function parseList(list: readonly string[] | undefined, name: string): readonly string[] {
  const given: unknown = list ?? [];
  if (isStringList(given)) return given;
  throw new TypeError(`${name} must be a list of strings, such as URLs.`);
}

/** Checks the names of a group of options; what they are for checks their values. */
function parseGroup<T extends object>(group: T, names: readonly (keyof T & string)[], name: string): T {
  const given: unknown = group;
  if (typeof given !== 'object' || given === null) throw new TypeError(`${name} must be an object.`);
  const unknown = describeUnknownOption(given, names, `${name}.`);
  if (unknown !== undefined) throw new TypeError(unknown);
  return group;
}
