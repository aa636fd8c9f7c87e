import type { Attack } from '../attack.ts';
import { PLAIN_PAGE } from '../site.ts';
import { comesTrue, until } from '../until.ts';
import { openApp } from '../visit.ts';
import { call, signOut } from './life.ts';

/** Time limit for a page that comes back to learn that the session is over, in milliseconds. */
const FORGETS_MS = 20_000;

export const RETURNED_ATTACKS: readonly Attack[] = [
  {
    id: 'S20',
    title: 'goes back, after sign-out, to a page that the browser has kept as it was',
    scenario: '5.1.4',
    naive: 'page',
    ruins: 'sessions',
    // Firefox keeps no page that holds a lock.
    before: 'LockManager.prototype.request = async (name, options, act) => void act(null);',
    act: async (scene) => {
      const { tab, site, openTab } = scene;
      const other = await openTab();
      await openApp(other, site);
      await tab.goto(site.origin + PLAIN_PAGE);
      await signOut({ tab: other, site });
      await tab.evaluate(() => void setTimeout(() => history.back()));
      await until('the page is back', () => tab.evaluate(() => 'app' in window));
      // What the page says about the user is not for whoever comes back.
      const knowsUser = (): Promise<boolean> => tab.evaluate(() => window.app.session() === 'signed-in');
      const forgets = comesTrue(async () => !(await knowsUser()), FORGETS_MS);
      return { reached: (await call(tab)) === 200 || !(await forgets) };
    },
  },
];
