/** Whether this is a secure context (Secure Contexts, section 2): service workers need one. A server, where an app may be rendered too, is not asked. */
export function isSecure(): boolean {
  return typeof isSecureContext === 'undefined' || isSecureContext;
}

/** Returns the service workers of this origin; `undefined` if the browser has none or forbids them, or without a browser. */
export function serviceWorkers(): ServiceWorkerContainer | undefined {
  try {
    return globalThis.navigator?.serviceWorker;
  } catch {
    // A sandboxed frame without an origin.
    return undefined;
  }
}

/** Finds the registration whose worker gets the navigations to a URL. */
export async function registrationAt(url: string): Promise<ServiceWorkerRegistration | undefined> {
  return await serviceWorkers()?.getRegistration(url);
}

/** Finds the registration for exactly this scope. */
export async function registrationFor(scope: string): Promise<ServiceWorkerRegistration | undefined> {
  const registration = await registrationAt(scope);
  return registration?.scope === scope ? registration : undefined;
}

const warnings = new Set<string>();

/** Warns the developer of the app in the console, once per page. */
export function warn(message: string): void {
  if (!warnings.has(message)) console.warn(`tokenward: ${message}`);
  warnings.add(message);
}

/** Resolves a URL as the browser resolves it for this page, by its `<base>` too, without the fragment. */
export function resolveUrl(url: string): string {
  return new URL(url, document.baseURI).href.replace(/#.*/, '');
}

/** Returns the page's URL, fragment included. */
export function currentUrl(): URL {
  return new URL(window.location.href);
}

/** Returns the page's URL within its origin. */
export function currentPath(): string {
  const { pathname, search, hash } = window.location;
  return pathname + search + hash;
}

/** Returns the address that the browser has come from, as far as it says so. */
export function referrer(): URL | undefined {
  const from = hasDocument() ? document.referrer : undefined;
  return from !== undefined && URL.canParse(from) ? new URL(from) : undefined;
}

/** Leaves the page. */
export function navigate(url: string): void {
  window.location.assign(url);
}

/** Leaves the page; the browser's back button does not come back to it. */
export function replacePage(url: string): void {
  const [before] = window.location.href.split('#');
  window.location.replace(url);
  // For another fragment of the same document the browser only scrolls, and the page would wait for a navigation that never comes.
  const [after, ...fragment] = new URL(url, before).href.split('#');
  if (after === before && fragment.length > 0) window.location.reload();
}

/** Removes query and fragment from the address bar and from this history entry. */
export function cleanUrl(): void {
  window.history.replaceState(window.history.state, '', window.location.pathname);
}

/** Removes the empty fragment of the worker's redirects (see `redirectTo`) from the address bar and from this history entry. */
export function dropEmptyFragment(): void {
  const { href } = window.location;
  if (href.endsWith('#')) window.history.replaceState(window.history.state, '', href.slice(0, -1));
}

/** Whether the user can see the page. */
export function isVisible(): boolean {
  return document.visibilityState === 'visible';
}

/** Calls the listener when the page becomes visible or hidden. */
export function onVisible(listener: () => void, signal?: AbortSignal): void {
  document.addEventListener('visibilitychange', listener, { ...(signal && { signal }) });
}

/** Calls the listener when the user causes such an event, before the app gets it. What script makes up does not count. */
export function onUserEvent(types: readonly string[], listener: () => void, signal: AbortSignal): void {
  const onEvent = ({ isTrusted }: Event): void => void (isTrusted && listener());
  for (const type of types) document.addEventListener(type, onEvent, { capture: true, passive: true, signal });
}

/** Calls the listener when the user looks at the page: it becomes visible, or gets the focus. */
export function onLook(listener: () => void, signal?: AbortSignal): void {
  onVisible(() => isVisible() && listener(), signal);
  window.addEventListener('focus', listener, { ...(signal && { signal }) });
}

/** Opens an empty window in front of this one; `undefined` if the browser does not let the page, or no user has asked for it. */
export function openWindow({ width, height }: Readonly<Record<'width' | 'height', number>>): Window | undefined {
  if (!isUserActive()) return undefined;
  const left = Math.max(0, Math.round(window.screenX + (window.outerWidth - width) / 2));
  const top = Math.max(0, Math.round(window.screenY + (window.outerHeight - height) / 2));
  const features = `popup,width=${width},height=${height},left=${left},top=${top}`;
  return window.open('', '_blank', features) ?? undefined;
}

/** Whether the user has just done something that allows the page to open a window. Not every browser says so. */
export function isUserActive(): boolean {
  const { userActivation }: Partial<Navigator> = window.navigator;
  return userActivation?.isActive ?? true;
}

/** Calls the listener when the browser restores this page from its back/forward cache. */
export function onRestored(listener: () => void, signal?: AbortSignal): void {
  window.addEventListener('pageshow', ({ persisted }) => persisted && listener(), { ...(signal && { signal }) });
}

/** Returns the Navigation API of this page, which not every browser has. */
export function navigationApi(): Navigation | undefined {
  const { navigation }: Partial<Window> = window;
  return navigation;
}

/** Whether the browser renders the page ahead of a navigation, and the user has not seen it. */
export function isPrerendering(): boolean {
  return hasDocument() && Reflect.get(document, 'prerendering') === true;
}

/** Waits until the page is the one that the user is on: a page that is rendered ahead may not navigate. */
export async function activated(): Promise<void> {
  if (!isPrerendering()) return;
  await new Promise((resolve) => document.addEventListener('prerenderingchange', resolve, { once: true }));
}

/** Whether the page is in a frame, or in another element of a page, whatever the origin of that page. */
export function isFramed(): boolean {
  return window.top !== window.self;
}

/** Returns the time since the page began, in milliseconds: no change of the clock alters it. */
export function monotonicNow(): number {
  return performance.now();
}

/** Whether the browser has a network, as far as it knows. */
export function hasNetwork(): boolean {
  return window.navigator.onLine;
}

/** Calls the listener when the browser loses the network, or finds one. */
export function onNetworkChange(listener: () => void): void {
  for (const type of ['online', 'offline']) window.addEventListener(type, listener);
}

/** Listens for what a Content Security Policy of this page blocks, or only reports. */
export function onPolicyViolation(
  listener: (violation: SecurityPolicyViolationEvent) => void,
  signal?: AbortSignal,
): void {
  if (hasDocument()) document.addEventListener('securitypolicyviolation', listener, { ...(signal && { signal }) });
}

/** Policy of Trusted Types. Its result is an object that stands for the string in the browser's functions. */
interface ScriptUrlPolicy {
  readonly createScriptURL: (url: string) => string;
}

/** Global scope with Trusted Types, which not every browser has. */
interface TrustedTypesScope {
  readonly origin: string;
  readonly trustedTypes?: { readonly createPolicy: (name: string, rules: ScriptUrlPolicy) => ScriptUrlPolicy };
}

/**
 * Creates a policy of Trusted Types; `undefined` where the browser has none.
 *
 * @throws TypeError if the page's policy forbids it, or there is one with this name
 * @see https://w3c.github.io/trusted-types/dist/spec/#dom-trustedtypepolicyfactory-createpolicy
 */
export function createScriptUrlPolicy(
  name: string,
  createScriptURL: (url: string) => string,
): ScriptUrlPolicy | undefined {
  const { trustedTypes }: TrustedTypesScope = window;
  return trustedTypes?.createPolicy(name, { createScriptURL });
}

/** Whether there is a document: an app may be rendered on a server too. */
export function hasDocument(): boolean {
  return typeof document === 'object';
}

/** Returns the URL of the classic script that is evaluated now; `undefined` in a module and without a document. */
export function runningScriptUrl(): string | undefined {
  const script = hasDocument() ? document.currentScript : null;
  return script && 'src' in script && script.src !== '' ? script.src : undefined;
}

/** Returns the `data-` attributes of the script element with a URL; none if another script has imported the script. */
export function scriptData(url: string): DOMStringMap {
  return Array.from(document.scripts).find(({ src }) => src === url)?.dataset ?? {};
}

/** Sets a `data-` attribute of the document, for the app's style sheet. */
export function showInDocument(name: string, value: string): void {
  document.documentElement.dataset[name] = value;
}

/** Does something when an element is clicked on, in place of what the browser would do. A failure is a warning for the developer. */
export function onClickOf(selector: string, act: () => Promise<unknown>): void {
  document.addEventListener('click', (event) => {
    if (!(event.target instanceof Element) || !event.target.closest(selector)) return;
    event.preventDefault();
    act().catch((error: unknown) => warn(String(error)));
  });
}

type NoteKind = 'localStorage' | 'sessionStorage';

/**
 * Returns a note that this browser, or this tab, stores; `null` if there is none, or storage is blocked. A note is never a
 * secret.
 */
export function recall(kind: NoteKind, name: string): string | null {
  try {
    return window[kind].getItem(`tokenward ${name}`);
  } catch {
    return null;
  }
}

/** Keeps a note, or with `null` forgets it. Where storage is blocked, nothing is kept. */
export function remember(kind: NoteKind, name: string, note: string | null): void {
  try {
    if (note === null) window[kind].removeItem(`tokenward ${name}`);
    else window[kind].setItem(`tokenward ${name}`, note);
  } catch {
    // With blocked or full storage a renewal has no loop guard: without the note of an attempt, make none.
  }
}
