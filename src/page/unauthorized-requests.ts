/**
 * Calls the listener for requests of this page, by `fetch` or XHR, that were answered with 401, including earlier ones.
 * Resource Timing reports them, so neither function is replaced.
 *
 * @param listener called with the URL
 * @see https://www.w3.org/TR/resource-timing/#dom-performanceresourcetiming-responsestatus
 */
export function onUnauthorized(listener: (url: string) => Promise<void>): void {
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (isUnauthorized(entry)) void listener(entry.name);
    }
  });
  observer.observe({ type: 'resource', buffered: true });
}

function isUnauthorized(entry: PerformanceEntry): boolean {
  if (!(entry instanceof PerformanceResourceTiming)) return false;
  return entry.responseStatus === 401 && /^(fetch|xmlhttprequest)$/.test(entry.initiatorType);
}
