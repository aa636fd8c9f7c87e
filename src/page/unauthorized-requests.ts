/**
 * Hears which requests of this page, by `fetch` or XHR, were answered with 401, those included that were made before. The
 * browser tells: neither function is replaced by another.
 *
 * @param listener gets the URL
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
