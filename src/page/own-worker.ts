import { serviceWorkers } from './platform.ts';
import { TokenwardError } from '../protocol/error.ts';

/** Registration of the app's own worker. A worker of another script is never called: it might be given what is for this one. */
export interface OwnRegistration {
  /** Registration as the browser gave it. It goes stale when the worker is unregistered. */
  readonly registration: ServiceWorkerRegistration;
  /** URL that the worker is registered for. */
  readonly scope: string;
  /** URL of the worker's script. */
  readonly scriptUrl: string;
}

/** Names a worker in a message, by its URL without the query. */
export function nameWorker(scriptUrl: string): string {
  return new URL(scriptUrl).pathname;
}

/** Whether a worker is of this script, and still in use. */
export function isOwn(worker: ServiceWorker | null | undefined, scriptUrl: string): worker is ServiceWorker {
  return worker?.scriptURL === scriptUrl && worker.state !== 'redundant';
}

/** Returns the workers of a registration, the active one first. */
export function workersOf(registration: ServiceWorkerRegistration | undefined): readonly ServiceWorker[] {
  const { active, waiting, installing } = registration ?? {};
  return [active, waiting, installing].filter((worker) => !!worker);
}

/** Finds a worker of another script that has, or is about to have, the place of this one. */
export function findForeign(
  registration: ServiceWorkerRegistration | undefined,
  scriptUrl: string,
): ServiceWorker | undefined {
  return workersOf(registration).find((worker) => worker.scriptURL !== scriptUrl && worker.state !== 'redundant');
}

/**
 * Whether a registration's own worker controls the page. A worker of the same script may be of another registration: of a wider scope, or
 * of one that was unregistered.
 */
export function isInControl({ registration: { active }, scriptUrl }: OwnRegistration): boolean {
  return isOwn(active, scriptUrl) && serviceWorkers()?.controller === active;
}

/** Finds the worker of another script that controls the page. */
export function foreignController({ scriptUrl }: OwnRegistration): ServiceWorker | undefined {
  const controller = serviceWorkers()?.controller;
  return controller && controller.scriptURL !== scriptUrl ? controller : undefined;
}

/**
 * Creates the error for a page whose worker has lost its place.
 *
 * @param foreign the worker that has the place; `undefined` if no worker has it
 * @param own URL of the app's own worker
 * @param scope URL that the other worker is registered for
 */
export function lostWorker(foreign: ServiceWorker | undefined, own: string, scope: string): TokenwardError {
  if (!foreign)
    return new TokenwardError(
      'worker_unregistered',
      `${nameWorker(own)} was unregistered, or the data of the site was cleared. Sign in again.`,
    );
  const [name, other, path] = [nameWorker(own), nameWorker(foreign.scriptURL), nameWorker(scope)];
  return new TokenwardError(
    'worker_replaced',
    `Another worker, ${other}, is registered for ${path} instead of ${name}. ` +
      'Use one of the two, or one worker file that imports both, and load the page again.',
  );
}
