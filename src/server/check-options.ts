import { WORKER_FILE } from '../protocol/default-names.ts';
import { describeUnknownOption } from '../protocol/unknown-option.ts';

/** The options of the handler and of the policy: one object may hold those of both. */
const NAMES: readonly string[] = [
  'authorizationServerPaths',
  'authorizationServers',
  'base',
  'baseUri',
  'callback',
  'callbackPath',
  'connections',
  'endpointPath',
  'forms',
  'frames',
  'gate',
  'homePath',
  'level',
  'mode',
  'objects',
  'origin',
  'otherWorkers',
  'popups',
  'protectedResources',
  'redirectUri',
  'reportUrl',
  'worker',
  'workerConnections',
  'workers',
];

const LISTS: readonly string[] = [
  'authorizationServers',
  'connections',
  'forms',
  'frames',
  'objects',
  'otherWorkers',
  'protectedResources',
  'workerConnections',
  'workers',
];

/** Options that are one of some words: a misspelt one must not fall back to a default. */
const CHOICES: Readonly<Record<string, readonly unknown[]>> = {
  authorizationServerPaths: ['refuse', 'allow'],
  baseUri: ['self', 'none'],
  callback: ['document', 'app'],
  gate: ['present', 'missing'],
  level: ['minimal', 'strict'],
  mode: ['enforce', 'report'],
  popups: ['isolate', 'keep'],
};

const REQUIRED: readonly string[] = ['authorizationServers', 'protectedResources', 'worker'];

/**
 * Checks what JavaScript may have got wrong before anything is made of it.
 *
 * @param options those of the handler or of the policy
 * @throws TypeError which names an option that is unknown, missing or of another type
 */
export function checkOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('The options must be an object with authorizationServers, protectedResources and worker.');
  }
  const values = new Map<string, unknown>(Object.entries(options));
  const unknown = describeUnknownOption(options, NAMES);
  if (unknown !== undefined) throw new TypeError(unknown);
  const missing = REQUIRED.find((name) => values.get(name) === undefined);
  if (missing !== undefined) throw new TypeError(`The option "${missing}" is missing.`);
  for (const name of LISTS) {
    const value = values.get(name);
    if (value === undefined) continue;
    if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) {
      throw new TypeError(`${name} must be a list of strings, such as URLs.`);
    }
  }
  for (const [name, choices] of Object.entries(CHOICES)) {
    const value = values.get(name);
    if (value !== undefined && !choices.includes(value)) {
      throw new TypeError(`${name} must be ${choices.map((choice) => JSON.stringify(choice)).join(' or ')}.`);
    }
  }
  const worker = values.get('worker');
  if (typeof worker !== 'object' || worker === null || !('path' in worker) || typeof worker.path !== 'string') {
    throw new TypeError(`worker must be an object with the path of the worker script, such as "/${WORKER_FILE}".`);
  }
}
