import { serializeError, TokenwardError } from '../src/protocol/error.ts';
import type { Session } from '../src/protocol/session.ts';
import { workerOptions } from '../src/configuration/app-configuration.ts';
import { IDENTITY_NAME, parseIdentity } from '../src/protocol/relay-proof.ts';
import type { Precedence, TokenwardOptions } from '../src/configuration/configuration.ts';
import { parseConfiguration } from '../src/configuration/parse-configuration.ts';
import { FetchEvents } from './fetch/fetch-events.ts';
import { routeBeaconsPastWorker, routePastWorker } from './fetch/static-routes.ts';
import { ActivationDelay } from './lifecycle/activation-delay.ts';
import { secureDocuments } from './navigation/secure-documents.ts';
import { parsePagePolicy } from './navigation/secure-response.ts';
import type { TokenAccess } from './oauth/access.ts';
import {
  addStaticRoutes,
  delay,
  findSuccessor,
  monotonicNow,
  onActivate,
  onceEvaluated,
  onInstall,
  onMessage,
  onUpdateFound,
  origin,
  registrationScope,
  reportStartFailure,
  scriptPolicy,
  takeGlobal,
  wasActivated,
  workerScope,
} from './platform.ts';
import type { TokenwardParts } from './tokenward.ts';
import { unlockRecords } from './vault/open-vault.ts';
import { parseScriptSecret, SECRET_NAME } from './vault/script-secret.ts';
import { createWorker, type TokenwardWorker } from './worker.ts';

/** Fetch events of this worker. */
export const fetchEvents: FetchEvents = new FetchEvents(workerScope);

let worker: (() => TokenwardWorker) | undefined;

const activationDelay = new ActivationDelay({ findSuccessor, now: monotonicNow, delay });

function respondIfAny(event: FetchEvent, response: Promise<Response> | undefined): void {
  if (response) fetchEvents.respond(event, response);
}

// At import, so before the code that imports this: a route of the app, such as one that answers every navigation with its page,
// must not get an authorization response. (Chromium has no capture phase for events of workers.)
fetchEvents.listen((event) => {
  activationDelay.note(event);
  respondIfAny(event, worker?.().answerFirst(event));
});
// Code that was there before the import answers before Tokenward, which cannot prevent it, but reports it.
fetchEvents.onOtherResponse((event, response) => worker?.().noteOther(event, response));

const hasOtherListeners = fetchEvents.watchOthers();

/** Differences between the entry points of the worker. */
export interface StartSettings {
  /** Value of `precedence` where the configuration has none. */
  readonly precedence: Precedence;
  /** Requests that the browser sends past the worker while no other code listens for them: beacons, or all that are not its own. */
  readonly pastWorker: 'beacons' | 'all';
  /** Receives every change of the session. */
  readonly onSession?: (session: Session) => void;
}

/**
 * Starts the worker, while its script is evaluated.
 *
 * A worker that was active before checks its configuration and puts itself together after that: the browser needs a while to
 * bring the first event, and begins only when the script has come to its end.
 *
 * @param options the configuration; it is checked and frozen
 * @param settings differences between the entry points
 * @returns gives what requests of the worker's own code need
 * @throws {@link TokenwardError} `configuration_invalid`, whose message names the field; the worker is not installed then,
 *   and the one before it goes on
 */
export function start(
  options: TokenwardOptions,
  { precedence, pastWorker, onSession }: StartSettings,
): () => TokenwardParts<TokenAccess> {
  // The app's one configuration has options for the server too.
  const own = workerOptions(options);
  // Before anything can fail: the secret must not stay in the global scope.
  const secret = parseScriptSecret(takeGlobal(SECRET_NAME));
  const relayIdentity = parseIdentity(takeGlobal(IDENTITY_NAME));
  // Script in a page can put documents into the caches that other code of the worker answers from.
  const policy = parsePagePolicy(scriptPolicy());
  if (policy) secureDocuments(policy);
  const scope = registrationScope();
  const unlock = once(() => (secret === undefined ? undefined : unlockRecords(secret, scope)));
  const assembled = once(() => {
    try {
      const configuration = parseConfiguration(own, origin);
      refuseOtherScope(configuration.registrationScope, scope);
      if (configuration.relay !== undefined && relayIdentity === undefined) throw missingIdentity();
      return createWorker(
        { ...configuration, precedence: configuration.precedence ?? precedence },
        { unlocked: unlock(), relayIdentity },
        onSession,
      );
    } catch (error) {
      reportStartFailure(serializeError(error));
      throw error;
    }
  });
  if (wasActivated()) {
    // Start the slowest step first.
    unlock();
    onceEvaluated(assembled);
  } else assembled();
  worker = assembled;
  // The app's routes may have a strategy of their own for requests to an API.
  fetchEvents.listenLast((event) => respondIfAny(event, assembled().answerLast(event)));
  // The rules would keep requests from the listeners of other code.
  addStaticRoutes(() => {
    if (hasOtherListeners()) return [];
    const configuration = parseConfiguration(own, origin);
    return pastWorker === 'all'
      ? [routePastWorker(configuration, origin), routeBeaconsPastWorker(configuration)]
      : [routeBeaconsPastWorker(configuration, 'POST')];
  });
  onMessage((event) => {
    activationDelay.note(event);
    assembled().receiveMessage(event);
  });
  onUpdateFound(() => assembled().watchRegistration());
  onInstall(() => assembled().install());
  onActivate(() => assembled().activate());
  return () => assembled().parts;
}

/**
 * Throws if the worker runs at another scope than configured. At a narrower scope, the genuine script would take the callback
 * from the worker that began the sign-in.
 */
function refuseOtherScope(configured: string, actual: string): void {
  if (actual === configured) return;
  const message = `The worker was registered for ${actual} and is configured for ${configured}. Put its file into that folder, or correct "base" or "registrationScope".`;
  throw new TokenwardError('configuration_invalid', message);
}

/** Returns the error of a worker script that was served without an identity: every request for tokens would be refused. */
function missingIdentity(): TokenwardError {
  return new TokenwardError(
    'configuration_invalid',
    'The configuration has "relay": true, but the server has put no identity of the relay into the worker script. Serve the script by createTokenward() with the option "relay", or remove "relay".',
  );
}

/** Returns a function that creates a value at its first call. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
