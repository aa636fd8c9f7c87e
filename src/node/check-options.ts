/** The options of the handler and of the policy: one object may hold those of both. */
const NAMES: ReadonlySet<string> = new Set([
  'authorizationServerPaths',
  'authorizationServers',
  'callback',
  'callbackPath',
  'connections',
  'endpointPath',
  'frames',
  'homePath',
  'mode',
  'origin',
  'protectedResources',
  'reportUrl',
  'worker',
  'workerConnections',
  'workers',
]);

const LISTS: readonly string[] = ['connections', 'frames', 'workerConnections', 'workers'];

const REQUIRED_LISTS: readonly string[] = ['authorizationServers', 'protectedResources'];

/**
 * Checks what JavaScript may have got wrong before anything is made of it.
 *
 * @param options those of the handler or of the policy
 * @throws TypeError which names an option that there is not, or that is of another type
 */
export function checkOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('The options must be an object with authorizationServers, protectedResources and worker.');
  }
  const values = new Map<string, unknown>(Object.entries(options));
  for (const name of values.keys()) {
    if (!NAMES.has(name)) throw new TypeError(`There is no option "${name}"; there are ${[...NAMES].join(', ')}.`);
  }
  for (const name of [...REQUIRED_LISTS, ...LISTS]) {
    const value = values.get(name);
    if (value === undefined && !REQUIRED_LISTS.includes(name)) continue;
    if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) {
      throw new TypeError(`${name} must be a list of strings, such as URLs.`);
    }
  }
  const worker = values.get('worker');
  if (typeof worker !== 'object' || worker === null || !('path' in worker) || typeof worker.path !== 'string') {
    throw new TypeError('worker must be an object with the path of the worker script, such as "/tokenward-sw.js".');
  }
}
