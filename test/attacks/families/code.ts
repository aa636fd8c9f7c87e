import type { Attack } from '../attack.ts';
import { CLEARED_PAGE, PLAIN_PAGE } from '../site.ts';
import { NO_ENTRIES, seenInOwnTab } from './failed-navigation.ts';
import { WAYS_TO_A_CODE, type WayToACode } from './own-flow.ts';
import { withRogue } from './rogue.ts';
import { watchOpened } from './popup.ts';
import { authorizeUrl, endWorker, type Mode, MODES, stealOwnCode, VERIFIER } from './run-own-flow.ts';

/** A flow of the attacker's own, where the headers have to hold. */
const WITH_HEADERS = { scenario: '5.1.3', naive: 'open-server', tokenward: 'shipped' } as const;

function inMode(mode?: Mode): string {
  return mode ? `, with the response ${MODES[mode]}` : '';
}

/** Where nothing that is reported of a redirect says where it led. */
const NO_REPORTS: Readonly<Partial<Record<WayToACode, Attack['notIn']>>> = {
  'a frame and the report of an injected policy': { firefox: 'reports no address that a frame was redirected to' },
  // In Chromium the policy lets it load, and its address stands open.
  'an object and the report of an injected policy': { firefox: 'reports no address that an object was redirected to' },
};

function notIn(way: WayToACode): Pick<Attack, 'notIn'> {
  const lacks = NO_REPORTS[way];
  return lacks ? { notIn: lacks } : {};
}

/** With the worker gone: the headers have to hold. */
function withoutWorker(id: string, way: WayToACode, mode?: Mode): Attack {
  return {
    id,
    title: `unregisters the worker and runs a flow in ${way}${inMode(mode)}`,
    ...WITH_HEADERS,
    // In a profile whose worker was unregistered before, WebKit shows script no flow in a frame that it has written itself.
    ruins: 'profiles',
    ...notIn(way),
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
    title: `runs a flow in ${way} while the worker is registered${inMode(mode)}`,
    scenario: '5.1.3',
    naive: 'page',
    ...notIn(way),
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
    ...WITH_HEADERS,
    ruins: 'sessions',
    notIn: NO_ENTRIES,
    act: async (scene) => {
      await endWorker(scene);
      return { seen: await seenInOwnTab(scene, authorizeUrl(scene, parameters)) };
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
  // What is reported is so before the worker is asked: it takes a policy of the page's own.
  { ...pastWorker('C38', 'a frame and the report of an injected policy'), tokenward: 'shipped' },
  { ...pastWorker('C39', 'an object and the report of an injected policy'), tokenward: 'shipped' },
  inOwnTab(
    'C41',
    'runs a flow in its own tab, and looks for the code in history, referrer and entries of the navigation',
  ),
  inOwnTab(
    'C49',
    'runs a flow in its own tab, with the response in the fragment, and looks for it in the same places',
    { response_mode: 'fragment' },
  ),
  {
    id: 'C42',
    title: 'registers a worker of its own at the callback, and runs a flow that comes back to it',
    ...WITH_HEADERS,
    ruins: 'profiles',
    act: async (scene) => ({
      seen: await withRogue(scene, { scope: '/auth/' }, () => scene.tab.goto(authorizeUrl(scene))),
    }),
  },
  {
    id: 'C43',
    title: 'unregisters the worker, registers a worker of its own instead, and runs a flow',
    ...WITH_HEADERS,
    ruins: 'profiles',
    act: async (scene) => {
      await endWorker(scene);
      return { seen: await withRogue(scene, { scope: '/' }, () => scene.tab.goto(authorizeUrl(scene))) };
    },
  },
  {
    id: 'C46',
    title: 'registers a worker of its own at the callback, and runs a flow whose response is posted to it',
    ...WITH_HEADERS,
    ruins: 'profiles',
    act: async (scene) => {
      // The server's page holds the code, and Chromium keeps it in the memory of the tab, out of reach.
      const tab = await scene.openTab();
      const flow = (): Promise<void> => tab.goto(authorizeUrl(scene, { response_mode: 'form_post' }));
      return { seen: await withRogue(scene, { scope: '/auth/' }, flow, (told) => /\bcode=/.test(told)) };
    },
  },
  {
    ...withoutWorker('C47', 'a frame'),
    title: 'has the app’s own server clear the site, and the worker with it, and runs a flow in a frame',
    notIn: { webkit: 'leaves the worker there when it clears a site' },
    act: async (scene) => {
      await scene.tab.evaluate(async (path) => void (await fetch(path)), CLEARED_PAGE);
      await scene.tab.goto(scene.site.origin + PLAIN_PAGE);
      return { seen: await stealOwnCode(scene, 'a frame') };
    },
  },
  {
    id: 'C44',
    title: 'exchanges a code that it has obtained otherwise, with its own verifier',
    ...WITH_HEADERS,
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
    act: async (scene) => ({
      seen: await watchOpened(scene, { opens: scene.site.name === 'page' ? '/naive/app?login' : '/auth/login' }),
    }),
  },
];
