import type { ErrorCode } from '../protocol/error-codes.ts';
import { isTokenwardError, TokenwardError } from '../protocol/error.ts';

/** Code and message of a failure of the browser. */
type Failure = readonly [code: ErrorCode, message: string];

const FORBIDDEN: Failure = [
  'service_worker_unsupported',
  'The browser forbids the page its service worker or its storage. Allow the site to store data and cookies, and use a window that is not private.',
];

/** Failures by the name of the exception (Web IDL, section 2.8.1). */
const FAILURES: Readonly<Record<string, Failure>> = {
  DataCloneError: [
    'request_invalid',
    'An argument cannot be sent to the worker. Pass plain data, and correct the call.',
  ],
  SecurityError: FORBIDDEN,
  NotAllowedError: FORBIDDEN,
  NotSupportedError: FORBIDDEN,
  InvalidStateError: ['worker_timeout', 'The page, or its worker, is no longer in use. Reload the page.'],
};

/**
 * Makes a call of the public interface. An exception of the browser gets a documented code.
 *
 * @param act the call
 * @throws {@link TokenwardError}
 */
export async function withCode<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    throw isTokenwardError(cause) ? cause : platformFailure(cause);
  }
}

/** Whether the browser's settings, or the place of the page, forbid what was asked for. */
export function isForbidden(cause: unknown): boolean {
  return failureOf(cause) === FORBIDDEN;
}

/** Creates the error for an exception of the browser, whose own message may hold anything: URLs, for example. */
export function platformFailure(cause: unknown): TokenwardError {
  const name = nameOf(cause);
  const unexpected = `The browser failed (${name}). Reload the page; if it goes on, look at the cause of this error.`;
  const [code, message] = failureOf(cause) ?? ['internal_error', unexpected];
  return new TokenwardError(code, message, { cause });
}

function failureOf(cause: unknown): Failure | undefined {
  return new Map(Object.entries(FAILURES)).get(nameOf(cause));
}

function nameOf(cause: unknown): string {
  return cause instanceof Error && /^\w+$/.test(cause.name) ? cause.name : 'Error';
}
