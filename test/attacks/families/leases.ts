import { refuseAccessToken } from '../../support/refused-token.ts';
import type { Attack } from '../attack.ts';
import { comesTrue } from '../until.ts';

/** Longer than any refresh takes that somebody waits for, in milliseconds: more than twice the longest lease of both victims. */
const RENEWAL_MS = 20_000;

/** Runs in the page: says again and again, wherever an app looks, that somebody else is just renewing the tokens. */
async function forgeLeases(): Promise<void> {
  const databases: IDBDatabase[] = [];
  for (const { name = '' } of await indexedDB.databases()) {
    await new Promise<void>((resolve) => {
      const opening = indexedDB.open(name);
      opening.onerror = () => resolve();
      opening.onsuccess = () => {
        databases.push(opening.result);
        resolve();
      };
    });
  }
  await new Promise<void>((resolve) => {
    setInterval(() => {
      const untilMs = Date.now() + 15_000;
      localStorage.setItem('naive lease', String(untilMs));
      for (const database of databases)
        database
          .transaction('records', 'readwrite')
          .objectStore('records')
          .put({ workerVersion: 'forged', untilMs }, 'lease').onsuccess = () => resolve();
    }, 50);
  });
}

export const LEASE_ATTACKS: readonly Attack[] = [
  {
    id: 'S22',
    title: 'pretends again and again that another worker is renewing the tokens, so that no token can be renewed',
    scenario: '-',
    naive: 'page',
    tokenward: 'short-timeout',
    ruins: 'profiles',
    act: async ({ tab, servers }) => {
      // Not in a tab of its own: an engine lets the timers of one that is hidden run seldom.
      await tab.evaluate(forgeLeases);
      refuseAccessToken(servers.api);
      await tab.evaluate(() => {
        void window.app.call('/me').then((status) => {
          document.documentElement.dataset['answer'] = String(status);
        });
      });
      const isAnswered = (): Promise<boolean> =>
        tab.evaluate(() => document.documentElement.dataset['answer'] === '200');
      return { reached: !(await comesTrue(isAnswered, RENEWAL_MS)) };
    },
  },
];
