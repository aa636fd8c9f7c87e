import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { Stack } from '../servers/stack.ts';
import { ADA } from '../servers/users.ts';
import { REMOVAL_WORKER } from '../../src/cli/setup/removal-worker.ts';
import { BARE_PAGE, callApi, connected, openBarePage, signIn } from '../support/app-page.ts';
import { bundleWorker, startStackWithWorker } from '../support/app-worker.ts';
import { test } from '../support/browser-test.ts';
import { OFFLINE_WORKER } from '../support/offline-app.ts';
import { findRegistrationId } from '../support/sync-event.ts';
import { stopWorker } from '../support/worker-life.ts';

/** A worker that takes what other apps share, and what a push service sends. */
const WORKER = `
import { registerRoute } from 'workbox-routing';
import { startTokenward } from 'tokenward/sw';

self.addEventListener('install', () => self.skipWaiting());
const tokenward = startTokenward(self.configuration);
const [{ url: api }] = self.configuration.protectedResources;

const keep = (text) =>
  tokenward.fetch(new Request(api + '/notes', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text }),
  }));

registerRoute(({ url }) => url.pathname === '/share', async ({ request }) => {
  const shared = await request.formData();
  await keep(shared.get('title'));
  return Response.redirect('${BARE_PAGE}?shared', 303);
}, 'POST');

self.addEventListener('push', (event) => event.waitUntil(keep(event.data.text())));
self.addEventListener('notificationclick', ({ notification }) => void keep(notification.title));
self.addEventListener('message', ({ data }) => {
  if (data?.type !== 'test:click') return;
  self.dispatchEvent(Object.assign(new Event('notificationclick'), { notification: { title: data.title } }));
});
`;

const POLL = { timeout: 15_000 };

let stack: Stack;
beforeAll(async () => {
  stack = await startStackWithWorker(await bundleWorker(WORKER));
});
afterAll(() => stack.close());
beforeEach(() => stack.api.requests.clear());

/** What has come to the API as notes, and whose tokens it came with. */
function kept(): readonly string[] {
  return stack.api.requests.list('/api/notes', 'POST').map(({ sub, status }) => `${sub} ${status}`);
}

async function newestNote(page: Page): Promise<string | undefined> {
  const notes: readonly { text: string }[] = JSON.parse((await callApi(page, stack, '/notes')).body);
  return notes.at(-1)?.text;
}

describe('a request that the worker makes by itself carries the user’s token', () => {
  test('when another app has shared something with this one', async ({ page }) => {
    await signIn(page, stack);
    await stopWorker(page);

    await page.evaluate(() => {
      const form = Object.assign(document.createElement('form'), { method: 'post', action: '/share' });
      form.append(Object.assign(document.createElement('input'), { name: 'title', value: 'Shared with Ada' }));
      document.body.append(form);
      form.submit();
    });
    await page.waitForURL(({ search }) => search === '?shared');
    await connected(page);

    await expect.poll(kept, POLL).toEqual([`${ADA.sub} 201`]);
    expect(await newestNote(page)).toBe('Shared with Ada');
  });

  test('when a push message has come, to a worker that was stopped', async ({ page }) => {
    await signIn(page, stack);
    const { cdp, registrationId } = await findRegistrationId(page);
    await stopWorker(page);

    await cdp.send('ServiceWorker.deliverPushMessage', { origin: stack.app.origin, registrationId, data: 'Pushed' });

    await expect.poll(kept, POLL).toEqual([`${ADA.sub} 201`]);
    expect(await newestNote(page)).toBe('Pushed');
  });

  test('when the user has clicked on a notification', async ({ page }) => {
    await signIn(page, stack);

    await page.evaluate(() =>
      navigator.serviceWorker.controller?.postMessage({ type: 'test:click', title: 'Clicked' }),
    );

    await expect.poll(kept, POLL).toEqual([`${ADA.sub} 201`]);
    expect(await newestNote(page)).toBe('Clicked');
  });

  test('and no token when no user is signed in', async ({ page }) => {
    await openBarePage(page, stack);

    await page.evaluate(() => navigator.serviceWorker.controller?.postMessage({ type: 'test:click', title: 'Nobody' }));

    await expect.poll(kept, POLL).toEqual(['undefined 401']);
  });
});

test('an app with a precache loads again after its worker was taken out, and nothing of the session is left', async ({
  page,
}) => {
  const own = await startStackWithWorker(await bundleWorker(OFFLINE_WORKER));
  try {
    await signIn(page, own);
    await callApi(page, own, '/notes');
    own.app.configure({ workerScript: () => REMOVAL_WORKER });
    own.app.pages.set(BARE_PAGE, { body: '<!doctype html><title>Without</title>' });
    const left = (): Promise<unknown> =>
      page.evaluate(async () => ({
        registrations: (await navigator.serviceWorker.getRegistrations()).length,
        databases: (await indexedDB.databases())
          .map(({ name }) => name)
          .filter((name) => name?.startsWith('tokenward')),
        caches: (await caches.keys()).filter((name) => name.startsWith('tokenward-')),
      }));

    await page.evaluate(async () => void (await navigator.serviceWorker.ready).update());

    await expect.poll(left, POLL).toEqual({ registrations: 0, databases: [], caches: [] });
    await page.goto(`${own.app.origin}${BARE_PAGE}`);
    expect(await page.title()).toBe('Without');
    expect(await page.evaluate(() => navigator.serviceWorker.controller)).toBeNull();
  } finally {
    await own.close();
  }
});
