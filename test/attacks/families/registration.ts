import { poisonScript } from '../../support/script-poisoning.ts';
import { readScript, WAYS_TO_READ } from '../../support/script-theft.ts';
import type { Attack } from '../attack.ts';
import type { Scene } from '../scene.ts';
import { sweepPage } from '../sweep.ts';
import { comesTrue } from '../until.ts';
import { appStands, leaveToSignIn, passLoginPage } from '../visit.ts';
import { register, withRogue } from './rogue.ts';
import { withDevTools } from './with-dev-tools.ts';

/** Registers the genuine script a second time, in another way. */
function registering(
  id: string,
  title: string,
  how: (workerPath: string) => readonly [string, RegistrationOptions],
): Attack {
  return {
    id,
    title,
    scenario: '5.1.3',
    naive: 'worker',
    ruins: 'naive profile',
    act: async (scene) => ({ reached: (await register(scene, ...how(scene.site.workerPath))) === 'activated' }),
  };
}

/** The app signs in; to its end only where no rogue worker is in the way. */
async function signInAgain({ tab, site }: Scene, hasRogue: boolean): Promise<void> {
  await leaveToSignIn(tab);
  if (!hasRogue) await passLoginPage(tab, site);
}

export const REGISTRATION_ATTACKS: readonly Attack[] = [
  ...WAYS_TO_READ.map((way, index): Attack => ({
    id: `R${String(index + 1).padStart(2, '0')}`,
    title: `reads the secret in the worker’s script: ${way}`,
    scenario: '5.1.1',
    naive: 'open-server',
    keepsPage: true,
    act: async ({ tab, site }) => {
      await tab.goto(`${site.origin}/plain`);
      return { seen: await tab.evaluate(readScript, { way, path: site.workerPath }) };
    },
  })),
  ...(['imports', 'all', 'none'] as const).map((updateViaCache, index): Attack => ({
    id: `R${21 + index}`,
    title: `poisons the HTTP cache before an update check, with updateViaCache ${updateViaCache}`,
    scenario: '5.1.1',
    naive: 'open-server',
    notIn: { webkit: 'takes no script from the HTTP cache when it looks for an update' },
    // WebKit writes its cache late: an answer that is there already is confirmed by the server, and used.
    seldomIn: ['webkit'],
    ruins: 'naive profile',
    act: async ({ tab, site }) => ({
      reached: (await poisonScript(tab, site.workerPath, updateViaCache)).length > 0,
    }),
  })),
  registering('R31', 'registers the genuine script at a narrower scope', (path) => [
    path,
    { scope: path.startsWith('/naive') ? '/naive/callback' : '/auth/' },
  ]),
  registering('R32', 'registers the genuine script with a query', (path) => [`${path}?2`, {}]),
  registering('R39', 'registers the genuine script with an empty query', (path) => [`${path}?`, {}]),
  registering('R33', 'registers a worker of its own at the scope of the app', () => ['/rogue.js', { scope: '/' }]),
  registering('R34', 'registers a worker of its own as a module', () => [
    '/rogue.js',
    { scope: '/x/', type: 'module' },
  ]),
  {
    id: 'R35',
    title: 'replaces the worker and requests a handover from the previous one',
    scenario: '5.1.1',
    naive: 'worker',
    ruins: 'naive profile',
    act: async (scene) => {
      const scope = scene.site.name === 'worker' ? '/naive/' : '/';
      return {
        seen: await withRogue(
          scene,
          { scope },
          async () => {},
          (told) => told !== '[]',
        ),
      };
    },
  },
  {
    id: 'R36',
    title: 'registers a worker of its own at the callback and waits for a code of the app',
    scenario: '5.1.2',
    naive: 'open-server',
    ruins: 'naive profile',
    act: async (scene) => ({
      seen: await withRogue(scene, { scope: '/auth/callback' }, (hasRogue) => signInAgain(scene, hasRogue)),
    }),
  },
  {
    id: 'R37',
    title: 'patches register() before the app loads, so that the app registers another worker',
    scenario: '5.1.3',
    naive: 'open-server',
    ruins: 'naive profile',
    begins: 'signed-out',
    before: `const { register } = ServiceWorkerContainer.prototype;
    ServiceWorkerContainer.prototype.register = function () { return register.call(this, '/rogue.js', { scope: '/' }); };`,
    act: async ({ tab, timeoutMs }) => {
      const hasRogue = (): Promise<boolean> =>
        tab.evaluate(async () => {
          const registrations = await navigator.serviceWorker.getRegistrations();
          return registrations.some(({ installing, waiting, active }) =>
            [installing, waiting, active].some((worker) => worker?.scriptURL.endsWith('/rogue.js')),
          );
        });
      return { reached: await comesTrue(hasRogue, timeoutMs) };
    },
  },
  {
    id: 'R38',
    title: 'has the page reloaded without its worker, so that the page keeps its tokens itself',
    scenario: '5.1.2',
    naive: 'page',
    ...withDevTools(async (devTools, { tab, site }) => {
      await tab.evaluate(() => (document.documentElement.dataset['connected'] = 'leaving'));
      // As by the reload key with shift.
      await devTools.send('Page.reload', { ignoreCache: true });
      await appStands(tab, site);
      await tab.evaluate(() => window.app.call('/me'));
      return { seen: await tab.evaluate(sweepPage) };
    }),
  },
];
