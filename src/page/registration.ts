import { type CheckedConnectOptions, scopeOf } from './connect-options.ts';
import { diagnoseWorker } from './diagnose-worker.ts';
import {
  findForeign,
  isInControl,
  isOwn,
  lostWorker,
  nameWorker,
  type OwnRegistration,
  workersOf,
} from './own-worker.ts';
import { currentUrl, isSecure, registrationAt, registrationFor, resolveUrl, serviceWorkers, warn } from './platform.ts';
import { deserializeError, isTokenwardError, parseError, TokenwardError } from '../protocol/error.ts';
import { inTime, waitFor } from './wait-for.ts';
import { trustedWorkerUrl, watchWorkerPolicy } from './worker-policy.ts';
import { activeWorker, blocked, callWorker } from './worker-channel.ts';

/**
 * Registers the worker and waits until it is active. A worker of another script that has the scope gives way to it.
 *
 * @throws {@link TokenwardError} `insecure_context`, `service_worker_unsupported`, `worker_script_not_found`,
 *   `worker_script_not_javascript`, `worker_script_failed`, `worker_script_blocked`, `configuration_invalid`, `worker_timeout`, `worker_replaced`
 */
export async function registerWorker(options: CheckedConnectOptions): Promise<OwnRegistration> {
  const container = requireServiceWorkers();
  const { worker, type } = options;
  const own = { scope: scopeOf(options), scriptUrl: resolveUrl(worker) };
  const ending = new AbortController();
  const stoppedByPolicy = watchWorkerPolicy(own.scriptUrl, ending.signal);
  const channel = new BroadcastChannel(`tokenward ${own.scope}`);
  let report: unknown;
  channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    report = data;
  });
  try {
    const registering = container.register(trustedWorkerUrl(own.scriptUrl), { scope: own.scope, type });
    registering.catch(() => {});
    // While a new version is being installed, the previous one still works.
    const present = await registrationFor(own.scope);
    if (present && isOwn(present.active, own.scriptUrl)) return { registration: present, ...own };
    const foreign = findForeign(present, own.scriptUrl);
    const registration = await inTime(registering);
    if (foreign) warn(`${nameWorker(own.scriptUrl)} replaces ${nameWorker(foreign.scriptURL)}. ${REPEATED}`);
    await installed(registration, own.scriptUrl);
    await activeWorker({ registration, ...own });
    return { registration, ...own };
  } catch (cause) {
    if (isTokenwardError(cause)) throw await nameBlocker(cause, own);
    const error = (await stoppedByPolicy()) ?? (await diagnoseWorker(cause, own));
    const reported = parseError(report);
    throw reported ? deserializeError(reported) : error;
  } finally {
    ending.abort();
    channel.close();
  }
}

/** Advice for an app in which two workers replace each other. */
const REPEATED = 'If this warning comes at every load, something registers the other one again: use one of the two.';

/** Names the worker that is in the way where a wait has come to its end: it may have come after the wait began. */
async function nameBlocker(
  failure: TokenwardError,
  { scope, scriptUrl }: Pick<OwnRegistration, 'scope' | 'scriptUrl'>,
): Promise<TokenwardError> {
  if (failure.code !== 'worker_timeout') return failure;
  const foreign = findForeign(await inTime(registrationFor(scope)).catch(() => undefined), scriptUrl);
  return foreign ? blocked(foreign, failure) : failure;
}

/** @throws what is to be explained, if the worker cannot be installed */
async function installed({ installing }: ServiceWorkerRegistration, scriptUrl: string): Promise<void> {
  if (!isOwn(installing, scriptUrl)) return;
  await waitFor(() => installing.state !== 'installing', installing, 'statechange');
  if (installing.state === 'redundant') throw new TypeError();
}

/**
 * Waits until the worker controls the page, also after a hard reload, which leaves a page without a controller.
 *
 * @returns whether it did not control the page before, which has heard nothing of it then
 * @throws {@link TokenwardError} `worker_timeout`, `worker_replaced`, `worker_unregistered`, `configuration_invalid`
 */
export async function takeControl(own: OwnRegistration): Promise<boolean> {
  const container = requireServiceWorkers();
  if (isInControl(own)) return false;
  await checkScope(own);
  await callWorker(own, 'claimClients');
  await waitFor(() => isInControl(own) || isTaken(own), container, 'controllerchange');
  if (!isInControl(own)) await activeWorker(own);
  return true;
}

/** Whether another worker has the place already. */
function isTaken({ registration, scriptUrl }: OwnRegistration): boolean {
  return !!registration.active && !isOwn(registration.active, scriptUrl);
}

/**
 * Checks that this worker's scope is the longest that contains the page: the browser allows no other worker to control the
 * page.
 */
async function checkScope({ scope, scriptUrl }: OwnRegistration): Promise<void> {
  const { href } = currentUrl();
  if (!href.startsWith(scope)) {
    const message = `This page is not in the scope ${nameWorker(scope)} of the worker. Put the worker's file into a folder above the page, or correct "scope".`;
    throw new TokenwardError('configuration_invalid', message);
  }
  const nearest = await registrationAt(href);
  // The same script may be the worker of a narrower scope: it is the worker of another app all the same.
  const [other] = nearest && nearest.scope !== scope ? workersOf(nearest) : [];
  if (other && nearest) throw lostWorker(other, scriptUrl, nearest.scope);
}

function requireServiceWorkers(): ServiceWorkerContainer {
  if (!isSecure())
    throw new TokenwardError('insecure_context', 'Service workers need https, or localhost. Serve the page so.');
  const container = serviceWorkers();
  if (container) return container;
  // There is no fallback: a script that hid the worker would get every token.
  throw new TokenwardError(
    'service_worker_unsupported',
    'There are no service workers here. Use a window that is not private, allow the site to store data, and give a frame with a sandbox "allow-same-origin".',
  );
}
