import type { Attack } from '../attack.ts';
import { CACHED_ROGUE } from '../naive-scripts.ts';
import type { Scene } from '../scene.ts';
import { register } from './rogue.ts';

/** Each way in which a page has its browser keep a script of the origin, by the destination of the request. */
const WAYS_TO_FETCH = ['fetch', 'script element', 'preload', 'module'] as const;

/** Registers a script that the gate refuses as a worker, out of the HTTP cache. */
function registeringFromCache(id: string, way: (typeof WAYS_TO_FETCH)[number], options: RegistrationOptions): Attack {
  const kind = options.type === 'module' ? 'a module worker' : 'a worker';
  return {
    id,
    title: `has the HTTP cache keep a script (${way}) and registers it from there as ${kind}`,
    scenario: '5.1.3',
    naive: 'open-server',
    notIn: { webkit: 'takes no worker script from the HTTP cache' },
    ruins: 'naive profile',
    act: async (scene) => {
      await fetchScript(scene, way);
      return { reached: (await register(scene, CACHED_ROGUE, { ...options, updateViaCache: 'all' })) === 'activated' };
    },
  };
}

async function fetchScript({ tab }: Scene, way: (typeof WAYS_TO_FETCH)[number]): Promise<void> {
  await tab.evaluate(
    async ([path, how]: readonly [string, string]) => {
      if (how === 'fetch') return void (await (await fetch(path)).text());
      const element = Object.assign(
        document.createElement(how === 'preload' ? 'link' : 'script'),
        how === 'preload' ? { rel: 'preload', as: 'script', href: path } : { src: path },
        how === 'module' ? { type: 'module' } : {},
      );
      await new Promise((resolve) => {
        element.addEventListener('load', resolve);
        element.addEventListener('error', resolve);
        document.head.append(element);
      });
    },
    [CACHED_ROGUE, way] as const,
  );
}

export const FROM_CACHE_ATTACKS: readonly Attack[] = [
  registeringFromCache('R40', 'fetch', { scope: '/' }),
  registeringFromCache('R41', 'script element', { scope: '/' }),
  registeringFromCache('R42', 'preload', { scope: '/' }),
  registeringFromCache('R43', 'module', { scope: '/', type: 'module' }),
];
