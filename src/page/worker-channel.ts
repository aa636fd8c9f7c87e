import { wrap } from 'comlink';
import { findForeign, isOwn, lostWorker, nameWorker, type OwnRegistration, workersOf } from './own-worker.ts';
import { registrationFor } from './platform.ts';
import { deserializeError, isTokenwardError, TokenwardError } from '../protocol/error.ts';
import { hasMembers, type UnknownMembers } from '../protocol/json.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import type { Answer, CallEnvelope, WorkerApi, WorkerMethod } from '../protocol/worker-api.ts';
import { inTime, waitFor } from './wait-for.ts';

/** Value that a method resolves to. */
export type ResultOf<M extends WorkerMethod> = Awaited<ReturnType<WorkerApi[M]>>;

/** Worker as Comlink exposes it: every method takes one argument and returns an {@link Answer}. */
type RemoteApi<M extends WorkerMethod> = Readonly<
  Record<WorkerMethod, (argument: unknown) => Promise<Answer<ResultOf<M>>>>
>;

/** Number of versions of the worker that one call may meet: each may be replaced while it is asked. */
const MAX_VERSIONS = 5;

/**
 * Calls a method of the active worker.
 *
 * @param own the registration whose worker is called
 * @param method what to call
 * @param argument what the method takes
 * @throws {@link TokenwardError} what the worker answered, `worker_timeout`, or `worker_replaced` and `worker_unregistered` where
 *   another worker, or none, has its place
 */
export async function callWorker<M extends WorkerMethod>(
  own: OwnRegistration,
  method: M,
  argument?: Parameters<WorkerApi[M]>[0],
): Promise<ResultOf<M>> {
  for (let versions = 0; versions < MAX_VERSIONS; versions++) {
    const answer = await askWorker(await activeWorker(own), method, argument);
    if (answer?.ok) return answer.value;
    if (answer) throw deserializeError(answer.error);
    // A new version took over during the call; it has the same session.
  }
  throw new TokenwardError('worker_timeout', 'The worker is replaced again and again. Reload the page.');
}

/**
 * Calls a worker on a channel of its own: a port to a stopped worker stays silent for ever, while a message to the worker
 * itself starts it.
 *
 * @returns nothing if another version has replaced the worker meanwhile
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
    // No optional call: a compiler may write it as `.call(…)`, which a Comlink proxy treats as one more step of the path.
    return await Promise.race([wrap<RemoteApi<M>>(port1)[method](argument), replaced]);
  } finally {
    port1.close();
  }
}

/**
 * Finds the active worker; waits for it while it takes its place.
 *
 * @throws {@link TokenwardError} `worker_timeout`, `worker_replaced`, `worker_unregistered`
 */
export async function activeWorker({ registration, scope, scriptUrl }: OwnRegistration): Promise<ServiceWorker> {
  if (isOwn(registration.active, scriptUrl)) return registration.active;
  // Ask the browser, because the data of a removed registration, or of one whose worker is being replaced, is out of date. The
  // answer also takes a task, so that a loop of calls cannot delay events of the browser.
  const present = await inTime(registrationFor(scope));
  const worker = workersOf(present).find((candidate) => isOwn(candidate, scriptUrl));
  if (!worker || !present) throw lostWorker(findForeign(present, scriptUrl), scriptUrl, scope);
  try {
    await waitFor(() => /^(installed|activat|redundant)/.test(worker.state), worker, 'statechange');
    // It may be an app's own worker, which waits until all pages of the other worker are closed.
    if (worker.state === 'installed' && present.active) await askWorker(worker, 'takeOver');
    await waitFor(() => /^(activat|redundant)/.test(worker.state), worker, 'statechange');
  } catch (error) {
    const foreign = findForeign(present, scriptUrl);
    throw foreign && isTokenwardError(error) ? blocked(foreign, error) : error;
  }
  if (isOwn(worker, scriptUrl)) return worker;
  throw lostWorker(findForeign(present, scriptUrl), scriptUrl, scope);
}

/** Creates the error for a worker that another one does not let take its place. */
export function blocked(foreign: ServiceWorker, cause: unknown): TokenwardError {
  const message = `Another worker, ${nameWorker(foreign.scriptURL)}, stays active. Reload the page when no other tab of the app is open.`;
  return new TokenwardError('worker_timeout', message, { cause });
}

/**
 * Returns the members of a message from the app's own worker; `undefined` for any other message. Workers of other apps of the origin, and
 * of other scripts, can send messages to this page too.
 */
export function membersFrom(
  { scope, scriptUrl }: Pick<OwnRegistration, 'scope' | 'scriptUrl'>,
  { data, source }: MessageEvent<unknown>,
): UnknownMembers | undefined {
  const isOfScript = source instanceof ServiceWorker && source.scriptURL === scriptUrl;
  return isOfScript && hasMembers(data) && data['scope'] === scope ? data : undefined;
}
