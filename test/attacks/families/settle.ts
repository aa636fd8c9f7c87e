import type { Scene } from '../scene.ts';

/**
 * Waits until the worker has had the time to do what it was told: it has answered some calls that were made afterwards. What
 * opens another channel needs more than one of them.
 */
export async function settle({ tab }: Scene): Promise<void> {
  await tab.evaluate(async () => {
    for (let call = 0; call < 5; call += 1) {
      const { port1, port2 } = new MessageChannel();
      const answered = new Promise((resolve) => {
        port1.onmessage = resolve;
      });
      navigator.serviceWorker.controller?.postMessage({ type: 'tokenward:call', protocolVersion: 1 }, [port2]);
      port1.postMessage({ id: '1', type: 'APPLY', path: ['handshake'], argumentList: [] });
      await answered;
    }
  });
}
