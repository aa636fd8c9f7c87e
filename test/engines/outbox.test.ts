import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { Stack } from '../servers/stack.ts';
import { ADA } from '../servers/users.ts';
import { callApi, signIn } from '../support/app-page.ts';
import { bundleWorker, startStackWithWorker } from '../support/app-worker.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';
import { postNote } from '../support/outbox.ts';
import { dumpDatabases, findSecrets } from '../support/storage-theft.ts';
import { tokenExpired } from '../support/worker-life.ts';

const POLL = { timeout: 20_000 };

/** The app's own worker: an outbox of Workbox, which the page can ask for what waits in it. */
const WORKER = `
import { Queue } from 'workbox-background-sync';
import { registerRoute } from 'workbox-routing';
import { NetworkOnly } from 'workbox-strategies';
import { startTokenward } from 'tokenward/sw';
import { forWorkbox } from 'tokenward/workbox';

self.addEventListener('install', () => self.skipWaiting());

const { plugin, replay, outbox } = forWorkbox(startTokenward(self.configuration));
const queue = new Queue('notes', { onSync: replay });
const isNotes = ({ url }) => url.pathname === '/api/notes';
registerRoute(isNotes, new NetworkOnly({ plugins: [plugin, outbox(queue)] }), 'POST');
self.addEventListener('message', (event) => {
  if (event.data === 'send the notes') event.waitUntil(replay({ queue }));
});
`;

let stack: Stack;
beforeAll(async () => {
  stack = await startStackWithWorker(await bundleWorker(WORKER));
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
  stack.api.requests.clear();
});

/** Signs in, and waits until the token has expired: what is sent later needs a fresh one. */
async function signInWithExpiredToken(page: EnginePage): Promise<void> {
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 1 });
  await signIn(page, stack);
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
  await tokenExpired(page);
}

/** Writes notes that the network does not take, and lets it come back. */
async function writeOffline(page: EnginePage, texts: readonly string[]): Promise<void> {
  for (const server of [stack.api, stack.authorizationServer]) server.goOffline();
  for (const text of texts) {
    await expect(postNote(page, stack, text)).rejects.toThrow();
  }
  for (const server of [stack.api, stack.authorizationServer]) server.goOnline();
}

/** Expects that the notes have come, in the order in which they were written, each with its user's token. */
async function expectSent(page: EnginePage, texts: readonly string[]): Promise<void> {
  const sent = (): readonly string[] =>
    stack.api.requests.list('/api/notes', 'POST').map(({ sub, status }) => `${sub} ${status}`);
  await expect.poll(sent, POLL).toEqual(texts.map(() => `${ADA.sub} 201`));
  const { body } = await callApi(page, stack, '/notes');
  const notes: readonly { readonly text: string }[] = JSON.parse(body);
  expect(notes.map(({ text }) => text).slice(-texts.length)).toEqual(texts);
}

describe('a write that could not be sent', () => {
  test('is kept without a token, and sent with one when the app asks its worker for it', async ({ page }) => {
    await signIn(page, stack);
    await writeOffline(page, ['one', 'two']);
    expect(findSecrets(await dumpDatabases(page), stack.authorizationServer.issued.all())).toEqual([]);

    await page.evaluate(async () => (await navigator.serviceWorker.ready).active?.postMessage('send the notes'));

    await expectSent(page, ['one', 'two']);
  });

  test('is sent with a fresh token, which was not available before, when a page finds a network', async ({ page }) => {
    await signInWithExpiredToken(page);
    await writeOffline(page, ['three', 'four']);

    await page.evaluate(() => void window.dispatchEvent(new Event('online')));

    await expectSent(page, ['three', 'four']);
  });

  test('is sent by the browser’s own event (Background Sync), without a page', async ({ page, profile, lacks }) => {
    await signInWithExpiredToken(page);
    await writeOffline(page, ['five', 'six']);
    const isSentAtNextStart = async (): Promise<void> => {
      expect(await page.evaluate(async () => 'sync' in (await navigator.serviceWorker.ready))).toBe(false);
      await profile.stopWorkers();
      await callApi(page, stack);
      await expectSent(page, ['five', 'six']);
    };
    const reason =
      'has no Background Sync: an outbox is sent when the worker starts, and when an open page hears of a network or asks for it';
    for (const engine of ['firefox', 'webkit'] as const) {
      if (await lacks({ engine, reason, isShownBy: isSentAtNextStart })) return;
    }

    await profile.stopWorkers();
    await page.dispatchSync('workbox-background-sync:notes');

    await expectSent(page, ['five', 'six']);
  });
});
