import type { BrowserContext } from 'playwright';
import { expect } from 'vitest';

/** Cuts the network of a browser context, and waits until its workers have been told: they are a little later than the pages. */
export async function cutNetwork(context: BrowserContext): Promise<void> {
  await context.setOffline(true);
  const areOnline = (): Promise<readonly boolean[]> =>
    Promise.all(context.serviceWorkers().map((worker) => worker.evaluate(() => navigator.onLine)));
  await expect.poll(areOnline).not.toContain(true);
}
