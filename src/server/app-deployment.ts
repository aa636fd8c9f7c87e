import { type TokenwardConfig, type WorkerFileOptions, workerOptions } from '../configuration/app-configuration.ts';
import type { PageOptions } from '../configuration/page-options.ts';
import { flowOrigins, workerOrigins } from '../configuration/server-location.ts';
import { type Configuration, parseConfiguration } from '../configuration/parse-configuration.ts';
import { WORKER_FILE } from '../protocol/default-names.ts';
import { describeUnknownOption } from '../protocol/unknown-option.ts';
import { createTokenwardHandler, type TokenwardHandler } from './handler.ts';
import { parseOrigin, parsePath } from './location.ts';
import { withUrlPattern } from './node/url-pattern.ts';
import { PageScripts } from './page-scripts.ts';
import { createSecurityPolicy, type SecurityPolicy, withSecurityHeaders } from './security-policy.ts';

/** Everything that a server needs for one configuration. */
export interface AppDeployment {
  /** Handler of Tokenward's own requests, those for the page's modules included. */
  readonly handler: TokenwardHandler;
  /** Policy for all other responses. */
  readonly policy: SecurityPolicy;
  /** Path at which the worker takes authorization responses. */
  readonly callbackPath: string;
}

/** Function that gives the text of the app's own worker script. */
export type WorkerScriptSource = string | (() => string | Promise<string>);

/**
 * Derives the handler and the policy of a server from the configuration of the app.
 *
 * @param config the configuration of the app
 * @param ownScript the app's own built worker script; without one, the server makes it from the library and the configuration
 * @throws TypeError, or a {@link TokenwardError} `configuration_invalid`, whose message names the option
 */
export function deployApp(config: TokenwardConfig, ownScript?: WorkerScriptSource): AppDeployment {
  const origin = parseOrigin(config.origin, 'origin');
  const options = workerOptions(config);
  const configuration = withUrlPattern(() => parseConfiguration(options, origin));
  const worker = parseGroup(config.worker ?? {}, WORKER_OPTIONS, 'worker');
  const pages = parseGroup(config.pages ?? {}, PAGE_OPTIONS, 'pages');
  const workerPath = parsePath(worker.path ?? configuration.base + WORKER_FILE, 'worker.path');
  const registrationScope = new URL(configuration.registrationScope).pathname;
  const site = {
    worker: {
      path: workerPath,
      registrationScope,
      script: ownScript ?? (() => makeWorkerScript(options)),
      ...(worker.release !== undefined && { release: worker.release }),
    },
    authorizationServers: [...flowOrigins(configuration), ...(config.authorizationServers ?? [])],
    protectedResources: config.protectedResources.map(({ url }) => url),
    otherWorkers: config.otherWorkers ?? [],
  };
  const handler = createTokenwardHandler({
    ...site,
    base: configuration.base,
    endpointPath: configuration.endpoints.login.replace(/\/login$/, ''),
    callbackPath: configuration.endpoints.callback,
    workerConnections: [
      ...(worker.connections ?? []),
      ...workerOrigins(configuration),
      ...alarmReports(configuration, origin),
    ],
    ...(config.callback !== undefined && { callback: config.callback }),
  });
  const policy = createSecurityPolicy({
    ...site,
    ...pages,
    origin,
    redirectUri: configuration.redirectUri,
  });
  const scripts = new PageScripts({ base: configuration.base, worker: workerPath, scope: registrationScope });
  return {
    handler: async (request, pagePolicy) => {
      const script = await scripts.answer(request);
      // A frame can show a script: it is a document of the origin too.
      return script === undefined ? handler(request, pagePolicy) : withSecurityHeaders(script, policy);
    },
    policy,
    callbackPath: configuration.endpoints.callback,
  };
}

/** Makes the worker script: the library of this package, and the call that starts it. */
async function makeWorkerScript(options: unknown): Promise<string> {
  const { workerLibrary } = await import('./library.ts');
  return `${workerLibrary.trimEnd()}\ntokenward.start(${JSON.stringify(options, undefined, 2)});\n`;
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

/** Checks the names of a group of options; what they are for checks their values. */
function parseGroup<T extends object>(group: T, names: readonly (keyof T & string)[], name: string): T {
  const given: unknown = group;
  if (typeof given !== 'object' || given === null) throw new TypeError(`${name} must be an object.`);
  const unknown = describeUnknownOption(given, names, `${name}.`);
  if (unknown !== undefined) throw new TypeError(unknown);
  return group;
}
