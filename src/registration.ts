import { currentUrl, isSecure, serviceWorkers } from './platform.ts';
import { deserializeError, isTokenwardError, parseError, TokenwardError } from './protocol/error.ts';
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
export async function registerWorker({
  worker,
  scope = '/',
  type = 'classic',
}: WorkerOptions): Promise<ServiceWorkerRegistration> {
  const container = requireServiceWorkers();
  const channel = new BroadcastChannel('tokenward');
  let report: unknown;
  channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    report = data;
  });
  try {
    const registration = await container.register(worker, { scope, type });
    await activeWorker(registration);
    return registration;
  } catch (cause) {
    if (isTokenwardError(cause)) throw cause;
    const error = await explain(cause, new URL(worker, currentUrl()));
    const reported = parseError(report);
    throw reported ? deserializeError(reported) : error;
  } finally {
    channel.close();
  }
}

/** Waits until the worker controls the page, also after a hard reload, which leaves a page without a controller. */
export async function takeControl(registration: ServiceWorkerRegistration): Promise<void> {
  const container = requireServiceWorkers();
  const isOurs = (): boolean =>
    container.controller !== null && container.controller.scriptURL === registration.active?.scriptURL;
  if (isOurs()) return;
  await callWorker(registration, 'claimClients');
  await waitFor(isOurs, container, 'controllerchange');
}

function requireServiceWorkers(): ServiceWorkerContainer {
  const container = serviceWorkers();
  if (isSecure() && container) return container;
  // Nothing takes the worker's place: a script that hid it would be given every token.
  throw isSecure()
    ? new TokenwardError('service_worker_unsupported', 'This browser has no service workers here. Use a normal window, not a private one.')
    : new TokenwardError('insecure_context', `Service workers need https (or localhost); ${currentUrl().origin} is neither.`);
}

/** A browser says little about why a registration failed: look at what the server answers. */
async function explain(cause: unknown, url: URL): Promise<TokenwardError> {
  const response = await fetch(url, { cache: 'no-store' }).catch(() => undefined);
  const { pathname } = url;
  if (response?.status === 404) {
    return new TokenwardError('worker_script_not_found', `No worker script at ${pathname} (404). Put the worker's file there.`, { cause });
  }
  if (response?.ok && !/script/i.test(response.headers.get('content-type') ?? '')) {
    return new TokenwardError(
      'worker_script_not_javascript',
      `The server answers ${pathname} with something else, often the app's own page. Serve the worker's file there, as text/javascript.`,
      { cause },
    );
  }
  return new TokenwardError(
    'worker_script_failed',
    `The worker ${pathname} could not be installed. Look at its error in the developer tools, and check that its scope is allowed.`,
    { cause },
  );
}
