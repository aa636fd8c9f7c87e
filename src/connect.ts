import { handOverResponse } from './callback.ts';
import { createClient, type TokenwardClient } from './client.ts';
import { serviceWorkers } from './platform.ts';
import { TokenwardError } from './protocol/error.ts';
import type { Claims } from './protocol/session.ts';
import { PROTOCOL_VERSION } from './protocol/version.ts';
import { registerWorker, takeControl, type WorkerOptions } from './registration.ts';
import { announcedSession, createSessionStore, isSession } from './session-store.ts';
import { callWorker } from './worker-channel.ts';

/**
 * Registers the worker and resolves once it controls the page: from then on the app's requests to its APIs carry tokens.
 *
 * @param options where the worker is; what it does stands in its own file
 * @returns the client: session, sign-in, sign-out
 * @throws {@link TokenwardError} with one of the codes in `docs/errors.md`; nothing that was held is lost
 */
export async function connect<C extends Claims = Claims>(options: WorkerOptions): Promise<TokenwardClient<C>> {
  const registration = await registerWorker(options);
  const { protocolVersion, endpoints, session } = await callWorker(registration, 'greet');
  if (protocolVersion !== PROTOCOL_VERSION || !isSession<C>(session)) {
    throw new TokenwardError(
      'worker_version_mismatch',
      'The page and the worker are of releases that do not understand each other. Deploy both together, then reload.',
    );
  }
  // The page leaves; what comes after connect() belongs to the next one.
  if (await handOverResponse(registration, endpoints)) return new Promise(() => {});
  await takeControl(registration);

  const store = createSessionStore(session);
  serviceWorkers()?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const announced = announcedSession(data);
    if (isSession<C>(announced)) store.set(announced);
  });
  return createClient(registration, store);
}
