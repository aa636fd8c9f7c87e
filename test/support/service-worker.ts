import type { CDPSession, Page } from 'playwright';

/** What Chromium says about one version of a service worker. */
interface WorkerVersion {
  readonly versionId: string;
  readonly runningStatus: string;
}

/** Chromium's service workers, as its developer tools see and stop them. */
export interface ServiceWorkerControl {
  /** Stops every worker, as the browser does with idle ones, and waits until they have stopped. */
  stopAll(): Promise<void>;
  /** How many workers run. */
  countRunning(): number;
}

/** @param page a page of the origin whose workers are meant */
export async function controlServiceWorkers(page: Page): Promise<ServiceWorkerControl> {
  const cdp: CDPSession = await page.context().newCDPSession(page);
  const running = new Set<string>();
  let changed: () => void = () => {};
  cdp.on('ServiceWorker.workerVersionUpdated', ({ versions }: { versions: readonly WorkerVersion[] }) => {
    for (const { versionId, runningStatus } of versions) {
      if (runningStatus === 'stopped') running.delete(versionId);
      else running.add(versionId);
    }
    changed();
  });
  await cdp.send('ServiceWorker.enable');

  return {
    countRunning: () => running.size,
    stopAll: async () => {
      const stopped = new Promise<void>((resolve) => {
        changed = () => {
          if (running.size === 0) resolve();
        };
      });
      await cdp.send('ServiceWorker.stopAllWorkers');
      changed();
      await stopped;
    },
  };
}

/** Reloads as a user does with shift held down: past the cache and past the worker. */
export async function reloadHard(page: Page): Promise<void> {
  const cdp = await page.context().newCDPSession(page);
  const loaded = page.waitForEvent('load');
  await cdp.send('Page.reload', { ignoreCache: true });
  await loaded;
  await cdp.detach();
}
