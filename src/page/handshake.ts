import { type Claims, parseSession, type Session } from '../protocol/session.ts';
import { TokenwardError } from '../protocol/error.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import type { Handshake } from '../protocol/worker-api.ts';
import { isOwn, type OwnRegistration } from './own-worker.ts';
import { inTime, waitFor } from './wait-for.ts';
import { askWorker, callWorker } from './worker-channel.ts';

/** Handshake whose protocol this page supports. */
export interface OwnHandshake<C extends Claims> extends Handshake {
  readonly session: Session<C>;
}

/**
 * Performs the handshake with the active worker. If the worker has another protocol than this page, the function updates the
 * worker once from the server; the new version takes over the session. The function never reloads the page, so that no loop can
 * arise.
 *
 * @throws {@link TokenwardError} `worker_version_mismatch`, `worker_timeout`
 */
export async function handshake<C extends Claims>(registration: OwnRegistration): Promise<OwnHandshake<C>> {
  const answer = understand<C>(await callWorker(registration, 'handshake'));
  if (answer) return answer;
  // Without a server, or with a worker that cannot be installed, nothing changes.
  await updateWorker(registration).catch(() => {});
  const next = await callWorker(registration, 'handshake');
  const understood = understand<C>(next);
  if (understood) return understood;
  throw versionMismatch(next);
}

/** Parses the answer of a worker; `undefined` if the worker has another protocol than this page. */
export function understand<C extends Claims>(answer: Handshake): OwnHandshake<C> | undefined {
  const session = parseSession<C>(answer.session);
  return answer.protocolVersion === PROTOCOL_VERSION && session ? { ...answer, session } : undefined;
}

/** Returns the error of a worker with another protocol. */
export function versionMismatch({ protocolVersion }: Handshake): TokenwardError {
  const [age, remedy] =
    protocolVersion > PROTOCOL_VERSION ? ['an older', 'Reload it'] : ['a newer', "Deploy the worker's file too"];
  return new TokenwardError('worker_version_mismatch', `The page is of ${age} release than the worker. ${remedy}.`);
}

/** Checks for another version of the worker and activates it. It has the session when it is installed. */
async function updateWorker({ registration, scriptUrl }: OwnRegistration): Promise<void> {
  await inTime(registration.update());
  const next = [registration.installing, registration.waiting].find((worker) => isOwn(worker, scriptUrl));
  if (!next) return;
  await waitFor(() => next.state !== 'installing', next, 'statechange');
  // It may be an app's own worker, which waits until all pages of the previous version are closed.
  if (next.state === 'installed') await askWorker(next, 'takeOver');
  await waitFor(() => /^(activated|redundant)$/.test(next.state), next, 'statechange');
}
