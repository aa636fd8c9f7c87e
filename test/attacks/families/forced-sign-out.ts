import type { Attack, Spoils } from '../attack.ts';
import type { Scene } from '../scene.ts';
import { comesTrue } from '../until.ts';
import { goTo, openApp } from '../visit.ts';

/** Time limit for the browser to arrive at the app's origin, in milliseconds; whatever the app answers, it arrives. */
const ARRIVES_MS = 20_000;

/** The address that signs out. */
function signOutUrl({ site }: Scene): string {
  return site.origin + (site.name === 'page' ? '/naive/app?logout' : '/auth/logout');
}

/** Waits until the browser is at the app's origin, and the naive app has done there what its address says. */
async function arrive({ tab, site }: Scene): Promise<void> {
  const isThere = ([own, isNaive]: readonly [string, boolean]): boolean => {
    const { sent, connected } = document.documentElement.dataset;
    return (
      location.origin === own &&
      sent === undefined &&
      document.readyState === 'complete' &&
      (!isNaive || connected === 'yes')
    );
  };
  await comesTrue(() => tab.evaluate(isThere, [site.origin, site.name === 'page'] as const), ARRIVES_MS);
}

/** A form, and whether it is sent from the attacker's site or from the app's own. */
interface SentForm {
  readonly from: 'elsewhere' | 'app';
  readonly method: 'GET' | 'POST';
}

/** Sends a form to the address that signs out, and waits until the browser is there. */
async function submitForm(scene: Scene, { from, method }: SentForm): Promise<void> {
  const { tab, servers } = scene;
  if (from === 'elsewhere') await goTo(tab, servers.foreign.origin);
  await tab.evaluate(
    ({ action, by }) => {
      const form = document.createElement('form');
      form.method = by;
      form.action = action;
      // A form that is sent by GET has a query of its own.
      form.append(Object.assign(document.createElement('input'), { name: 'logout' }));
      document.documentElement.append(form);
      document.documentElement.dataset['sent'] = 'yes';
      form.submit();
    },
    { action: signOutUrl(scene), by: method },
  );
  await arrive(scene);
}

/** Whether the session is over. */
async function isOver({ tab, site }: Scene): Promise<Spoils> {
  await openApp(tab, site);
  return { reached: (await tab.evaluate(() => window.app.session())) !== 'signed-in' };
}

const FORCED = { scenario: '-', naive: 'page', ruins: 'naive profile' } as const;

export const FORCED_SIGN_OUT_ATTACKS: readonly Attack[] = [
  {
    id: 'F06',
    title: 'sends the user from another site to an address that signs out',
    ...FORCED,
    act: async (scene) => {
      const { tab, servers } = scene;
      await goTo(tab, servers.foreign.origin);
      await tab.evaluate((url) => location.assign(url), signOutUrl(scene));
      await arrive(scene);
      return isOver(scene);
    },
  },
  {
    id: 'F08',
    title: 'posts a form from another site to the address that signs out',
    ...FORCED,
    act: async (scene) => {
      await submitForm(scene, { from: 'elsewhere', method: 'POST' });
      return isOver(scene);
    },
  },
  {
    id: 'F09',
    title: 'places forms in the page that are sent to the address that signs out, by GET and by POST',
    ...FORCED,
    tokenward: 'shipped',
    act: async (scene) => {
      await submitForm(scene, { from: 'app', method: 'GET' });
      await openApp(scene.tab, scene.site);
      await submitForm(scene, { from: 'app', method: 'POST' });
      return isOver(scene);
    },
  },
  {
    id: 'F20',
    title: 'places a frame in the page that shows the address that signs out',
    ...FORCED,
    act: async (scene) => {
      const { tab, timeoutMs } = scene;
      await tab.evaluate((url) => {
        const frame = document.createElement('iframe');
        frame.onload = () => window.heard.push('the frame has loaded');
        frame.src = url;
        document.body.append(frame);
      }, signOutUrl(scene));
      // What is refused may never load.
      await comesTrue(() => tab.evaluate(() => window.heard.includes('the frame has loaded')), timeoutMs);
      return isOver(scene);
    },
  },
];
