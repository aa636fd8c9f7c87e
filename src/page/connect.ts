import { warnOfBlockedRequests } from './blocked-requests.ts';
import { handOverResponse } from './callback.ts';
import { ChallengeListeners } from './challenge-listeners.ts';
import { checkConnectOptions, type CheckedConnectOptions, type ConnectOptions } from './connect-options.ts';
import { type ConnectedPage, createClient, type TokenwardClient, withAutomaticSignIn } from './client.ts';
import { Connection } from './connection.ts';
import { ActivityWatch } from './activity-watch.ts';
import { ExpiryWatch } from './expiry-watch.ts';
import { keepAlive } from './keep-alive.ts';
import { createListeners } from './listeners.ts';
import { handshake, type OwnHandshake } from './handshake.ts';
import { withCode } from './platform-failure.ts';
import { watchNetwork } from './network-watch.ts';
import { dropEmptyFragment, onLook, onRestored, serviceWorkers } from './platform.ts';
import { parseAccessChallenge } from '../protocol/access-challenge.ts';
import { type Alarm, parseAlarm } from '../protocol/alarm.ts';
import { isTokenwardError } from '../protocol/error.ts';
import { foreignController, type OwnRegistration } from './own-worker.ts';
import { parseSession, type Claims } from '../protocol/session.ts';
import { renewInPopup } from './popup-renewal.ts';
import { PopupSignIn } from './popup-sign-in.ts';
import { registerWorker, takeControl } from './registration.ts';
import { keepRenewalNote, recallRenewalHint, renewLostSession } from './renewal.ts';
import { createSessionStore } from './session-store.ts';
import { StepUpGuard } from './step-up-guard.ts';
import { membersFrom } from './worker-channel.ts';

/**
 * Registers the worker and resolves when it controls the page. From then on the app's requests to its APIs carry tokens. The
 * promise stays pending if the browser leaves the page to complete a sign-in or to renew a lost session.
 *
 * @param options location of the worker (`/tokenward-sw.js` by default); its configuration is in its own file
 * @returns the client: session, sign-in, sign-out
 * @throws {@link TokenwardError} with one of the codes in `docs/errors.md`; the session is not affected
 * @example
 * const client = await connect();
 * if (client.session.status === 'signed-out') await client.login();
 * const notes = await fetch('https://api.example/v1/notes');
 */
export function connect<C extends Claims = Claims>(options: ConnectOptions = {}): Promise<TokenwardClient<C>> {
  return withCode(async () => (await connectPage<C>(options)).client);
}

/** Does what {@link connect} does, for a page that the library signs in by itself. */
export async function connectPage<C extends Claims>(options: ConnectOptions): Promise<ConnectedPage<C>> {
  const checked = checkConnectOptions(options);
  warnOfBlockedRequests();
  const { registration, endpoints, session: initial, isNew } = await reachWorker<C>(checked);
  dropEmptyFragment();

  const store = createSessionStore(initial);
  const connection = new Connection(checked, registration, store);
  const popups = new PopupSignIn<C>({
    prepare: (request) => connection.call('prepareAuthorization', request),
    endOf: (popupId) => connection.call('popupEnd', popupId),
    refresh: () => connection.refresh(),
    show: (session) => connection.show(session),
    subscribe: store.subscribe,
  });
  const challenges = new ChallengeListeners();
  const alarms = createListeners<Alarm>();
  let isReplacementTold = false;
  const tellAlarm = (alarm: Alarm): void => {
    isReplacementTold ||= alarm.tripwire === 'worker_replaced';
    alarms.tell(alarm);
  };
  serviceWorkers()?.addEventListener('message', (event) => {
    const message = membersFrom(registration, event);
    if (!message) return;
    const { type, session: news, challenge, alarm } = message;
    const session = parseSession<C>(news);
    if (type === 'tokenward:session' && session) connection.show(session);
    if (type === 'tokenward:popup') popups.receive(message);
    const requirement = parseAccessChallenge(challenge);
    if (type === 'tokenward:challenge' && requirement) challenges.tell(requirement, event.ports[0]);
    const known = parseAlarm(alarm);
    if (type === 'tokenward:alarm' && known) tellAlarm(known);
  });
  serviceWorkers()?.addEventListener('controllerchange', () => {
    const foreign = foreignController(registration);
    if (!foreign) return void connection.refresh();
    connection.replacedBy(foreign);
    // The worker may also have stopped before it noticed.
    if (!isReplacementTold)
      tellAlarm({ tripwire: 'worker_replaced', consequence: 'reported', atMs: Date.now(), count: 1 });
  });
  keepAlive(store, () => connection.refresh());
  watchNetwork(store, () => connection.refresh());
  // The page has missed announcements while the browser kept it, such as a sign-out.
  onRestored(() => void connection.refresh());
  onLook(() => void connection.check());
  // Nor what was announced before it had a controller.
  if (isNew) await connection.refresh();
  const expiry = new ExpiryWatch(store, (report) => connection.note('noteExpiry', report));
  new ActivityWatch(store, (report) => connection.note('noteActivity', report)).begin();
  const recallHint = (): string | undefined => recallRenewalHint(registration.scope);
  const { onExpiring } = expiry;
  const stepUpGuard = new StepUpGuard(registration.scope, store.getSnapshot);
  const parts = { onChallenge: challenges.add, onAlarm: alarms.add, onExpiring, popups, stepUpGuard, recallHint };
  const page = withAutomaticSignIn(createClient(connection, store, parts), endpoints.login);
  if (checked.renewal === 'manual') keepRenewalNote(store, registration.scope);
  else if (checked.renewal === 'popup') renewInPopup(store, registration.scope, popups);
  else {
    await renewLostSession(store, registration.scope, {
      login: () => page.signIn('renewal'),
      canLeave: () => connection.isRegistered,
    });
  }
  return page;
}

/** Worker that controls the page. */
interface ReachedWorker<C extends Claims> extends Pick<OwnHandshake<C>, 'endpoints' | 'session'> {
  readonly registration: OwnRegistration;
  /** Whether it did not control the page before, which has heard nothing of it then. */
  readonly isNew: boolean;
}

/**
 * Registers the worker and gives it control of the page. Another worker may take the place in the middle of that, if it was registered
 * first: the browser installs this one after it, so that a second try finds its own worker again.
 */
function reachWorker<C extends Claims>(options: CheckedConnectOptions): Promise<ReachedWorker<C>> {
  return reachWorkerOnce<C>(options).catch((error: unknown) => {
    if (!isTokenwardError(error) || error.code !== 'worker_replaced') throw error;
    return reachWorkerOnce<C>(options);
  });
}

async function reachWorkerOnce<C extends Claims>(options: CheckedConnectOptions): Promise<ReachedWorker<C>> {
  const registration = await registerWorker(options);
  const { endpoints, session } = await handshake<C>(registration);
  // The address no longer holds a response.
  if (await handOverResponse(registration, endpoints)) return await reachWorkerOnce(options);
  return { registration, endpoints, session, isNew: await takeControl(registration) };
}
