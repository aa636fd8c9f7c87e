import type { SerializedError } from '../src/protocol/error.ts';

declare const self: ServiceWorkerGlobalScope;

/** Global scope of the worker, for code that listens beside other code in it. */
export const workerScope: ServiceWorkerGlobalScope = self;

/** The worker's origin. */
export const origin: string = self.location.origin;

/** The script that runs. */
export const scriptUrl: string = self.location.href;

/** The network, the clock. */
export const send: typeof fetch = (input, init) => self.fetch(input, init);
export const now = (): number => Date.now();

/** A clock that no change of the system's clock alters, in milliseconds since the start of the worker. */
export const monotonicNow = (): number => performance.now();

/**
 * Treatment of the empty fragment of a worker's redirect by this browser. In WebKit, by whatever name, the fragment of the request
 * takes its place. Only what the worker answers to its own sign-ins depends on this.
 */
export const emptyFragment: 'kept' | 'overwritten' = /AppleWebKit(?!.*Chrom)/.test(self.navigator.userAgent)
  ? 'overwritten'
  : 'kept';

/**
 * Moment at which an EventSource of this browser connects again: after a network error of a worker, or, in Firefox, only after the end of a
 * stream. Only answers in place of a network that has failed depend on this.
 */
export const eventSourceRetry: 'after-error' | 'after-end' = self.navigator.userAgent.includes('Firefox/')
  ? 'after-end'
  : 'after-error';

/**
 * Methods of the requests that may be beacons though `keepalive` is false. Firefox shows no request with `keepalive` to a worker but
 * beacons, and these without it.
 */
export const beaconMethods: readonly string[] = /Firefox\//.test(self.navigator.userAgent) ? ['POST'] : [];

/** Whether the page or worker with this id, which has sent a request, is gone; never if the id is empty. */
export const isGone = async (clientId: string): Promise<boolean> =>
  clientId !== '' && (await self.clients.get(clientId)) === undefined;

/** Whether the browser thinks that there is a network; if it does not, there is none. */
export const isOnline = (): boolean => self.navigator.onLine;

/** The caches of this origin. */
export const cacheStorage: CacheStorage = self.caches;

/**
 * Intercepts calls of `fetch()` by the code of this worker.
 *
 * @param intercept returns the result of a call of `fetch()`; `undefined` sends it to the network
 */
export function interceptFetch(intercept: (...call: Parameters<typeof fetch>) => Promise<Response> | undefined): void {
  const fetchFromNetwork = self.fetch.bind(self);
  self.fetch = (...call) => intercept(...call) ?? fetchFromNetwork(...call);
}

/** Returns what the server has put before the script as the policy of pages. It is no secret. */
export const scriptPolicy = (): unknown => Reflect.get(self, '__tokenwardPolicy');

/** Reads a global variable, and removes it. */
export function takeGlobal(name: string): unknown {
  const value: unknown = Reflect.get(self, name);
  Reflect.deleteProperty(self, name);
  return value;
}

/** Lists the pages and frames that this worker controls. */
export const listWindows = (): Promise<readonly WindowClient[]> => self.clients.matchAll({ type: 'window' });

/** The URL that the worker is registered for. */
export const registrationScope = (): string => self.registration.scope;

/** The active worker of this registration, if there is one. */
export const activeWorker = (): ServiceWorker | null => self.registration.active;

/** The worker that is installed and not active yet, if there is one. */
export const waitingWorker = (): ServiceWorker | null => self.registration.waiting;

/**
 * Whether this is another start of a worker that was active before, so that its script was evaluated to the end once. Not every
 * browser says so.
 */
export function wasActivated(): boolean {
  const { serviceWorker }: Partial<ServiceWorkerGlobalScope> = self;
  return serviceWorker?.state === 'activated';
}

/** Does something when the script's evaluation has ended. */
export function onceEvaluated(act: () => unknown): void {
  setTimeout(act);
}

/** The registration of this worker. */
export function ownRegistration(): ServiceWorkerRegistration {
  return self.registration;
}

/** Listens for a worker of this registration that is being installed. */
export function onUpdateFound(listener: () => unknown): void {
  self.registration.addEventListener('updatefound', listener);
}

