import { currentUrl, isSecure, serviceWorkers } from './platform.ts';
import { deserializeError, type ErrorCode, isTokenwardError, parseError, TokenwardError } from './protocol/error.ts';
import { waitFor } from './wait-for.ts';
import { activeWorker, callWorker } from './worker-channel.ts';

/** Where the worker is. */
export interface WorkerOptions {
  /** URL of the worker's own file, such as `/tokenward-sw.js`. */
  readonly worker: string;
  /** The path that it is registered for; `/` by default. It must be the configured `registrationScope`. */
  readonly scope?: string;
  /** `classic` by default. */
  readonly type?: WorkerType;
}

/**
 * Registers the worker and waits until it is active.
 *
 * @throws {@link TokenwardError} `insecure_context`, `service_worker_unsupported`, `worker_script_not_found`,
 *   `worker_script_not_javascript`, `worker_script_failed`, `configuration_invalid`, `worker_timeout`
 */
export async function registerWorker(options: WorkerOptions): Promise<ServiceWorkerRegistration> {
  const { worker, scope = '/' } = options;
  const container = requireServiceWorkers();
  const channel = new BroadcastChannel('tokenward');
  let report: unknown;
  channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    report = data;
  });
  try {
    const registering = container.register(worker, { ...options, scope });
    registering.catch(() => {});
    // While a new version is being installed, the one before does the work.
    const present = await container.getRegistration(scope);
    const isSame = present?.active?.scriptURL === new URL(worker, currentUrl()).href;
    const registration = present && isSame ? present : await registering;
    await activeWorker(registration);
    return registration;
  } catch (cause) {
    if (isTokenwardError(cause)) throw cause;
    const error = await explain(cause, worker);
    const reported = parseError(report);
    throw reported ? deserializeError(reported) : error;
  } finally {
    channel.close();
  }
}

/** Waits until the worker controls the page, also after a hard reload, which leaves a page without a controller. */
export async function takeControl(registration: ServiceWorkerRegistration): Promise<void> {
  const container = requireServiceWorkers();
  const isOurs = (): boolean => container.controller?.scriptURL === registration.active?.scriptURL;
  if (isOurs()) return;
  await callWorker(registration, 'claimClients');
  await waitFor(isOurs, container, 'controllerchange');
}

function requireServiceWorkers(): ServiceWorkerContainer {
  if (!isSecure())
    throw new TokenwardError('insecure_context', 'Service workers need https, or localhost. Serve it so.');
  const container = serviceWorkers();
  if (container) return container;
  // Nothing takes the worker's place: a script that hid it would be given every token.
  throw new TokenwardError(
    'service_worker_unsupported',
    'There are no service workers here. Use a window that is not private.',
  );
}

/** A browser says little about why a registration failed: look at what the server answers. */
async function explain(cause: unknown, worker: string): Promise<TokenwardError> {
  const response = await fetch(worker, { cache: 'no-store' }).catch(() => undefined);
  const isPage = response?.ok && !/script/i.test(response.headers.get('content-type') ?? '');
  const [code, what]: readonly [ErrorCode, string] =
    response?.status === 404
      ? ['worker_script_not_found', "is not there. Put the worker's file there"]
      : isPage
        ? ['worker_script_not_javascript', "is not JavaScript. Put the worker's file there"]
        : [
            'worker_script_failed',
            'could not be installed. Look at its error in the developer tools, at what it imports, and at its scope',
          ];
  return new TokenwardError(code, `${worker} ${what}.`, { cause });
}
