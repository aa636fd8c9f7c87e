import { GRACE } from '../../servers/users.ts';
import { refuseAccessToken } from '../../support/refused-token.ts';
import type { Attack } from '../attack.ts';
import type { Scene } from '../scene.ts';
import { until } from '../until.ts';
import { appStands, fillLoginPage } from '../visit.ts';
import { subject } from './flow.ts';
import { call } from './life.ts';

/** A word by which the server knows what the attacker has chosen. */
const MARK = 'of-the-attacker';

/** Parameters that the attacker wants a renewal to have, by every name that some app remembers them under. */
const CHOSEN: Readonly<Record<string, string>> = {
  scope: 'openid reports:read',
  session_scope: 'openid reports:read',
  session_user: GRACE.sub,
  connection: MARK,
  acr_values: MARK,
  id_token_hint: MARK,
  login_hint: GRACE.username,
};

/** The address of a silent sign-in. */
export function silentUrl({ site }: Scene, more: Readonly<Record<string, string>> = {}): string {
  const starts: Readonly<Record<string, string>> = { page: '/naive/app?login&', worker: '/naive/auth/login?' };
  const start = starts[site.name] ?? '/auth/login?';
  return `${site.origin}${start}${new URLSearchParams({ prompt: 'none', returnTo: site.page, ...more })}`;
}

/** The silent requests that the server has got since an earlier count. */
export function silentSince({ servers }: Scene, before: number): readonly URLSearchParams[] {
  const requests = servers.authorizationServer.requests.list('authorization').slice(before);
  return requests.map(({ parameters }) => parameters).filter((query) => query.get('prompt') === 'none');
}

/** Has the app sign in silently, and waits until it is back. */
export async function renewSilently({ tab, site }: Scene): Promise<void> {
  await tab.evaluate(() => {
    document.documentElement.dataset['connected'] = 'leaving';
    void window.app.signIn({ silent: true });
  });
  await appStands(tab, site);
}

/** Opens the address of a silent sign-in in the tab, and waits until the app is back. */
async function openSilently({ tab, site }: Scene, url: string): Promise<void> {
  await tab.evaluate((target) => {
    document.documentElement.dataset['connected'] = 'leaving';
    location.assign(target);
  }, url);
  await appStands(tab, site);
}

/** Adds what the attacker wants to each note of the page that remembers a request. */
async function changeNotes({ tab }: Scene, changes: Readonly<Record<string, string>>): Promise<void> {
  await tab.evaluate((chosen) => {
    for (const [key, value] of Object.entries(localStorage))
      if (/(^|&)(session_)?scope=/.test(value)) localStorage.setItem(key, `${value}&${new URLSearchParams(chosen)}`);
  }, changes);
}

/** Signs another user in at the authorization server, in the same browser, for an app of the attacker's. */
async function signInElsewhere({ openTab, own, servers }: Scene): Promise<void> {
  const { addApp, origin, clientId, issued } = servers.authorizationServer;
  const back = `${servers.foreign.origin}/back`;
  addApp(servers.foreign.origin, [back]);
  const request = { client_id: clientId, redirect_uri: back, response_type: 'code', scope: 'openid', prompt: 'login' };
  const challenge = { code_challenge: 'of-the-attacker'.padEnd(43, '-'), code_challenge_method: 'S256' };
  const tab = await openTab();
  await tab.goto(`${origin}/auth?${new URLSearchParams({ ...request, ...challenge })}`);
  await until('the other user is signed in', async () => {
    await fillLoginPage(tab, GRACE);
    return tab.evaluate((server) => location.origin === server, servers.foreign.origin);
  });
  own([...issued.codes].at(-1) ?? '');
}

/** Loses the session: the server refuses the next refresh. */
async function loseSession({ tab, servers }: Scene): Promise<void> {
  const answer = { status: 400, body: '{"error":"invalid_grant"}', headers: { 'content-type': 'application/json' } };
  servers.authorizationServer.faults.plan(({ grantType }) => grantType === 'refresh_token', {
    stage: 'before',
    answer,
  });
  refuseAccessToken(servers.api);
  await call(tab);
  await until('the session is lost', () => tab.evaluate(() => window.app.session() !== 'signed-in'));
}

export const RENEWAL_ATTACKS: readonly Attack[] = [
  {
    id: 'F27',
    title: 'changes what the page remembers of the session, so that its silent renewal asks for more',
    scenario: '5.1.3',
    naive: 'page',
    ruins: 'naive profile',
    act: async (scene) => {
      const before = scene.servers.authorizationServer.requests.count('authorization');
      await changeNotes(scene, CHOSEN);
      await renewSilently(scene);
      await openSilently(scene, silentUrl(scene, CHOSEN));
      const isChosen = (query: URLSearchParams): boolean =>
        /of-the-attacker|reports:read/.test(String(query)) || query.get('login_hint') === GRACE.username;
      return { reached: silentSince(scene, before).some(isChosen) };
    },
  },
  {
    id: 'F28',
    title: 'has the silent renewal of a lost session come back as another user, by a change of what the page remembers',
    scenario: '-',
    naive: 'page',
    ruins: 'profiles',
    act: async (scene) => {
      await signInElsewhere(scene);
      await loseSession(scene);
      await changeNotes(scene, { session_user: GRACE.sub, id_token_hint: '' });
      await renewSilently(scene);
      return { reached: (await subject(scene)) === GRACE.sub };
    },
  },
  {
    id: 'F29',
    title: 'has the silent renewal of a lost session come back as another user, by a link that names that user',
    scenario: '-',
    naive: 'page',
    ruins: 'profiles',
    act: async (scene) => {
      await signInElsewhere(scene);
      await loseSession(scene);
      await openSilently(scene, silentUrl(scene, { session_user: GRACE.sub, session_memory: 'none' }));
      return { reached: (await subject(scene)) === GRACE.sub };
    },
  },
];
