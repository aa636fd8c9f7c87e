import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { Stack } from '../servers/stack.ts';
import { ADA, GRACE } from '../servers/users.ts';
import { callApi, openBarePage, sessionOf, signIn } from '../support/app-page.ts';
import { bundleWorker, startStackWithWorker } from '../support/app-worker.ts';
import { CHROMIUM_SHELL } from '../support/browser-engine.ts';
import { test } from '../support/browser-test.ts';
import { launchPersistentBrowser } from '../support/browser.ts';
import { postNote, queued, signOutAndInAs } from '../support/outbox.ts';
import { dumpDatabases, findSecrets } from '../support/storage-theft.ts';
import { dispatchSync } from '../support/sync-event.ts';
import { stopWorker, tokenExpired, updateWorker } from '../support/worker-life.ts';

const WORKER = `
import { BackgroundSyncPlugin, Queue } from 'workbox-background-sync';
import { registerRoute } from 'workbox-routing';
import { NetworkOnly } from 'workbox-strategies';
import { startTokenward } from 'tokenward/sw';
import { forWorkbox } from 'tokenward/workbox';

self.addEventListener('install', () => self.skipWaiting());

// The test says when there is a sync: the browser would choose a moment of its own, before the network is back or after.
SyncManager.prototype.register = async () => {};

const { plugin, replay, outbox } = forWorkbox(startTokenward(self.configuration));
const isTo = (path) => ({ url }) => url.pathname === path;
registerRoute(isTo('/api/notes'), new NetworkOnly({ plugins: [plugin, outbox(new Queue('notes', { onSync: replay }))] }), 'POST');
registerRoute(isTo('/api/echo'), new NetworkOnly({ plugins: [plugin, new BackgroundSyncPlugin('echoes', { onSync: replay })] }), 'POST');

/** What is often written: the token is in the request before it is stored. */
const naive = {
  requestWillFetch: async ({ request }) => {
    const authorized = new Request(request);
    authorized.headers.set('authorization', request.headers.get('naive-token'));
    return authorized;
  },
};
registerRoute(isTo('/api/slow'), new NetworkOnly({ plugins: [naive, new BackgroundSyncPlugin('naive')] }), 'POST');
`;

const SYNC_OF_NOTES = 'workbox-background-sync:notes';
const POLL = { timeout: 15_000 };

let stack: Stack;
beforeAll(async () => {
  stack = await startStackWithWorker(await bundleWorker(WORKER));
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
  stack.app.configure({ workerServing: 'sealed' });
  stack.authorizationServer.endUserSessions();
  stack.authorizationServer.faults.clear();
  stack.api.faults.clear();
  goOnline();
  stack.api.requests.clear();
});

function goOffline(): void {
  stack.api.goOffline();
  stack.authorizationServer.goOffline();
}

function goOnline(): void {
  stack.api.goOnline();
  stack.authorizationServer.goOnline();
}

/** Sends notes that the network does not take. */
async function writeOffline(page: Page, texts: readonly string[]): Promise<void> {
  goOffline();
  for (const text of texts) await expect(postNote(page, stack, text)).rejects.toThrow();
}

/** Who has sent notes, as the API knows it by their tokens, and what became of it. */
function sent(): readonly string[] {
  return stack.api.requests.list('/api/notes', 'POST').map(({ sub, status }) => `${sub} ${status}`);
}

/** The notes of who is signed in, without the first, which is there from the beginning. */
async function notes(page: Page): Promise<readonly string[]> {
  const { body } = await callApi(page, stack, '/notes');
  const list: readonly { text: string }[] = JSON.parse(body);
  return list.map(({ text }) => text).filter((text) => !text.startsWith('Buy'));
}

