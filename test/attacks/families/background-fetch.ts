import type { Attack } from '../attack.ts';
import type { Scene } from '../scene.ts';
import { breaking } from './isolated-callback.ts';
import { authorizeUrl } from './run-own-flow.ts';

const NO_BACKGROUND_FETCH: NonNullable<Attack['notIn']> = {
  firefox: 'has no background fetch',
  webkit: 'has no background fetch',
};

/**
 * Has the browser follow redirects in the background. Chromium does so without asking the servers on the way (CORS), and sends cookies
 * although it is told to omit them.
 *
 * @returns the URL where they end, if the last server lets the page read it
 */
async function readByBackgroundFetch({ tab }: Scene, url: string): Promise<unknown> {
  return tab.evaluate(async (address) => {
    const { backgroundFetch }: { backgroundFetch?: unknown } = Object(await navigator.serviceWorker.ready);
    const call = (target: unknown, name: string, ...given: readonly unknown[]): unknown => {
      const method: unknown = Reflect.get(Object(target), name);
      return typeof method === 'function' ? Reflect.apply(method, target, given) : undefined;
    };
    const request = new Request(address, { credentials: 'omit' });
    const started = await call(backgroundFetch, 'fetch', String(Math.random()), [request], { title: 'Download' });
    const record = await call(started, 'match', address);
    return String(Reflect.get(Object(await Reflect.get(Object(record), 'responseReady')), 'url'));
  }, url);
}

/** Attacks by downloads that the browser makes for a page. No worker sees them. */
export const BACKGROUND_FETCH_ATTACKS: readonly Attack[] = [
  breaking('allows every origin', {
    id: 'C73',
    title: 'has a background fetch run a flow, and reads the URL where the redirects end',
    notIn: NO_BACKGROUND_FETCH,
    act: async (scene) => ({ seen: await readByBackgroundFetch(scene, authorizeUrl(scene)) }),
  }),
  {
    id: 'C74',
    title:
      'has a background fetch run a flow that ends on the app’s own origin, and reads the URL where the redirects end',
    scenario: '5.1.3',
    naive: 'open-server',
    notIn: NO_BACKGROUND_FETCH,
    act: async (scene) => ({ seen: await readByBackgroundFetch(scene, authorizeUrl(scene)) }),
  },
];
