import { WORKER_FILE } from '../protocol/default-names.ts';
import { resolveUrl } from './platform.ts';
import { TokenwardError } from '../protocol/error.ts';
import { hasMembers } from '../protocol/json.ts';
import { describeUnknownOption } from '../protocol/unknown-option.ts';

/** Location of the worker. */
export interface WorkerOptions {
  /** URL of the worker's own file; `/tokenward-sw.js` by default. */
  readonly worker?: string;
  /** The path that it is registered for; the folder of the worker's file by default. It must be the configured `base`. */
  readonly scope?: string;
  /** `classic` by default. */
  readonly type?: WorkerType;
}

/** Location of the worker, and the page's own actions. */
export interface ConnectOptions extends WorkerOptions {
  /**
   * Treatment of a session that was lost, not ended: by default a redirect renews it without a login page and comes
   * back to where the user was. With `popup`, the next click of the user opens a pop-up, and the page stays as it is. With `manual` the
   * app decides, by `login({ silent: true })`.
   */
  readonly renewal?: 'redirect' | 'popup' | 'manual';
}

/** Options of `connect()` with all defaults, but for the scope: it depends on the page, and a server has none. */
export type CheckedConnectOptions = Required<Omit<ConnectOptions, 'scope'>> & Pick<ConnectOptions, 'scope'>;

const NAMES: readonly (keyof ConnectOptions)[] = ['worker', 'scope', 'type', 'renewal'];

const DEFAULT_WORKER = `/${WORKER_FILE}`;

/** Values of the options that are no URLs. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  type: ['classic', 'module'],
  renewal: ['redirect', 'popup', 'manual'],
};

/**
 * Checks what JavaScript may have got wrong in a call of `connect()`.
 *
 * @throws {@link TokenwardError} `configuration_invalid`, whose message names the option
 */
export function checkConnectOptions(options: ConnectOptions): CheckedConnectOptions {
  const given: unknown = options;
  if (!hasMembers(given)) return refuse('Its argument must be an object.');
  const unknown = describeUnknownOption(given, NAMES);
  if (unknown !== undefined) return refuse(unknown);
  for (const [name, value] of Object.entries(given)) {
    const choices = CHOICES[name];
    if (value === undefined) continue;
    if (typeof value !== 'string' || !value) return refuse(`"${name}" must be a string that is not empty.`);
    if (!choices && !URL.canParse(value, 'https://app.invalid')) return refuse(`"${name}" must be a URL.`);
    if (choices && !choices.includes(value)) return refuse(`"${name}" must be ${choices.join(' or ')}.`);
  }
  const { worker = DEFAULT_WORKER, scope, type = 'classic', renewal = 'redirect' } = options;
  return { worker, type, renewal, ...(scope !== undefined && { scope }) };
}

/** Returns the URL that a worker is registered for. */
export function scopeOf({ worker = DEFAULT_WORKER, scope }: Pick<WorkerOptions, 'worker' | 'scope'>): string {
  return scope === undefined ? new URL('.', resolveUrl(worker)).href : resolveUrl(scope);
}

function refuse(what: string): never {
  throw new TokenwardError('configuration_invalid', `connect(): ${what} Correct the call.`);
}
