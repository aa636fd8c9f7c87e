/** Whether this is a secure context (Secure Contexts, section 2): service workers need one. */
export function isSecure(): boolean {
  return window.isSecureContext;
}

/** The service workers of this origin; `undefined` where the browser has none. */
export function serviceWorkers(): ServiceWorkerContainer | undefined {
  return 'serviceWorker' in navigator ? navigator.serviceWorker : undefined;
}

/** The page's URL, fragment included. */
export function currentUrl(): URL {
  return new URL(window.location.href);
}

/** Leaves the page. */
export function navigate(url: string): void {
  window.location.assign(url);
}

/** Leaves the page; the browser's back button does not come back to it. */
export function replacePage(url: string): void {
  window.location.replace(url);
}

/** Takes query and fragment out of the address bar and of this history entry. */
export function cleanUrl(): void {
  window.history.replaceState(window.history.state, '', window.location.pathname);
}
