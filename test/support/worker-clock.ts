import type { Evaluator } from './engines/engine.ts';

/** Gives the worker's script a clock that a test can set forward, so that nobody has to wait for a token to expire. */
export function withClock(script: string): string {
  return `${CLOCK}\n${script}`;
}

const CLOCK = `{
  const now = Date.now.bind(Date);
  let aheadMs = 0;
  Date.now = () => now() + aheadMs;
  self.addEventListener('message', ({ data, ports }) => {
    if (data?.type !== 'test:set-forward') return;
    aheadMs += data.ms;
    ports[0].postMessage('done');
  });
}`;

/** Sets the worker's clock forward. A worker that starts anew has the right time again. */
export async function setWorkerClockForward(page: Evaluator, seconds: number): Promise<void> {
  await page.evaluate(
    (ms) =>
      new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = resolve;
        navigator.serviceWorker.controller?.postMessage({ type: 'test:set-forward', ms }, [port2]);
      }),
    seconds * 1000,
  );
}
