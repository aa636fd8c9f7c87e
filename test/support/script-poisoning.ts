import type { Evaluator } from './engines/engine.ts';
import { openSealedRecord, readSealedRecord } from './sealed-records.ts';

const SECRETS = /__tokenwardSecret\s*=\s*"([\w-]{43})"/g;

/**
 * Reads the worker's script until the HTTP cache holds a secret that the page knows, makes the browser look for an update,
 * and opens the records with what is known.
 *
 * @param page a page that is signed in
 * @returns the names of the records that opened
 */
export async function poisonScript(
  page: Evaluator,
  workerPath: string,
  updateViaCache: ServiceWorkerUpdateViaCache,
): Promise<readonly string[]> {
  const known = await page.evaluate(
    async ({ path, via }) => {
      const texts: string[] = [];
      for (const cache of ['reload', 'default', 'force-cache', 'no-cache'] as const) {
        texts.push(await (await fetch(path, { cache })).text());
      }
      const registration = await navigator.serviceWorker.register(path, { updateViaCache: via });
      await registration.update().catch(() => undefined);
      const next = registration.installing ?? registration.waiting;
      if (next !== null) {
        await new Promise<void>((resolve) => {
          next.addEventListener('statechange', () => {
            if (next.state === 'activated' || next.state === 'redundant') resolve();
          });
        });
      }
      // What the worker writes next is sealed under the key that it has now.
      await fetch('/auth/session');
      return texts.join('\n');
    },
    { path: workerPath, via: updateViaCache },
  );
  const secrets = [...known.matchAll(SECRETS)].map(([, secret = '']) => secret);
  const opened = new Set<string>();
  for (const name of ['session', 'pending', 'inheritance']) {
    const record = await readSealedRecord(page, name);
    for (const secret of secrets) {
      if (record && (await openSealedRecord(secret, record)) !== undefined) opened.add(name);
    }
  }
  return [...opened];
}
