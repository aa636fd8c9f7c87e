import type { Page } from 'playwright';
import type { Stack } from '../servers/stack.ts';
import type { User } from '../servers/users.ts';
import { callApi, signIn } from './app-page.ts';
import type { Evaluator } from './engines/engine.ts';

/** A request of a queue as a page can read it, and write it. */
export interface QueuedRequest {
  readonly id: number;
  readonly text: string;
  /** What says whose it is: `tokenward-user`. */
  readonly field: string;
}

/** Sends a note to the API, as the app does. */
export function postNote(
  page: Evaluator,
  stack: Stack,
  text: string,
  path: string = '/notes',
): Promise<{ status: number; body: string }> {
  const headers = { 'content-type': 'application/json' };
  return callApi(page, stack, path, { method: 'POST', body: JSON.stringify({ text }), headers });
}

/** How many requests wait in the queues of Workbox. */
export async function queued(page: Page): Promise<number> {
  return (await readQueue(page)).length;
}

/** Reads the queues of Workbox as page script can: notes that wait, in the order in which they were written. */
export function readQueue(page: Page): Promise<readonly QueuedRequest[]> {
  return page.evaluate(
    () =>
      new Promise<QueuedRequest[]>((resolve, reject) => {
        const opening = indexedDB.open('workbox-background-sync');
        opening.onerror = () => reject(new Error('The database does not open.'));
        opening.onsuccess = () => {
          const reading = opening.result.transaction('requests').objectStore('requests').getAll();
          reading.onsuccess = () => {
            opening.result.close();
            resolve(
              reading.result.map(({ id, requestData: { headers, body } }) => ({
                id,
                text: JSON.parse(new TextDecoder().decode(body)).text,
                field: headers['tokenward-user'],
              })),
            );
          };
        };
      }),
  );
}

/** Changes requests that wait, as page script can. */
export function changeQueue(page: Page, changed: readonly QueuedRequest[]): Promise<void> {
  return page.evaluate(
    (changes) =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open('workbox-background-sync');
        opening.onerror = () => reject(new Error('The database does not open.'));
        opening.onsuccess = () => {
          const transaction = opening.result.transaction('requests', 'readwrite');
          const store = transaction.objectStore('requests');
          for (const { id, text, field } of changes) {
            const reading = store.get(id);
            reading.onsuccess = () => {
              const { requestData } = reading.result;
              requestData.headers['tokenward-user'] = field;
              requestData.body = new TextEncoder().encode(JSON.stringify({ text })).buffer;
              store.put(reading.result);
            };
          }
          transaction.onabort = () => reject(new Error('The requests cannot be changed.'));
          transaction.oncomplete = () => {
            opening.result.close();
            resolve();
          };
        };
      }),
    changed,
  );
}

/** Lets another user take the place of the one who is signed in. */
export async function signOutAndInAs(page: Page, stack: Stack, user: User): Promise<void> {
  await page.evaluate(() => void window.tokenward.logout());
  await page.waitForURL((url) => url.origin === stack.app.origin && url.pathname === '/');
  await page.locator('html[data-ready="yes"][data-session="signed-out"]').waitFor();
  await signIn(page, stack, user);
}
