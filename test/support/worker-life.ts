import type { Page } from 'playwright';
import type { App } from '../servers/app-server.ts';
import type { Stack } from '../servers/stack.ts';
import { connected, connectScript } from './app-page.ts';
import type { EngineTab, Evaluator } from './engines/engine.ts';
import { untilTrue } from './until.ts';

/** Where a page stands that does not renew a lost session by itself, so that a test can look at it. */
export const MANUAL_PAGE = '/manual';

/** Adds the page that leaves a lost session as it is. */
export function addManualPage(app: App, path: string = MANUAL_PAGE): void {
  app.pages.set('/manual.js', connectScript({ renewal: 'manual' }));
  app.pages.set(path, {
    body: '<!doctype html><title>Manual</title><script type="module" src="/manual.js"></script>',
  });
}

/** Opens the page that leaves a lost session as it is, and waits until it has connected. */
export async function openManualPage(page: Page, stack: Stack): Promise<void> {
  addManualPage(stack.app);
  await page.goto(`${stack.app.origin}${MANUAL_PAGE}`);
  await connected(page);
}

/**
 * Stops every service worker of a page's browser context at once, whatever it is doing. Chromium starts a worker again, and
 * dispatches once more the fetch event that it was answering.
 */
export async function stopWorker(page: Page): Promise<void> {
  // A page that is navigating answers when it has arrived.
  const bystander = await page.context().newPage();
  const cdp = await page.context().newCDPSession(bystander);
  await cdp.send('ServiceWorker.enable');
  await cdp.send('ServiceWorker.stopAllWorkers');
  await bystander.close();
}

/**
 * Stops every service worker of a page's browser context, and waits until it has stopped. The page goes to a document without a client
 * first: one that is just connecting would start the worker again. Nothing starts it until the page comes back.
 */
export async function leaveAndStopWorker(page: Page, { app }: Pick<Stack, 'app'>): Promise<void> {
  await page.goto(`${app.origin}/nothing-here`);
  await stopWorker(page);
  await untilTrue(
    async () => !(await isWorkerRunning(page)),
    () => 'the end of the worker',
  );
}

/** Whether the browser keeps a worker of the page's browser context running at this moment. */
export async function isWorkerRunning(page: Page): Promise<boolean> {
  const cdp = await page.context().newCDPSession(page);
  const versions = new Promise<readonly { readonly runningStatus: string }[]>((resolve) => {
    cdp.on('ServiceWorker.workerVersionUpdated', (event) => event.versions.length > 0 && resolve(event.versions));
  });
  await cdp.send('ServiceWorker.enable');
  const statuses = (await versions).map(({ runningStatus }) => runningStatus);
  await cdp.detach();
  return statuses.some((status) => status !== 'stopped');
}

/**
 * Makes the browser look for another version of the worker, and waits for the one that it finds.
 *
 * @param until `activated` by default; a version is `installed` while the one before it still answers requests
 */
export async function updateWorker(page: Evaluator, until: 'installed' | 'activated' = 'activated'): Promise<void> {
  await page.evaluate(async (awaited) => {
    const registration = await navigator.serviceWorker.ready;
    const before = registration.active;
    await registration.update();
    await new Promise<void>((resolve, reject) => {
      const next = registration.installing ?? registration.waiting ?? registration.active;
      if (next === null || next === before) return reject(new Error('There is no new version of the worker.'));
      const look = (): void => {
        if (next.state === 'activated' || next.state === awaited) resolve();
        if (next.state === 'redundant') reject(new Error('The new version of the worker was not installed.'));
      };
      next.addEventListener('statechange', look);
      look();
    });
  }, until);
}

/**
 * Waits until the version that was installed has taken over, without a word to either version: a browser replaces a
 * version only once it is idle, and each question put to it would keep it busy.
 */
export async function takenOver(page: Evaluator): Promise<void> {
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const endsAtMs = performance.now() + 60_000;
    // An event that has passed already is waited for in vain.
    while (registration.waiting !== null || registration.active?.state !== 'activated') {
      if (performance.now() > endsAtMs) {
        throw new Error(
          `The new version is ${registration.waiting?.state}, the one before ${registration.active?.state}.`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
}

/** Waits until the access token has expired. */
export async function tokenExpired(page: EngineTab): Promise<void> {
  await page.waitForFunction(() => {
    const { session } = window.tokenward;
    return session.status === 'signed-in' && session.expiresAtMs < Date.now();
  });
}
