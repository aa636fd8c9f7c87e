import { expect, test } from 'vitest';
import { runSoak } from '../bench/soak-run.ts';

/** A few minutes of use, with some of everything. */
const MINUTES = { refreshes: 12, restarts: 2, updates: 2, signOuts: 1 };

/** Keeps the port of each message, and an entry in a cache. */
const HOARDER = `{
  const kept = [];
  self.addEventListener('message', ({ ports }) => {
    kept.push(...ports);
    void caches.open('hoard').then((cache) => cache.put('/hoard/' + performance.now(), new Response()));
  });
}`;

const TIMEOUT_MS = 180_000;

test(
  'nothing grows with refreshes, visits, restarts, updates and sign-outs',
  async () => {
    expect(await failuresOf((script) => script)).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  'a worker that keeps ports, and stores with each message, is found to grow',
  async () => {
    const failures = await failuresOf((script) => `${script}\n${HOARDER}`);

    expect(failures).toContain('workerPorts of one worker levels off');
    expect(failures).toContain('cacheEntries levels off');
  },
  TIMEOUT_MS,
);

/** Runs the soak with a worker, and returns the checks that failed. */
async function failuresOf(changeWorker: (script: string) => string): Promise<readonly string[]> {
  const failures: string[] = [];
  const ignore = (): void => {};
  await runSoak(
    {
      options: MINUTES,
      progress: ignore,
      table: ignore,
      check: (description, holds) => {
        if (!holds) failures.push(description);
      },
    },
    changeWorker,
  );
  return failures;
}