describe('a request that could not be sent', () => {
  test('is stored without a token, where a naive one is stored with it', async ({ page }) => {
    await signIn(page, stack);
    const { issued } = stack.authorizationServer;
    const token = [...issued.accessTokens].at(-1) ?? '';

    await writeOffline(page, ['Feed the cat']);
    expect(await queued(page)).toBe(1);
    expect(findSecrets(await dumpDatabases(page), issued.all())).toEqual([]);

    await callApi(page, stack, '/slow', { method: 'POST', headers: { 'naive-token': `Bearer ${token}` } }).catch(
      () => {},
    );
    await expect.poll(async () => findSecrets(await dumpDatabases(page), [token])).toHaveLength(1);
  });

  test('is sent when the network is back, in order, each with a fresh token', async ({ page }) => {
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 1 });
    await signIn(page, stack);
    const before = [...stack.authorizationServer.issued.accessTokens];
    await writeOffline(page, ['one', 'two', 'three']);
    await tokenExpired(page);

    stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
    goOnline();
    await dispatchSync(page, SYNC_OF_NOTES);

    await expect.poll(sent, POLL).toEqual(Array(3).fill(`${ADA.sub} 201`));
    await expect.poll(() => queued(page)).toBe(0);
    expect((await notes(page)).slice(-3)).toEqual(['one', 'two', 'three']);
    expect(stack.authorizationServer.issued.accessTokens.size).toBeGreaterThan(before.length);
  });

  test('is sent at once when the network is back, even if a refresh has just failed', async ({ page }) => {
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 1 });
    await signIn(page, stack);
    await tokenExpired(page);
    await writeOffline(page, ['one', 'two']);

    stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
    goOnline();
    await dispatchSync(page, SYNC_OF_NOTES);

    await expect.poll(sent, POLL).toEqual(Array(2).fill(`${ADA.sub} 201`));
  });

  test('is sent once the browser was started again, and after the worker was stopped', async () => {
    const profile = await mkdtemp(join(tmpdir(), 'tokenward-outbox-'));
    let context = await launchPersistentBrowser(CHROMIUM_SHELL, profile);
    try {
      const first = context.pages()[0] ?? (await context.newPage());
      await signIn(first, stack);
      await writeOffline(first, ['before the restart', 'also before']);
      await stopWorker(first);

      await context.close();
      goOnline();
      context = await launchPersistentBrowser(CHROMIUM_SHELL, profile);
      const page = await context.newPage();
      await openBarePage(page, stack);
      await dispatchSync(page, SYNC_OF_NOTES);

      await expect.poll(sent, POLL).toEqual([`${ADA.sub} 201`, `${ADA.sub} 201`]);
      expect((await notes(page)).slice(-2)).toEqual(['before the restart', 'also before']);
    } finally {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    }
  });

  test('is not sent for another user, but is sent when its own user is back', async ({ page }) => {
    await signIn(page, stack);
    await writeOffline(page, ['of Ada']);
    // The API stays away until she has left.
    stack.authorizationServer.goOnline();

    await signOutAndInAs(page, stack, GRACE);
    await writeOffline(page, ['of Grace']);
    goOnline();
    await dispatchSync(page, SYNC_OF_NOTES);
    await expect.poll(sent, POLL).toEqual([`${GRACE.sub} 201`]);
    expect((await notes(page)).at(-1)).toBe('of Grace');
    expect(await notes(page)).not.toContain('of Ada');
    expect(await queued(page)).toBe(1);

    await signOutAndInAs(page, stack, ADA);
    await expect.poll(sent, POLL).toEqual([`${GRACE.sub} 201`, `${ADA.sub} 201`]);
    expect((await notes(page)).at(-1)).toBe('of Ada');
    await expect.poll(() => queued(page)).toBe(0);
  });

  test('waits for its turn where the server cannot answer it yet', async ({ page }) => {
    await signIn(page, stack);
    await writeOffline(page, ['first', 'second']);
    stack.api.faults.plan(({ path }) => path === '/api/notes', { stage: 'before', answer: { status: 503 } });
    goOnline();

    await dispatchSync(page, SYNC_OF_NOTES);
    await expect.poll(sent, POLL).toEqual(['undefined 503']);
    expect(await queued(page)).toBe(2);
    await dispatchSync(page, SYNC_OF_NOTES);

    await expect.poll(sent, POLL).toEqual(['undefined 503', `${ADA.sub} 201`, `${ADA.sub} 201`]);
    expect((await notes(page)).slice(-2)).toEqual(['first', 'second']);
  });

  test('stays in the queue, and the user signed in, while a refresh fails', async ({ page }) => {
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 1 });
    await signIn(page, stack);
    await writeOffline(page, ['patient']);
    await tokenExpired(page);
    stack.authorizationServer.faults.setRule(({ grantType }) =>
      grantType === 'refresh_token' ? { stage: 'before', answer: { status: 503 } } : undefined,
    );
    goOnline();

    await dispatchSync(page, SYNC_OF_NOTES);

    await expect.poll(() => stack.authorizationServer.requests.count('token', 'refresh_token')).toBeGreaterThan(0);
    expect(await queued(page)).toBe(1);
    expect(sent()).toEqual([]);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  });

  test.for(['sealed', 'static'] as const)(
    'is sent by later versions of a %s worker',
    async (workerServing, { page }) => {
      stack.app.configure({ workerServing });
      await signIn(page, stack);
      await writeOffline(page, ['for a later version']);
      for (const version of ['the next', 'the one after it']) {
        stack.app.setWorkerRelease(`${version}, ${workerServing}`);
        await updateWorker(page);
      }
      if (workerServing === 'sealed') await stopWorker(page);

      goOnline();
      await dispatchSync(page, SYNC_OF_NOTES);

      await expect.poll(sent, POLL).toEqual([`${ADA.sub} 201`]);
      await expect.poll(() => queued(page)).toBe(0);
    },
  );

  test('is sent as its user by Workbox’s own plugin too', async ({ page }) => {
    await signIn(page, stack);
    goOffline();
    await expect(postNote(page, stack, 'echo', '/echo')).rejects.toThrow();
    goOnline();

    await dispatchSync(page, 'workbox-background-sync:echoes');

    await expect
      .poll(() => stack.api.requests.list('/api/echo').map(({ sub, status }) => `${sub} ${status}`), POLL)
      .toEqual([`${ADA.sub} 200`]);
  });
});
