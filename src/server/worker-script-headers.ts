import { formatPolicy, formatSources } from './content-security-policy.ts';

/** Options for the headers of the worker script. */
export interface WorkerScriptHeaderOptions {
  readonly path: string;
  readonly registrationScope: string;
  readonly authorizationServers: readonly string[];
  readonly protectedResources: readonly string[];
  readonly connections: readonly string[];
}

/**
 * Returns the headers of the worker script. The browser stores them with the script, so they hold for every start of the
 * worker: no code from strings, scripts from the origin only, and connections only to the allowed servers.
 *
 * @throws TypeError if a source is not valid
 * @see https://www.w3.org/TR/CSP3/#policy-delivery
 */
export function createWorkerScriptHeaders(options: WorkerScriptHeaderOptions): Readonly<Record<string, string>> {
  const connectSources = [
    ...options.authorizationServers,
    ...options.protectedResources,
    ...formatSources(options.connections, 'workerConnections'),
  ];
  const folder = options.path.slice(0, options.path.lastIndexOf('/') + 1);
  const isWiderThanFolder = !options.registrationScope.startsWith(folder);
  return {
    'cache-control': 'private, no-cache',
    vary: 'Sec-Fetch-Dest',
    'content-security-policy': formatPolicy({
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'connect-src': connectSources,
    }),
    // The browser's default, written out: requests that pass through have their own policy, and the worker's own requests must not
    // reveal more if the origin sets a weaker policy for its pages.
    'referrer-policy': 'strict-origin-when-cross-origin',
    'x-content-type-options': 'nosniff',
    ...(isWiderThanFolder ? { 'service-worker-allowed': options.registrationScope } : {}),
  };
}
