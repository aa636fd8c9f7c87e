import type { Attack } from '../attack.ts';
import type { Scene } from '../scene.ts';
import { PLAIN_PAGE } from '../site.ts';
import { comesTrue } from '../until.ts';
import { openApp } from '../visit.ts';
import { canRefresh, isRevoked, obtainRefreshToken, REVOKED_MS, signOut } from './life.ts';

/** Path at the authorization server that answers nobody while an attack runs. */
const SILENT_PATH = '/silent';

/** More requests than a browser sends to one server at a time. */
const REQUESTS = 300;

/** Time limit for the requests to arrive that a browser sends at a time, in milliseconds. */
const ARRIVE_MS = 30_000;

/**
 * Uses up the connections to the authorization server, from a page of its own.
 *
 * @returns frees them
 */
async function starve({ openTab, site, servers }: Scene): Promise<() => void> {
  const { faults, origin } = servers.authorizationServer;
  let free = (): void => {};
  const freed = new Promise<undefined>((resolve) => (free = () => resolve(undefined)));
  let waiting = 0;
  faults.setRule(({ path }) => {
    if (path !== SILENT_PATH) return undefined;
    waiting += 1;
    return freed;
  });
  const tab = await openTab();
  await tab.goto(site.origin + PLAIN_PAGE);
  await tab.evaluate(
    ([url, count]: readonly [string, number]) => {
      for (let index = 0; index < count; index += 1)
        void fetch(`${url}?${index}`, { mode: 'no-cors' }).catch(() => undefined);
    },
    [origin + SILENT_PATH, REQUESTS] as const,
  );
  await comesTrue(async () => waiting >= 6, ARRIVE_MS);
  return () => {
    faults.clear();
    free();
  };
}

export const STARVED_ATTACKS: readonly Attack[] = [
  {
    id: 'S23',
    title:
      'uses up the connections to the server while the user signs out, cuts them, and uses a refresh token that it has obtained otherwise',
    scenario: '5.1.2',
    naive: 'page',
    ruins: 'sessions',
    act: async (scene) => {
      const { tab, site, servers } = scene;
      const token = await obtainRefreshToken(scene);

      const free = await starve(scene);
      await signOut(scene);
      if (isRevoked(scene, token)) throw new Error('The revocation went out all the same.');
      // What waits for a connection ends here: none comes up.
      servers.authorizationServer.goOffline();
      try {
        free();
        await openApp(tab, site);
      } finally {
        servers.authorizationServer.goOnline();
      }

      if (site.name !== 'page') await comesTrue(() => isRevoked(scene, token), REVOKED_MS);
      return { reached: await canRefresh(scene, token) };
    },
  },
];
