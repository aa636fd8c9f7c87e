import { wrap } from 'comlink';
import { deserializeError, TokenwardError } from './protocol/error.ts';
import { PROTOCOL_VERSION } from './protocol/version.ts';
import type { Answer, CallEnvelope, WorkerApi, WorkerMethod } from './protocol/worker-api.ts';

/** What a method resolves to. */
type ResultOf<M extends WorkerMethod> = Awaited<ReturnType<WorkerApi[M]>>;

/** The worker as Comlink shows it: every method takes one argument and gives an {@link Answer}. */
type RemoteApi<M extends WorkerMethod> = Readonly<Record<string, (argument: unknown) => Promise<Answer<ResultOf<M>>>>>;

/** How long a call may take, in milliseconds: longer than the worker waits for the authorization server. */
const PATIENCE_MS = 20_000;

/**
 * Calls a method of the worker, on a channel of its own: a port to a worker that was stopped stays silent for ever, while
 * a message to the worker itself starts it.
 *
 * @param registration the registration whose active worker is called
 * @param method what to call
 * @param argument what the method takes
 * @throws {@link TokenwardError} what the worker answered, or `worker_timeout`
 */
export async function callWorker<M extends WorkerMethod>(
  registration: ServiceWorkerRegistration,
  method: M,
  argument?: Parameters<WorkerApi[M]>[0],
): Promise<ResultOf<M>> {
  const worker = registration.active;
  if (!worker) throw timeout();
  const { port1, port2 } = new MessageChannel();
  const abandoned = new AbortController();
  const replaced = new Promise<'replaced'>((resolve) => {
    const look = (): void => {
      if (worker.state === 'redundant') resolve('replaced');
    };
    worker.addEventListener('statechange', look, { signal: abandoned.signal });
  });
  const late = new Promise<'late'>((resolve) => {
    const timer = setTimeout(() => resolve('late'), PATIENCE_MS);
    abandoned.signal.addEventListener('abort', () => clearTimeout(timer));
  });
  try {
    const envelope: CallEnvelope = { type: 'tokenward:call', protocolVersion: PROTOCOL_VERSION };
    worker.postMessage(envelope, [port2]);
    const answer = await Promise.race([wrap<RemoteApi<M>>(port1)[method]?.(argument) ?? late, replaced, late]);
    // A new version has taken over while this one was asked; it has the same session.
    if (answer === 'replaced') return await callWorker(registration, method, argument);
    if (answer === 'late') throw timeout();
    if (!answer.ok) throw deserializeError(answer.error);
    return answer.value;
  } finally {
    abandoned.abort();
    port1.close();
  }
}

function timeout(): TokenwardError {
  return new TokenwardError(
    'worker_timeout',
    'The service worker did not answer. Try again; if it goes on, look at the worker in the browser’s developer tools.',
  );
}
