import type { Alarm } from '../../src/protocol/alarm.ts';

/**
 * Sends an alarm to the report endpoint: JSON, without cookies, and only once.
 *
 * @param send the network
 * @param url the endpoint, if there is one; its response is ignored
 */
export async function reportAlarm(send: typeof fetch, url: URL | undefined, alarm: Alarm): Promise<void> {
  if (url === undefined) return;
  const init: RequestInit = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alarm),
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    // `keepalive`: the request outlives a worker that stops.
    keepalive: true,
  };
  await send(url, init).catch(() => {});
}
