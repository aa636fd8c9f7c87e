import { TokenwardError } from '../protocol/error.ts';
import { afterRunning } from './running-time.ts';

/** Time limit of every wait for a worker, in milliseconds: longer than the worker waits for the authorization server. */
const TIMEOUT_MS = 20_000;

/**
 * Waits until a condition holds.
 *
 * @param isSo whether it holds
 * @param target the object whose events announce changes
 * @param type the type of those events
 * @throws {@link TokenwardError} `worker_timeout`
 */
export function waitFor(isSo: () => boolean, target: EventTarget, type: string): Promise<void> {
  return withTimeout((resolve, signal) => {
    const look = (): void => {
      if (isSo()) resolve();
    };
    target.addEventListener(type, look, { signal });
    look();
  });
}

/**
 * Waits for a promise of the browser within the time limit: the browser may wait for other workers.
 *
 * @param promise the promise
 * @throws {@link TokenwardError} `worker_timeout`, or the reason of the promise's rejection
 */
export function inTime<T>(promise: Promise<T>): Promise<T> {
  return withTimeout((resolve) => resolve(promise));
}

/** Waits for as long as the page runs: see {@link afterRunning}. */
async function withTimeout<T>(
  begin: (resolve: (value: T | Promise<T>) => void, signal: AbortSignal) => void,
): Promise<T> {
  const ending = new AbortController();
  const { signal } = ending;
  const late = new Promise<never>((_resolve, reject) => {
    const act = (): void => reject(new TokenwardError('worker_timeout', 'The worker did not answer. Reload the page.'));
    afterRunning(TIMEOUT_MS, { act, signal });
  });
  try {
    return await Promise.race([late, new Promise<T>((resolve) => begin(resolve, signal))]);
  } finally {
    ending.abort();
  }
}
