import type { Evaluator } from './engines/engine.ts';

/** Makes a worker tell its secret to whoever asks, so that a test can see what it opens. */
export function tellSecret(script: string): string {
  return `const secretOfTest = self.__tokenwardSecret;
self.addEventListener('message', ({ data, ports: [port] }) => {
  if (data === 'secret of test') port.postMessage(secretOfTest);
});
${script}`;
}

/** The secret of a worker that {@link tellSecret} has made talk. */
export function secretOfWorker(page: Evaluator): Promise<string> {
  return page.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready;
    const { port1, port2 } = new MessageChannel();
    return new Promise<string>((resolve) => {
      port1.addEventListener('message', ({ data }) => resolve(String(data)));
      port1.start();
      active?.postMessage('secret of test', [port2]);
    });
  });
}
