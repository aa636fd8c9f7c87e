import type { Attack } from '../attack.ts';
import type { Scene } from '../scene.ts';
import { PLAIN_PAGE } from '../site.ts';
import { comesTrue } from '../until.ts';

/** An attack with a redirect after sign-in that leads out of the app. */
function returning(id: string, title: string, returnTo: (scene: Scene) => string | Promise<string>): Attack {
  return {
    id,
    title,
    scenario: '-',
    naive: 'page',
    ruins: 'naive profile',
    act: async (scene) => {
      const { tab, site, servers } = scene;
      const path = site.name === 'page' ? '/naive/app' : '/auth/login';
      const query = new URLSearchParams({ login: '', returnTo: await returnTo(scene) });
      await tab.goto(`${site.origin}${path}?${query}`).catch(() => {});
      const hasLeft = (): Promise<boolean> =>
        tab.evaluate(
          ([own, server]: readonly [string, string]) =>
            (location.origin !== own && location.origin !== server) ||
            'ranHere' in window ||
            document.body?.innerHTML === 'ran',
          [site.origin, servers.authorizationServer.origin] as const,
        );
      // The start page of the app, where no attack begins. The naive app is at its own pages on the way, too.
      const isBack = (): Promise<boolean> =>
        tab.evaluate((own) => location.origin === own && location.pathname === '/', site.origin);
      let left = false;
      const ends = async (): Promise<boolean> => {
        left = await hasLeft();
        return left || isBack();
      };
      // A driver may wait in vain for the answers of pages that are being left, and ask again.
      await comesTrue(ends, 2 * scene.timeoutMs);
      return { reached: left };
    },
  };
}

/** What follows `http://` in the address of the attacker's server. */
function hostOf({ servers }: Scene): string {
  return servers.foreign.origin.replace('http://', '');
}

/** A document of the attacker's, which has the origin of the page that makes it, and lives as long as that page. */
async function makeDocument({ site, openTab }: Scene): Promise<string> {
  const tab = await openTab();
  await tab.goto(site.origin + PLAIN_PAGE);
  return tab.evaluate(() => URL.createObjectURL(new Blob(['<body>ran</body>'], { type: 'text/html' })));
}

export const RETURN_TO_ATTACKS: readonly Attack[] = [
  returning('F11', 'has the sign-in return to another origin', ({ servers }) => `${servers.foreign.origin}/F11`),
  returning('F12', 'has the sign-in return to another origin by two slashes', (scene) => `//${hostOf(scene)}/F12`),
  returning('F13', 'has the sign-in return to another origin by backslashes', (scene) => `/\\${hostOf(scene)}/F13`),
  returning('F14', 'has the sign-in return to a script', () => 'javascript:document.body.innerHTML="ran"'),
  returning(
    'F15',
    'has the sign-in return to another origin by a tab between two slashes',
    (scene) => `/\t/${hostOf(scene)}/F15`,
  ),
  returning(
    'F16',
    'has the sign-in return to a script after a space, with a line break in its scheme',
    () => ' java\nscript:document.body.innerHTML="ran"',
  ),
  returning('F17', 'has the sign-in return to a document that it has made, at an address with blob:', makeDocument),
];
