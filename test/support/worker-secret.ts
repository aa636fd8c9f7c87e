import type { Evaluator } from './engines/engine.ts';

/** Makes a worker tell its secret to whoever asks, so that a test can see what it opens. */
export function tellSecret(script: string): string {
  return `const secretOfTest = self.__tokenwardSecret;
self.addEventListener('message', ({ data, ports: [port] }) => {
  if (data === 'secret of test') port.postMessage(secretOfTest);
});
${script}`;
}

/**
 * Returns the secret of a worker that {@link tellSecret} has made talk. It asks again where no answer comes: a version that is replaced
 * just then may be stopped before it has answered.
 */
export function secretOfWorker(page: Evaluator): Promise<string> {
  return page.evaluate(async () => {
    const endsAtMs = performance.now() + 45_000;
    for (;;) {
      const { active } = await navigator.serviceWorker.ready;
      const { port1, port2 } = new MessageChannel();
      const answer = await new Promise<string | undefined>((resolve) => {
        port1.addEventListener('message', ({ data }) => resolve(String(data)));
        port1.start();
        active?.postMessage('secret of test', [port2]);
        setTimeout(resolve, 3000);
      });
      port1.close();
      if (answer !== undefined) return answer;
      if (performance.now() > endsAtMs) throw new Error(`The version that is ${active?.state} does not answer.`);
    }
  });
}
