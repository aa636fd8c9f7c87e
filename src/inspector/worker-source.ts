import { sketchRequest } from '../page/explain.ts';
import type { OwnRegistration } from '../page/own-worker.ts';
import { onVisible, serviceWorkers } from '../page/platform.ts';
import { type AccessChallenge, parseAccessChallenge } from '../protocol/access-challenge.ts';
import { type Alarm, parseAlarm } from '../protocol/alarm.ts';
import { type Explanation, parseExplanation, type RequestSketch } from '../protocol/explanation.ts';
import { hasStrings } from '../protocol/json.ts';
import { parseSession, type Session } from '../protocol/session.ts';
import type { WatchedRequest, WorkerReport } from '../protocol/worker-api.ts';
import { callWorker, membersFrom } from '../page/worker-channel.ts';

/** State of the worker. */
export interface WorkerHealth {
  readonly state: ServiceWorkerState | 'none';
  readonly scriptUrl: string;
  readonly scope: string;
  readonly isInControl: boolean;
  /** Whether another version is being installed or waits. */
  readonly isUpdating: boolean;
  readonly protocolVersion?: number;
  /** Duration of a call, in milliseconds; absent if there was no answer. */
  readonly answeredInMs?: number;
  /** Message of the error if there was no answer. */
  readonly problem?: string;
}

/** Callbacks for the worker's reports. */
export interface WorkerListener {
  readonly onSession: (session: Session) => void;
  readonly onRequest: (request: WatchedRequest) => void;
  readonly onAlarm: (alarm: Alarm) => void;
  readonly onChallenge: (challenge: AccessChallenge) => void;
  readonly onReport: (report: WorkerReport) => void;
  readonly onHealth: (health: WorkerHealth) => void;
}

/** Access to the worker for the inspector. */
export interface WorkerSource {
  /** Checks the worker's state and asks it to report requests from now on. */
  readonly check: () => Promise<void>;
  /** Returns the worker's explanation of a request. Nothing is sent. */
  readonly explain: (url: string, init: RequestInit) => Promise<Explanation>;
  readonly explainSketch: (sketch: RequestSketch) => Promise<Explanation>;
}

/**
 * Listens to the worker. Only events cause calls, never a timer: the inspector must not keep the worker alive.
 *
 * @param listener called with the worker's reports
 * @param signal stops it
 */
export function listenToWorker(listener: WorkerListener, signal: AbortSignal): WorkerSource {
  const container = serviceWorkers();
  const registered = async (): Promise<ServiceWorkerRegistration> => {
    if (!container) throw new Error('There are no service workers here.');
    // The page of one app may show a URL of another app, as a router does: what counts is the worker that its requests go to.
    const all = container.controller ? await container.getRegistrations() : [];
    const own = all.find(({ active }) => active === container.controller);
    return own ?? (await container.getRegistration()) ?? (await container.ready);
  };

  const check = async (): Promise<void> => {
    const registration = await registered();
    const sinceMs = performance.now();
    try {
      const { protocolVersion, session } = await callWorker(ownOf(registration), 'handshake');
      const answeredInMs = performance.now() - sinceMs;
      listener.onReport(await callWorker(ownOf(registration), 'watch'));
      listener.onSession(session);
      listener.onHealth({ ...lookAt(registration, container), protocolVersion, answeredInMs });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      listener.onHealth({ ...lookAt(registration, container), problem });
    }
  };
  const checkAgain = (): void => void check();

  const onMessage = async (event: MessageEvent<unknown>): Promise<void> => {
    const message = membersFrom(ownOf(await registered()), event);
    if (!message) return;
    const { type, session, request, alarm, challenge } = message;
    const parsed = parseSession(session);
    if (type === 'tokenward:session' && parsed) listener.onSession(parsed);
    const watched = parseWatchedRequest(request);
    if (type === 'tokenward:request' && watched) listener.onRequest(watched);
    const known = parseAlarm(alarm);
    if (type === 'tokenward:alarm' && known) listener.onAlarm(known);
    const met = parseAccessChallenge(challenge);
    if (type === 'tokenward:challenge' && met) listener.onChallenge(met);
  };
  container?.addEventListener('message', (event) => void onMessage(event), { signal });
  container?.addEventListener('controllerchange', checkAgain, { signal });
  container?.startMessages();
  onVisible(() => {
    if (!signal.aborted) checkAgain();
  });
  void registered().then((registration) => registration.addEventListener('updatefound', checkAgain, { signal }));
  void check();

  const explainSketch = async (sketch: RequestSketch): Promise<Explanation> =>
    callWorker(ownOf(await registered()), 'explain', sketch);
  return { check, explain: async (url, init) => explainSketch(sketchRequest(url, init)), explainSketch };
}

/** Treats the active worker as the app's own: the inspector does not know the URL of the app's script. */
function ownOf(registration: ServiceWorkerRegistration): OwnRegistration {
  const { scope, active, waiting, installing } = registration;
  return { registration, scope, scriptUrl: (active ?? waiting ?? installing)?.scriptURL ?? scope };
}

function lookAt(
  { active, installing, waiting, scope }: ServiceWorkerRegistration,
  container: ServiceWorkerContainer | undefined,
): WorkerHealth {
  return {
    state: active?.state ?? 'none',
    scriptUrl: active?.scriptURL ?? '',
    scope,
    isInControl: active !== null && container?.controller === active,
    isUpdating: Boolean(installing ?? waiting),
  };
}

/** Parses a report of a request; `undefined` if it is none that this release knows. */
export function parseWatchedRequest(value: unknown): WatchedRequest | undefined {
  const explanation = parseExplanation(value);
  if (!explanation || !hasStrings(value, 'url', 'method', 'destination')) return undefined;
  const { url, method, destination, atMs } = value;
  return typeof atMs === 'number' ? { url, method, destination, atMs, ...explanation } : undefined;
}
