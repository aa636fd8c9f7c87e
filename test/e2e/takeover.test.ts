import type { CDPSession, Page } from 'playwright';
import { afterAll, beforeAll, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, sessionOf, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { until } from '../support/until.ts';
import { takenOver, updateWorker } from '../support/worker-life.ts';

declare global {
  interface Window {
    /** Ends the messages of the page to its worker. */
    endMessages: () => void;
  }
}

const POLL = { timeout: 20_000 };

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());

/** Sends the active worker one message after the other, so that the browser starts it again whenever it stops. */
async function sendMessages(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready;
    const timer = setInterval(() => {
      for (let count = 0; count < 20; count++) active?.postMessage('a message without a meaning');
    });
    window.endMessages = () => clearInterval(timer);
  });
}

/** Versions of the worker, as the browser's developer tools know them. */
interface VersionWatch {
  /** Stops the version of a status, once the tools know it, and waits until it has stopped. */
  readonly stop: (status: 'installed' | 'activated') => Promise<void>;
}

async function watchVersions(cdp: CDPSession): Promise<VersionWatch> {
  const versions = new Map<string, { readonly status: string; readonly runningStatus: string }>();
  cdp.on('ServiceWorker.workerVersionUpdated', (event) => {
    for (const { versionId, status, runningStatus } of event.versions)
      versions.set(versionId, { status, runningStatus });
  });
  await cdp.send('ServiceWorker.enable');
  return {
    stop: async (status) => {
      const find = (): string | undefined => [...versions].find(([, version]) => version.status === status)?.[0];
      const versionId = await until(
        async () => find(),
        () => `a version that is ${status}`,
      );
      const hasStopped = new Promise<void>((resolve) => {
        cdp.on('ServiceWorker.workerVersionUpdated', (event) => {
          if (event.versions.some((version) => version.versionId === versionId && version.runningStatus !== 'running'))
            resolve();
        });
      });
      await cdp.send('ServiceWorker.stopWorker', { versionId });
      await hasStopped;
    },
  };
}

test('a new version gets its place though the browser has stopped both versions and forgotten that it asked', async ({
  page,
  context,
}) => {
  await signIn(page, stack);
  stack.authorizationServer.requests.clear();
  const versions = await watchVersions(await context.newCDPSession(page));
  stack.app.setWorkerRelease('another release');
  await sendMessages(page);

  await updateWorker(page, 'installed');
  await versions.stop('installed');
  await versions.stop('activated');
  await page.evaluate(() => window.endMessages());

  await takenOver(page);
  await expect.poll(() => sessionOf(page), POLL).toMatchObject({ status: 'signed-in' });
  expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
});
