import type { Claims, Session } from '../protocol/session.ts';
import { TokenwardError } from '../protocol/error.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import type { Greeting } from '../protocol/worker-api.ts';
import { isSession } from './session-store.ts';
import { isOwn, type OwnRegistration } from './own-worker.ts';
import { inTime, waitFor } from './wait-for.ts';
import { askWorker, callWorker } from './worker-channel.ts';

/** A greeting that this page understands. */
export interface OwnGreeting<C extends Claims> extends Greeting {
  readonly session: Session<C>;
}

/**
 * Greets the active worker. If it is of another release than this page, the one that the server has now takes its place, and
 * its session. That is tried once, and the page is never reloaded: nothing can go round in circles.
 *
 * @throws {@link TokenwardError} `worker_version_mismatch`, `worker_timeout`
 */
export async function meetWorker<C extends Claims>(registration: OwnRegistration): Promise<OwnGreeting<C>> {
  const greeting = await callWorker(registration, 'greet');
  if (isUnderstood<C>(greeting)) return greeting;
  // Without a server, or with a worker that cannot be installed, it stays as it is.
  await updateWorker(registration).catch(() => {});
  const next = await callWorker(registration, 'greet');
  if (isUnderstood<C>(next)) return next;
  throw versionMismatch(next);
}

/** Whether a worker speaks the protocol of this page. */
export function isUnderstood<C extends Claims>(greeting: Greeting): greeting is OwnGreeting<C> {
  return greeting.protocolVersion === PROTOCOL_VERSION && isSession<C>(greeting.session);
}

/** What is to be said if it does not. */
export function versionMismatch({ protocolVersion }: Greeting): TokenwardError {
  const [age, remedy] =
    protocolVersion > PROTOCOL_VERSION ? ['an older', 'Reload it'] : ['a newer', "Deploy the worker's file too"];
  return new TokenwardError('worker_version_mismatch', `The page is of ${age} release than the worker. ${remedy}.`);
}

/** Looks for another version of the worker and lets it take over; it has the session when it is installed. */
async function updateWorker({ registration, scriptUrl }: OwnRegistration): Promise<void> {
  await inTime(registration.update());
  const next = [registration.installing, registration.waiting].find((worker) => isOwn(worker, scriptUrl));
  if (!next) return;
  await waitFor(() => next.state !== 'installing', next, 'statechange');
  // It may be an app's own worker, which waits until all pages of the version before are closed.
  if (next.state === 'installed') await askWorker(next, 'takeOver');
  await waitFor(() => /^(activated|redundant)$/.test(next.state), next, 'statechange');
}
