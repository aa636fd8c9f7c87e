import type { Evaluator } from './engines/engine.ts';

/** Gives the worker's script time limits of requests that a test can end before their time: see {@link endTimeLimits}. */
export function withTimeLimits(script: string): string {
  return `{
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  const limits = new Set();
  AbortSignal.timeout = (ms) => {
    const limit = new AbortController();
    limits.add(limit);
    return AbortSignal.any([limit.signal, timeout(ms)]);
  };
  new BroadcastChannel('test:time-limits').onmessage = () => {
    for (const limit of limits) limit.abort(new DOMException('The time limit has passed.', 'TimeoutError'));
    limits.clear();
  };
}
${script}`;
}

/** Ends the time limit of each request that the worker of a page has begun. */
export async function endTimeLimits(page: Evaluator): Promise<void> {
  await page.evaluate(() => {
    const channel = new BroadcastChannel('test:time-limits');
    channel.postMessage('end');
    channel.close();
  });
}
