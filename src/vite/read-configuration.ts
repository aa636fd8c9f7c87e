import { runInNewContext } from 'node:vm';
import { workerOptions } from '../configuration/app-configuration.ts';
import { type Configuration, parseConfiguration } from '../configuration/parse-configuration.ts';
import { withUrlPattern } from '../server/node/url-pattern.ts';

/** Worker's own file, whose configuration is read. */
export interface WorkerProgram {
  /** Path of its file, for errors. */
  readonly file: string;
  /** Text of a classic script that calls `tokenward.start()`. */
  readonly program: string;
}

/**
 * Runs the worker's own file as far as its call of `tokenward.start()`, in a scope that has little of a worker's, and checks
 * the configuration as the worker would.
 *
 * @param origin the app's origin
 * @throws Error which says what is wrong, and names the field
 */
export function readConfiguration({ file, program }: WorkerProgram, origin: string): Configuration {
  const given: unknown[] = [];
  let failure: unknown;
  try {
    runInNewContext(program, createScope(origin, given), { filename: file, timeout: TIME_LIMIT_MS });
  } catch (error) {
    failure = error;
  }
  // The code after the call may need a real worker.
  if (given.length === 0) throw new Error(`${file}: ${describeMissingStart(failure)}`, { cause: failure });
  try {
    return withUrlPattern(() => parseConfiguration(workerOptions(given[0]), origin));
  } catch (cause) {
    throw new Error(`${file}: ${messageOf(cause)}`, { cause });
  }
}

const TIME_LIMIT_MS = 5000;

/** Creates a global scope in which the file's statements up to the call can run. */
function createScope(origin: string, given: unknown[]): object {
  const nothing = (): void => {};
  const scope = {
    tokenward: { start: (options: unknown) => void given.push(options) },
    location: new URL('/', origin),
    registration: { scope: `${origin}/` },
    importScripts: nothing,
    addEventListener: nothing,
    console,
    URL,
    URLSearchParams,
  };
  return Object.assign(scope, { self: scope });
}

function describeMissingStart(failure: unknown): string {
  return failure === undefined
    ? 'It never calls tokenward.start(), which has the configuration.'
    : `It fails before it calls tokenward.start(): ${messageOf(failure)}`;
}

/** Returns the message of an error, also of one from another realm. */
function messageOf(error: unknown): string {
  const isError = typeof error === 'object' && error !== null && 'message' in error;
  return isError ? String(error.message) : String(error);
}
