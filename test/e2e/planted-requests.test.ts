import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { Stack } from '../servers/stack.ts';
import { ADA, GRACE } from '../servers/users.ts';
import { callApi, signIn } from '../support/app-page.ts';
import { bundleWorker, startStackWithWorker } from '../support/app-worker.ts';
import { test } from '../support/browser-test.ts';
import { changeQueue, postNote, type QueuedRequest, readQueue, signOutAndInAs } from '../support/outbox.ts';
import { dispatchSync } from '../support/sync-event.ts';

/** A queue of each kind, which takes what is sent to `/notes?queue=KIND`, and says at `/done/OUTCOME` how it was gone through. */
const WORKER = `
import { BackgroundSyncPlugin, Queue } from 'workbox-background-sync';
import { registerRoute } from 'workbox-routing';
import { NetworkOnly } from 'workbox-strategies';
import { startTokenward } from 'tokenward/sw';
import { forWorkbox } from 'tokenward/workbox';

self.addEventListener('install', () => self.skipWaiting());

const tokenward = startTokenward(self.configuration);
const { plugin, replay, outbox } = forWorkbox(tokenward);

/** What is easily written: it believes what stands in the queue. */
const naive = async ({ queue }) => {
  for (let entry; (entry = await queue.shiftRequest()); ) {
    try {
      const user = decodeURIComponent(entry.request.headers.get('tokenward-user').split(':')[0]);
      const bare = new Request(entry.request.clone());
      bare.headers.delete('tokenward-user');
      await tokenward.fetch(bare, { user });
    } catch (error) {
      await queue.unshiftRequest(entry);
      throw error;
    }
  }
};
const ofWorkbox = ({ queue }) => queue.replayRequests();
const say = (what) => fetch(self.configuration.protectedResources[0].url + '/done/' + what);
const thenSay = (onSync) => ({
  onSync: async (parameter) => {
    // The browser may try at any time. While the API is away nothing is taken out of a queue, not for a moment either.
    await say('begun');
    await say(await onSync(parameter).then(() => 'sent', ({ name }) => name));
  },
});

const KEEPERS = {
  outbox: outbox(new Queue('outbox', thenSay(replay))),
  'background-sync': new BackgroundSyncPlugin('background-sync', thenSay(replay)),
  'own-replay': new BackgroundSyncPlugin('own-replay', thenSay(ofWorkbox)),
  naive: new BackgroundSyncPlugin('naive', thenSay(naive)),
};
for (const [kind, keeper] of Object.entries(KEEPERS)) {
  registerRoute(({ url }) => url.search === '?queue=' + kind, new NetworkOnly({ plugins: [plugin, keeper] }), 'POST');
}
const misplaced = new BackgroundSyncPlugin('misplaced', thenSay(replay));
registerRoute(({ url }) => url.search === '?queue=misplaced', new NetworkOnly({ plugins: [misplaced, plugin] }), 'POST');
`;

const POLL = { timeout: 15_000 };

let stack: Stack;
/** Tells the notes of one run of a test from those of another, which the API keeps. */
let run = 0;
beforeAll(async () => {
  stack = await startStackWithWorker(await bundleWorker(WORKER));
});
afterAll(() => stack.close());
beforeEach(() => {
  run += 1;
  stack.authorizationServer.endUserSessions();
  stack.api.goOnline();
  stack.api.requests.clear();
});

/** Writes notes that the network does not take. */
async function writeOffline(page: Page, kind: string, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    await expect(postNote(page, stack, `${kind} ${run}: ${text}`, `/notes?queue=${kind}`)).rejects.toThrow();
  }
}

/** Lets a queue be sent, and waits until it was gone through with an outcome. */
async function sendQueue(page: Page, kind: string, outcome: string): Promise<void> {
  stack.api.requests.clear();
  stack.api.goOnline();
  await dispatchSync(page, `workbox-background-sync:${kind}`);
  await expect.poll(() => stack.api.requests.count(`/api/done/${outcome}`), POLL).toBeGreaterThan(0);
}

/** The notes of who is signed in that a queue has sent. */
async function notes(page: Page, kind: string): Promise<readonly string[]> {
  const { body } = await callApi(page, stack, '/notes');
  const list: readonly { readonly text: string }[] = JSON.parse(body);
  const own = `${kind} ${run}: `;
  return list.filter(({ text }) => text.startsWith(own)).map(({ text }) => text.slice(own.length));
}

/** What script in Ada's page does to the queue: it has Grace's requests before it, and two of Ada's. */
function plant([genuine, waiting, ...own]: readonly QueuedRequest[]): readonly QueuedRequest[] {
  const copied = genuine?.field ?? '';
  const [named, marked] = own;
  return [
    waiting && { ...waiting, text: waiting.text.replace('waiting', 'planted') },
    named && { ...named, field: encodeURIComponent(GRACE.sub) },
    marked && { ...marked, field: copied },
  ].filter((request) => request !== undefined);
}

/** Lets Ada's page plant requests for Grace, who then is signed in. */
async function plantForGrace(page: Page, kind: string): Promise<void> {
  stack.api.goOffline();
  await signIn(page, stack, GRACE);
  await writeOffline(page, kind, ['genuine of Grace', 'waiting of Grace']);
  await signOutAndInAs(page, stack, ADA);
  await writeOffline(page, kind, ['named of Ada', 'marked of Ada']);

  await changeQueue(page, plant(await readQueue(page)));

  await signOutAndInAs(page, stack, GRACE);
}

describe('a request that a page plants for the next user', () => {
  test('is sent as that user by a naive replay', async ({ page }) => {
    await plantForGrace(page, 'naive');

    await sendQueue(page, 'naive', 'sent');

    await expect
      .poll(() => notes(page, 'naive'), POLL)
      .toEqual(['genuine of Grace', 'planted of Grace', 'named of Ada', 'marked of Ada']);
    await expect.poll(() => readQueue(page), POLL).toEqual([]);
  });

  test.for([
    ['outbox', 'TypeError'],
    ['background-sync', 'TypeError'],
    ['own-replay', 'queue-replay-failed'],
  ] as const)('stays in the queue “%s”, which says so: %s', async ([kind, outcome], { page }) => {
    await plantForGrace(page, kind);

    await sendQueue(page, kind, outcome);

    // The browser may go through the queue as well: it takes out what it puts back.
    await expect.poll(() => readQueue(page), POLL).toHaveLength(3);
    expect(await notes(page, kind)).toEqual(['genuine of Grace']);
  });
});

test('a request that is stored before it has its mark is not sent', async ({ page }) => {
  stack.api.goOffline();
  await signIn(page, stack, GRACE);
  await writeOffline(page, 'misplaced', ['of Grace']);

  await sendQueue(page, 'misplaced', 'TypeError');

  await expect.poll(() => readQueue(page), POLL).toHaveLength(1);
  expect(await notes(page, 'misplaced')).toEqual([]);
});
