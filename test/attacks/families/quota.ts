import type { Attack } from '../attack.ts';
import { signIn } from '../visit.ts';
import { withDevTools } from './with-dev-tools.ts';

export const QUOTA_ATTACKS: readonly Attack[] = [
  {
    id: 'S18',
    title: 'leaves the origin no storage, so that no user can sign in',
    scenario: '-',
    naive: 'page',
    ruins: 'profiles',
    begins: 'signed-out',
    ...withDevTools(async (devTools, { tab, site, servers }) => {
      // As where the page has stored all that it may.
      await devTools.send('Storage.overrideQuotaForOrigin', { origin: site.origin, quotaSize: 1 });
      // An app whose script ends in an error will not stand any more.
      const hasFailed = new Promise<boolean>((resolve) => tab.page?.once('pageerror', () => resolve(false)));
      const comesBack = signIn(tab, site).then(
        () => true,
        () => false,
      );
      const hasSignedIn = await Promise.race([comesBack, hasFailed]);
      if (!hasSignedIn) return { reached: true };
      const isAnswered = (url: string): Promise<boolean> => fetch(url).then(({ ok }) => ok);
      return { reached: !(await tab.evaluate(isAnswered, `${servers.api.url}/me`)) };
    }),
  },
];
