import { wrap } from 'comlink';
import { deserializeError } from './protocol/error.ts';
import { PROTOCOL_VERSION } from './protocol/version.ts';
import type { Answer, CallEnvelope, WorkerApi, WorkerMethod } from './protocol/worker-api.ts';
import { waitFor } from './wait-for.ts';

/** What a method resolves to. */
type ResultOf<M extends WorkerMethod> = Awaited<ReturnType<WorkerApi[M]>>;

/** The worker as Comlink shows it: every method takes one argument and gives an {@link Answer}. */
type RemoteApi<M extends WorkerMethod> = Readonly<Record<string, (argument: unknown) => Promise<Answer<ResultOf<M>>>>>;

/**
 * Calls a method of the active worker.
 *
 * @param registration the registration whose worker is called
 * @param method what to call
 * @param argument what the method takes
 * @throws {@link TokenwardError} what the worker answered, or `worker_timeout`
 */
export async function callWorker<M extends WorkerMethod>(
  registration: ServiceWorkerRegistration,
  method: M,
  argument?: Parameters<WorkerApi[M]>[0],
): Promise<ResultOf<M>> {
  const answer = await askWorker(await activeWorker(registration), method, argument);
  // A new version took over while this one was asked; it has the same session.
  if (!answer) return await callWorker(registration, method, argument);
  if (answer.ok) return answer.value;
  throw deserializeError(answer.error);
}

/**
 * Asks a worker, on a channel of its own: a port to a worker that was stopped stays silent for ever, while a message to the
 * worker itself starts it.
 *
 * @returns nothing if another version took the worker's place meanwhile
 * @throws {@link TokenwardError} `worker_timeout`
 */
export async function askWorker<M extends WorkerMethod>(
  worker: ServiceWorker,
  method: M,
  argument?: Parameters<WorkerApi[M]>[0],
): Promise<Answer<ResultOf<M>> | void> {
  const { port1, port2 } = new MessageChannel();
  const envelope: CallEnvelope = { type: 'tokenward:call', protocolVersion: PROTOCOL_VERSION };
  worker.postMessage(envelope, [port2]);
  const replaced = waitFor(() => worker.state === 'redundant', worker, 'statechange');
  try {
    return await Promise.race([wrap<RemoteApi<M>>(port1)[method]?.(argument), replaced]);
  } finally {
    port1.close();
  }
}

/** The registration's active worker; waits for it while the first one is being installed. */
export async function activeWorker(registration: ServiceWorkerRegistration): Promise<ServiceWorker> {
  const coming = registration.installing ?? registration.waiting;
  if (!registration.active && coming) {
    await waitFor(() => registration.active !== null || coming.state === 'redundant', coming, 'statechange');
  }
  if (!registration.active) throw new TypeError();
  return registration.active;
}
