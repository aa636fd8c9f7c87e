import { refuseAccessToken } from '../../support/refused-token.ts';
import type { Attack } from '../attack.ts';
import { comesTrue } from '../until.ts';

/** Longest time that the naive app is given for an answer, in milliseconds: more than twice its lease. */
const NAIVE_RENEWAL_MS = 12_000;

/** Longest time that Tokenward is given, in milliseconds. Its lease lasts eight seconds, and a request may come to nothing meanwhile. */
const RENEWAL_MS = 60_000;

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
    act: async ({ tab, site, servers }) => {
      // Not in a tab of its own: an engine lets the timers of one that is hidden run seldom.
      await tab.evaluate(forgeLeases);
      refuseAccessToken(servers.api);
      await tab.evaluate(() => {
        // Who gets no answer asks again.
        const ask = async (): Promise<void> => {
          const status = await window.app.call('/me').catch(() => 0);
          document.documentElement.dataset['answer'] = String(status);
          if (status !== 200) setTimeout(() => void ask(), 1000);
        };
        void ask();
      });
      const isAnswered = (): Promise<boolean> =>
        tab.evaluate(() => document.documentElement.dataset['answer'] === '200');
      return { reached: !(await comesTrue(isAnswered, site.name === 'page' ? NAIVE_RENEWAL_MS : RENEWAL_MS)) };
    },
  },
];
