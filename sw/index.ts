import { serializeError, TokenwardError } from '../src/protocol/error.ts';
import type { Session } from '../src/protocol/session.ts';
import type { TokenwardOptions } from './config/configuration.ts';
import { parseConfiguration } from './config/parse-configuration.ts';
import type { TokenAccess } from './oauth/access.ts';
import {
  onActivate,
  onceEvaluated,
  onFetch,
  onFetchLast,
  onInstall,
  onMessage,
  onUpdateFound,
  origin,
  registrationScope,
  reportStartFailure,
  takeScriptSecret,
  wasActivated,
} from './platform.ts';
import type { TokenwardParts } from './tokenward.ts';
import { unlockRecords } from './vault/open-vault.ts';
import { createWorker, type TokenwardWorker } from './worker.ts';

let worker: (() => TokenwardWorker) | undefined;
// At import, so before the code that imports this: a route of the app, such as one that answers every navigation with its page,
// must not get an authorization response. (Chromium has no capture phase for events of workers.)
onFetch((event) => event.request.url.startsWith(origin) && worker?.().answerEndpoint(event));

/**
 * Starts the worker, while its script is evaluated.
 *
 * A worker that was active before checks its configuration and puts itself together after that: the browser needs a while to
 * bring the first event, and begins only when the script has come to its end.
 *
 * @param options the configuration; it is checked and frozen
 * @param onSession hears of every change of the session
 * @returns gives what requests of the worker's own code need
 * @throws {@link TokenwardError} `configuration_invalid`, whose message names the field; the worker is not installed then,
 *   and the one before it goes on
 */
export function start(
  options: TokenwardOptions,
  onSession?: (session: Session) => void,
): () => TokenwardParts<TokenAccess> {
  // Before anything can fail: what the server put before the script is not left lying about.
  const secret = takeScriptSecret();
  const scope = registrationScope();
  const unlock = once(() => (secret === undefined ? undefined : unlockRecords(secret, scope)));
  const assembled = once(() => {
    try {
      const configuration = parseConfiguration(options, origin);
      refuseOtherScope(configuration.registrationScope, scope);
      return createWorker(configuration, unlock(), onSession);
    } catch (error) {
      reportStartFailure(serializeError(error));
      throw error;
    }
  });
  if (wasActivated()) {
    // What takes longest.
    unlock();
    onceEvaluated(assembled);
  } else assembled();
  worker = assembled;
  // The app's routes may have a way of their own for what goes to an API.
  onFetchLast((event) => assembled().answerResource(event));
  onMessage((event) => assembled().hear(event));
  onUpdateFound(() => assembled().watchRegistration());
  onInstall(() => assembled().install());
  onActivate(() => assembled().settle());
  return () => assembled().parts;
}

/** The genuine script at a narrower scope would take the callback away from the worker that began the sign-in. */
function refuseOtherScope(configured: string, actual: string): void {
  if (actual === configured) return;
  const message = `The worker was registered for ${actual}. Register it for the configured "registrationScope".`;
  throw new TokenwardError('configuration_invalid', message);
}

/** Makes something when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
