import { TokenwardError } from './protocol/error.ts';

/** How long to wait for the worker, in milliseconds: longer than the worker waits for the authorization server. */
const PATIENCE_MS = 20_000;

/**
 * Waits until something is so.
 *
 * @param isSo whether it is
 * @param target what tells of changes
 * @param type by which event
 * @throws {@link TokenwardError} `worker_timeout`
 */
export function waitFor(isSo: () => boolean, target: EventTarget, type: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const look = (): void => {
      if (isSo()) resolve();
    };
    target.addEventListener(type, look, { signal });
    signal.addEventListener('abort', () =>
      reject(new TokenwardError('worker_timeout', 'The worker did not answer. Reload the page.')),
    );
    look();
  });
}
