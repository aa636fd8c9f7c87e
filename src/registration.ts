import { deserializeError, isErrorCode, TokenwardError } from './protocol/error.ts';
import { hasMembers } from './protocol/json.ts';
import { currentUrl, isSecure, serviceWorkers } from './platform.ts';
import { callWorker } from './worker-channel.ts';

/** Where the worker is. */
export interface WorkerOptions {
  /** URL of the worker's own file, such as `/tokenward-sw.js`. */
  readonly worker: string;
  /** The path that it is registered for; `/` by default. It must be the configured `registrationScope`. */
  readonly scope?: string;
  /** `classic` by default. */
  readonly type?: WorkerType;
}

/** How long to wait for control of the page, in milliseconds. */
const PATIENCE_MS = 20_000;

/**
 * Registers the worker and waits until it is active.
 *
 * @throws {@link TokenwardError} `insecure_context`, `service_worker_unsupported`, `worker_script_not_found`,
 *   `worker_script_not_javascript`, `worker_script_failed`, `configuration_invalid`, `worker_timeout`
 */
export async function registerWorker(options: WorkerOptions): Promise<ServiceWorkerRegistration> {
  const container = requireServiceWorkers();
  const { worker, scope = '/', type = 'classic' } = options;
  const channel = new BroadcastChannel('tokenward');
  const reports: unknown[] = [];
  channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => reports.push(data));
  try {
    const registration = await container.register(worker, { scope, type });
    await activation(registration);
    return registration;
  } catch (cause) {
    throw await explain(cause, worker, reports);
  } finally {
    channel.close();
  }
}

/** Waits until the worker controls the page, also after a hard reload, which leaves a page without a controller. */
export async function takeControl(registration: ServiceWorkerRegistration): Promise<void> {
  const container = requireServiceWorkers();
  const isOurs = (): boolean => container.controller !== null && container.controller.scriptURL === registration.active?.scriptURL;
  if (isOurs()) return;
  await callWorker(registration, 'claimClients');
  await waitFor(isOurs, (look, signal) => container.addEventListener('controllerchange', look, { signal }));
}

function requireServiceWorkers(): ServiceWorkerContainer {
  if (!isSecure()) {
    throw new TokenwardError(
      'insecure_context',
      `Service workers need a secure context, and ${currentUrl().origin} is none. Serve the app over https (or on localhost).`,
    );
  }
  const container = serviceWorkers();
  // Nothing takes the worker's place: a script that hid it would be given every token.
  if (container) return container;
  throw new TokenwardError(
    'service_worker_unsupported',
    'This browser offers no service workers here, as some do in private windows. Ask the user to open a normal window.',
  );
}

async function activation(registration: ServiceWorkerRegistration): Promise<void> {
  if (registration.active) return;
  const worker = registration.installing ?? registration.waiting;
  if (!worker) throw new TypeError('The registration has no worker.');
  await waitFor(
    () => registration.active !== null || worker.state === 'redundant',
    (look, signal) => worker.addEventListener('statechange', look, { signal }),
  );
  if (!registration.active) throw new TypeError('The worker was not installed.');
}

function waitFor(isSo: () => boolean, listen: (look: () => void, signal: AbortSignal) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = new AbortController();
    const timer = setTimeout(() => {
      done.abort();
      reject(new TokenwardError('worker_timeout', 'The service worker did not take control of the page. Reload it.'));
    }, PATIENCE_MS);
    const look = (): void => {
      if (!isSo()) return;
      clearTimeout(timer);
      done.abort();
      resolve();
    };
    listen(look, done.signal);
    look();
  });
}

/** A browser says little about why a registration failed: look at what the server answers, and at the worker's own report. */
async function explain(cause: unknown, worker: string, reports: readonly unknown[]): Promise<TokenwardError> {
  if (cause instanceof TokenwardError) return cause;
  const url = new URL(worker, currentUrl());
  const response = await fetch(url, { cache: 'no-store' }).catch(() => undefined);
  const [report] = reports;
  if (hasMembers(report) && isErrorCode(report['code']) && typeof report['message'] === 'string') {
    return deserializeError({ code: report['code'], message: report['message'], retryable: false });
  }
  if (response?.status === 404) {
    return new TokenwardError(
      'worker_script_not_found',
      `There is no worker script at ${url.pathname} (HTTP 404). Put the worker's file there, or correct connect({ worker }).`,
      { cause },
    );
  }
  if (response?.ok && !/javascript|ecmascript/i.test(response.headers.get('content-type') ?? '')) {
    return new TokenwardError(
      'worker_script_not_javascript',
      `The server answers ${url.pathname} with something that is not JavaScript, often the app's own page. ` +
        'Make it serve the worker script there with the type text/javascript.',
      { cause },
    );
  }
  return new TokenwardError(
    'worker_script_failed',
    `The worker script ${url.pathname} could not be installed. Its own error stands in the developer tools, under the ` +
      "service workers of this origin; check also that the scope is one the script's folder (or Service-Worker-Allowed) covers.",
    { cause },
  );
}