/** Makes the worker the controller of every page in its scope. */
export function claimClients(): Promise<void> {
  return self.clients.claim();
}

/**
 * Whether the browser may forget that a version has asked to be activated. Chromium does, by whatever name, if the version before is
 * started again.
 */
const forgetsActivation = /Chrom/.test(self.navigator.userAgent);

/** Finds the version of this script that is to take this one's place, if the browser may forget it. */
export function findSuccessor(): ServiceWorker | undefined {
  if (!forgetsActivation || !wasActivated()) return undefined;
  const { installing, waiting } = self.registration;
  return [installing, waiting].find((version) => version?.scriptURL === scriptUrl) ?? undefined;
}

/** Asks the browser to activate this version without waiting until every page is closed. */
export function skipWaiting(): Promise<void> {
  return self.skipWaiting();
}

/** Whether this version is not active yet. Not every browser says so. */
export function isBeforeActivation(): boolean {
  const { serviceWorker }: Partial<ServiceWorkerGlobalScope> = self;
  return serviceWorker?.state === 'installing' || serviceWorker?.state === 'installed';
}

/**
 * Reports to the pages why the worker does not start. A worker whose evaluation throws cannot post messages to its clients;
 * the channel carries a documented error and nothing else.
 */
export function reportStartFailure(error: SerializedError): void {
  const channel = new BroadcastChannel(`tokenward ${self.registration.scope}`);
  channel.postMessage(error);
  channel.close();
}

/** Name of the channel between the versions of this worker. Page script can read it and write to it: it carries no secret. */
const versionsChannel = (): string => `tokenward-versions ${self.registration.scope}`;

/** Notifies every other version of this worker that runs. */
export function tellVersions(message: unknown): void {
  const channel = new BroadcastChannel(versionsChannel());
  channel.postMessage(message);
  channel.close();
}

/** Listens for messages of other versions of this worker. */
export function onVersionMessage(listener: (message: unknown) => void): void {
  new BroadcastChannel(versionsChannel()).addEventListener('message', ({ data }: MessageEvent<unknown>) =>
    listener(data),
  );
}

/** Does something later, if the worker still runs then. */
export function schedule(act: () => void, delayMs: number): void {
  setTimeout(act, delayMs);
}

/** Waits for some milliseconds, if the worker still runs then. */
export function delay(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

/** Writes a warning for the developer to the console. */
export function warn(message: string): void {
  console.warn(`tokenward: ${message}`);
}

/** Listens for what the Content Security Policy of the worker script blocks. Not every browser reports it to a service worker. */
export function onPolicyViolation(listener: (violation: SecurityPolicyViolationEvent) => void): void {
  self.addEventListener('securitypolicyviolation', (event) => {
    if (event instanceof SecurityPolicyViolationEvent) listener(event);
  });
}

/** Returns the id of the page that a message is from; empty if it is from no page. */
export function pageOf(source: ExtendableMessageEvent['source']): string {
  return source instanceof Client ? source.id : '';
}

/** Listens for messages of pages and workers. */
export function onMessage(listener: (event: ExtendableMessageEvent) => void): void {
  self.addEventListener('message', listener);
}

/**
 * Gives the browser rules for requests that it need not ask the worker about (Service Workers, "addRoutes"). A browser that
 * has no such rules, or not one of these, goes on asking.
 *
 * @param rules called when the script has been evaluated; `undefined` among them is left out
 */
export function addStaticRoutes(rules: () => readonly unknown[]): void {
  self.addEventListener('install', (event) => {
    const addRoutes: unknown = Reflect.get(event, 'addRoutes');
    if (typeof addRoutes !== 'function') return;
    for (const rule of rules()) {
      if (rule === undefined) continue;
      const added: unknown = Reflect.apply(addRoutes, event, [rule]);
      event.waitUntil(Promise.resolve(added).catch(() => {}));
    }
  });
}

/** Does something while the worker is installed; the installation fails if it does. */
export function onInstall(act: () => Promise<void>): void {
  self.addEventListener('install', (event) => event.waitUntil(act()));
}

/** Does something when the worker becomes the active one. */
export function onActivate(act: () => Promise<void>): void {
  self.addEventListener('activate', (event) => event.waitUntil(act()));
}
