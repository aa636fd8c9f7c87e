import type { TimedRequest } from './record.ts';

/** Destinations of Fetch by the initiator types of Resource Timing. */
const DESTINATIONS: Readonly<Record<string, string>> = {
  fetch: '',
  xmlhttprequest: '',
  other: '',
  beacon: 'beacon',
  img: 'image',
  image: 'image',
  script: 'script',
  link: 'style',
  css: 'image',
  iframe: 'iframe',
  audio: 'audio',
  video: 'video',
  track: 'track',
};

/**
 * Reports each completed request of this page, including earlier ones (Resource Timing). The browser reports neither method nor
 * headers.
 *
 * @param listener called for each request
 * @param signal stops the reports
 */
export function listenToRequests(listener: (request: TimedRequest) => void, signal: AbortSignal): void {
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const timed = readTiming(entry);
      if (timed) listener(timed);
    }
  });
  observer.observe({ type: 'resource', buffered: true });
  signal.addEventListener('abort', () => observer.disconnect());
}

function readTiming(entry: PerformanceEntry): TimedRequest | undefined {
  if (!(entry instanceof PerformanceResourceTiming) || !URL.canParse(entry.name)) return undefined;
  const { protocol, origin, pathname } = new URL(entry.name);
  if (!/^https?:$/.test(protocol)) return undefined;
  const { startTime, duration: tookMs, initiatorType, responseStatus: status } = entry;
  return {
    // Without its query, which may hold private values.
    url: origin + pathname,
    destination: DESTINATIONS[initiatorType] ?? '',
    atMs: performance.timeOrigin + startTime,
    tookMs,
    ...(status > 0 && { status }),
  };
}
