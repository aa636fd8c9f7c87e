import type { Attack } from '../attack.ts';
import { signIn } from '../visit.ts';
import { withDevTools } from './with-dev-tools.ts';

export const QUOTA_ATTACKS: readonly Attack[] = [
  {
    id: 'S18',
    title: 'leaves the origin no storage, so that nobody can sign in',
    scenario: '-',
    naive: 'page',
    ruins: 'profiles',
    begins: 'signed-out',
    ...withDevTools(async (devTools, { tab, site, servers }) => {
      // As where the page has stored all that it may.
      await devTools.send('Storage.overrideQuotaForOrigin', { origin: site.origin, quotaSize: 1 });
      const hasSignedIn = await signIn(tab, site).then(
        () => true,
        () => false,
      );
      if (!hasSignedIn) return { reached: true };
      const isAnswered = (url: string): Promise<boolean> => fetch(url).then(({ ok }) => ok);
      return { reached: !(await tab.evaluate(isAnswered, `${servers.api.url}/me`)) };
    }),
  },
];
