import { UnsecuredJWT } from 'jose';
import { GRACE } from '../../servers/users.ts';
import type { Attack } from '../attack.ts';
import type { Scene } from '../scene.ts';
import { subject } from './flow.ts';
import { authorizeUrl, clickUntilSeen } from './run-own-flow.ts';

/** What script in the page does with a sign-in in a pop-up. */
interface Watch {
  /** Address that the script opens in place of the app's sign-in; by default the app signs in. */
  readonly opens?: string;
  /** Address that the script leads the window to, once the app has opened it. */
  readonly leadsTo?: string;
  readonly timeoutMs: number;
}

/**
 * Runs in the page: lets the app sign in in a pop-up at a click, keeps the window, and reads all that can be read of it, and all that
 * comes to the page.
 */
async function watchPopup({ opens, leadsTo, timeoutMs }: Watch): Promise<readonly string[]> {
  const seen = new Set<string>();
  const kept: Window[] = [];
  const note = ({ data }: MessageEvent<unknown>): void => void seen.add(JSON.stringify(data) ?? '');
  window.addEventListener('message', note);
  navigator.serviceWorker?.addEventListener('message', note);
  const open = window.open.bind(window);
  window.open = (...call) => {
    const opened = open(...call);
    if (opened) kept.push(opened);
    return opened;
  };
  await new Promise<void>((resolve) => document.addEventListener('click', () => resolve(), { once: true }));
  document.documentElement.dataset['clicked'] = 'yes';
  if (opens === undefined) void window.app.signInInPopup().catch((error: unknown) => seen.add(String(error)));
  else window.open(opens, '_blank', 'popup');
  let isLed = leadsTo === undefined;
  const endsAtMs = Date.now() + timeoutMs;
  while (Date.now() < endsAtMs && ![...seen].some((text) => /[?&#]code=|access_token/.test(text))) {
    for (const popup of kept) {
      try {
        seen.add(popup.location.href);
        seen.add(popup.document.documentElement.outerHTML);
        seen.add(JSON.stringify(popup.history.state) ?? '');
        for (const { name } of popup.performance.getEntries()) seen.add(name);
      } catch {
        // It is at the authorization server.
        if (!isLed && leadsTo !== undefined) popup.location.href = leadsTo;
        isLed = true;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  for (const popup of kept) popup.close();
  return [...seen];
}

/** The attacker's script watches what the user's click opens. */
export async function watchOpened(scene: Scene, what: Pick<Watch, 'opens' | 'leadsTo'> = {}): Promise<unknown> {
  const stolen = scene.tab.evaluate(watchPopup, { ...what, timeoutMs: scene.timeoutMs });
  await Promise.race([stolen, clickUntilSeen(scene)]);
  return stolen;
}

/** Attacks on sign-ins in a window of its own. */
export const POPUP_ATTACKS: readonly Attack[] = [
  {
    id: 'C77',
    title:
      'keeps the window of a sign-in in a pop-up, and reads its address, its document, its history and what it posts',
    scenario: '5.1.2',
    naive: 'page',
    act: async (scene) => ({ seen: await watchOpened(scene) }),
  },
  {
    id: 'C78',
    title: 'leads the window of a sign-in in a pop-up to a request of its own, and reads where it ends',
    scenario: '5.1.3',
    naive: 'page',
    act: async (scene) => ({ seen: await watchOpened(scene, { leadsTo: authorizeUrl(scene) }) }),
  },
  {
    id: 'C79',
    title: 'opens the endpoint of a sign-in in a pop-up with its own URL, and waits for the response',
    scenario: '5.1.2',
    naive: 'page',
    act: async (scene) => {
      const opens =
        scene.site.name === 'page'
          ? '/naive/app?login&popup'
          : '/auth/login?session_popup=of-the-attacker&popup=opener';
      return { seen: await watchOpened(scene, { opens }) };
    },
  },
  {
    id: 'F37',
    title: 'posts the end of a sign-in in a pop-up to the page, with a user of its own (login CSRF)',
    scenario: '6.3.2.2',
    naive: 'page',
    ruins: 'naive profile',
    act: async (scene) => {
      const token = new UnsecuredJWT({ sub: GRACE.sub }).encode();
      const claims = { sub: GRACE.sub };
      const end = {
        type: 'tokenward:popup',
        popupId: 'one',
        tokens: { access_token: token, id_token: token, token_type: 'Bearer' },
        session: { status: 'signed-in', claims, scopes: [], expiresAtMs: 0, storage: 'sealed', network: 'online' },
      };
      await scene.tab.evaluate(async (message) => {
        const heard = new Promise((resolve) => window.addEventListener('message', resolve, { once: true }));
        window.postMessage(message, '*');
        new BroadcastChannel('tokenward').postMessage(message);
        await heard;
      }, end);
      return { reached: (await subject(scene)) === GRACE.sub };
    },
  },
];
