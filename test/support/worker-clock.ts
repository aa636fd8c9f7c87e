import type { Evaluator } from './engines/engine.ts';

/**
 * Gives the worker's script a clock that a test can set forward, so that nobody has to wait for a token to expire.
 *
 * @param aheadMs how far it is ahead from the start
 */
export function withClock(script: string, aheadMs: number = 0): string {
  return `${clockOf(aheadMs)}\n${script}`;
}

const clockOf = (startMs: number): string => `{
  const now = Date.now.bind(Date);
  let aheadMs = ${startMs};
  Date.now = () => now() + aheadMs;
  self.addEventListener('message', ({ data, ports }) => {
    if (data?.type !== 'test:set-forward') return;
    aheadMs = (data.isAbsolute ? 0 : aheadMs) + data.ms;
    ports[0].postMessage('done');
  });
}`;

/** Where the app's server says how far the clock of workers is ahead, in milliseconds. */
export const CLOCK_PATH = '/clock';

/**
 * Gives the worker's script a clock that is ahead as the app's server says: a worker that starts anew knows it before it opens a record.
 * The policy of the worker must allow it to connect to the app's origin.
 */
export function withServedClock(script: string): string {
  return `${withClock('')}{
  const { importKey } = SubtleCrypto.prototype;
  const { now } = Date;
  let servedMs = 0;
  Date.now = () => now() + servedMs;
  const served = fetch('${CLOCK_PATH}', { cache: 'no-store' }).then((response) => response.json());
  const known = served.then((ms) => { servedMs = ms; });
  SubtleCrypto.prototype.importKey = async function (...parameters) {
    await known;
    return Reflect.apply(importKey, this, parameters);
  };
}\n${script}`;
}

/** Sets the worker's clock forward. A worker that starts anew has the right time again. */
export function setWorkerClockForward(page: Evaluator, seconds: number): Promise<void> {
  return setClock(page, { ms: seconds * 1000, isAbsolute: false });
}

/** Sets the worker's clock ahead of the right time, however far it was before. */
export function setWorkerClockAhead(page: Evaluator, aheadMs: number): Promise<void> {
  return setClock(page, { ms: aheadMs, isAbsolute: true });
}

async function setClock(
  page: Evaluator,
  setting: { readonly ms: number; readonly isAbsolute: boolean },
): Promise<void> {
  await page.evaluate(
    (options) =>
      new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
          port1.close();
          resolve(undefined);
        };
        navigator.serviceWorker.controller?.postMessage({ type: 'test:set-forward', ...options }, [port2]);
      }),
    setting,
  );
}
