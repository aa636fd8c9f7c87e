import type { Evaluator } from './engines/engine.ts';

/**
 * Makes a worker count the times that it asks for its script. The browser asks for it too, at moments of its own, so that the requests at
 * the server do not say who has asked.
 */
export function countUpdates(script: string): string {
  return `{
  const { update } = ServiceWorkerRegistration.prototype;
  let updates = 0;
  ServiceWorkerRegistration.prototype.update = function () {
    updates += 1;
    return Reflect.apply(update, this, []);
  };
  self.addEventListener('message', async ({ data, ports: [port] }) => {
    if (data !== 'test:updates') return;
    const before = updates;
    await self.registration.update();
    port.postMessage([before, updates]);
  });
}
${script}`;
}

/** Counts the times that the page's worker has asked for its script, and again when a test has made it ask once. */
export function updatesOf(page: Evaluator): Promise<readonly number[]> {
  return page.evaluate(() => {
    const { port1, port2 } = new MessageChannel();
    navigator.serviceWorker.controller?.postMessage('test:updates', [port2]);
    return new Promise<readonly number[]>((resolve) => {
      port1.onmessage = ({ data }) => resolve(Array.from(data, Number));
    });
  });
}
