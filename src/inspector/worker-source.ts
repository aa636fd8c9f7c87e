import { sketchRequest } from '../page/explain.ts';
import type { OwnRegistration } from '../page/own-worker.ts';
import { onVisible, serviceWorkers } from '../page/platform.ts';
import { type Alarm, isAlarm } from '../protocol/alarm.ts';
import type { Explanation, RequestSketch } from '../protocol/explanation.ts';
import { hasMembers, hasStrings } from '../protocol/json.ts';
import type { Session } from '../protocol/session.ts';
import type { WatchedRequest, WorkerReport } from '../protocol/worker-api.ts';
import { isSession } from '../page/session-store.ts';
import { callWorker } from '../page/worker-channel.ts';

/** How the worker is. */
export interface WorkerHealth {
  readonly state: ServiceWorkerState | 'none';
  readonly scriptUrl: string;
  readonly scope: string;
  readonly isInControl: boolean;
  /** A version that has been installed and waits, or is being installed. */
  readonly isUpdating: boolean;
  readonly protocolVersion?: number;
  /** How long a call took, in milliseconds; absent if there was no answer. */
  readonly answeredInMs?: number;
  /** Why there was none. */
  readonly problem?: string;
}

/** Who hears of what the worker says. */
export interface WorkerListener {
  readonly onSession: (session: Session) => void;
  readonly onRequest: (request: WatchedRequest) => void;
  readonly onAlarm: (alarm: Alarm) => void;
  readonly onReport: (report: WorkerReport) => void;
  readonly onHealth: (health: WorkerHealth) => void;
}

/** The worker, as the inspector asks it. */
export interface WorkerSource {
  /** Asks the worker how it is, and to tell of requests from now on. */
  readonly check: () => Promise<void>;
  /** Says what the worker does with a request; nothing is sent. */
  readonly explain: (url: string, init: RequestInit) => Promise<Explanation>;
  readonly explainSketch: (sketch: RequestSketch) => Promise<Explanation>;
}

/**
 * Listens to the worker. It is asked when there is a reason to, never by a timer: what is looked at should live as it does
 * when nobody looks.
 *
 * @param listener who hears
 * @param signal ends it
 */
export function listenToWorker(listener: WorkerListener, signal: AbortSignal): WorkerSource {
  const container = serviceWorkers();
  const registered = async (): Promise<ServiceWorkerRegistration> => {
    if (!container) throw new Error('There are no service workers here.');
    return (await container.getRegistration()) ?? (await container.ready);
  };

  const check = async (): Promise<void> => {
    const registration = await registered();
    const sinceMs = performance.now();
    try {
      const { protocolVersion, session } = await callWorker(ownOf(registration), 'greet');
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

  const onMessage = async ({ data }: MessageEvent<unknown>): Promise<void> => {
    // Another app of the origin, at another scope, has its own.
    if (!hasMembers(data) || data['scope'] !== (await registered()).scope) return;
    const { type, session, request, alarm } = data;
    if (type === 'tokenward:session' && isSession(session)) listener.onSession(session);
    if (type === 'tokenward:request' && isWatchedRequest(request)) listener.onRequest(request);
    if (type === 'tokenward:alarm' && isAlarm(alarm)) listener.onAlarm(alarm);
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

/** Takes the active worker for the app's own: the inspector is not told which script that is. */
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

/** Whether a value is a request that the worker tells of; one of another release may say more. */
function isWatchedRequest(value: unknown): value is WatchedRequest {
  return (
    hasStrings(value, 'url', 'method', 'destination', 'action', 'reason') &&
    'atMs' in value &&
    typeof value['atMs'] === 'number'
  );
}
