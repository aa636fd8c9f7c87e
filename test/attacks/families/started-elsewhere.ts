import { UnsecuredJWT } from 'jose';
import { GRACE } from '../../servers/users.ts';
import type { Attack } from '../attack.ts';
import { signInAsAttacker } from '../attacker-flow.ts';
import type { Scene } from '../scene.ts';
import { comesTrue } from '../until.ts';
import { goTo, openApp } from '../visit.ts';
import { callbackOf, subject } from './flow.ts';

/** Time limit for a tab to come to rest in the app, in milliseconds. */
const RESTS_MS = 20_000;

/** Query of a sign-in that another site starts (OpenID Connect Core 1.0, section 4). */
type Start = Readonly<Record<'iss' | 'target_link_uri' | 'login_hint', string>>;

/** The address that a site opens to start a sign-in at the app, as the attacker fills it in. */
function startUrl({ site, servers }: Scene, start: Partial<Start>, more: string = ''): string {
  const path = site.name === 'page' ? '/naive/app?login&' : '/auth/login?';
  return `${site.origin}${path}${new URLSearchParams({ iss: servers.authorizationServer.issuer, ...start })}${more}`;
}

/**
 * Opens an address from a page of the attacker's site; returns whether it brings about what it is to bring about. A tab that has come
 * to rest in the app goes nowhere any more.
 */
async function openFromElsewhere(scene: Scene, url: string, isDone: () => Promise<boolean>): Promise<boolean> {
  const { tab, servers, timeoutMs } = scene;
  await goTo(tab, servers.foreign.origin);
  await tab.evaluate((target) => location.assign(target), url);
  // A tab that is on its way does not answer.
  const rests = (): Promise<boolean> => isAtApp(scene).catch(() => false);
  await comesTrue(async () => (await isDone().catch(() => false)) || (await rests()), timeoutMs);
  return isDone().catch(() => false);
}

/** Whether one of several targets is reached, which an attacker tries one after the other. */
async function someReach(targets: readonly string[], reach: (target: string) => Promise<boolean>): Promise<boolean> {
  for (const target of targets) if (await reach(target)) return true;
  return false;
}

/** Whether the app has come back from a sign-in, wherever that has led. The naive app stays at its callback with an error. */
function isAtApp({ tab, site }: Scene): Promise<boolean> {
  return tab.evaluate(
    (own) =>
      location.origin === own &&
      document.readyState === 'complete' &&
      !/^\/(auth\/|naive\/callback(?!\?error=)|naive\/app\?login)/.test(location.pathname + location.search),
    site.origin,
  );
}

/** Whether the authorization server asks the user. */
function isAtLoginPage({ tab, servers }: Scene): Promise<boolean> {
  return tab.evaluate(
    (server) => location.origin === server && document.querySelector('[name=username]') !== null,
    servers.authorizationServer.origin,
  );
}

/** Authorization requests that the server has got since an earlier count. */
function requestsSince({ servers }: Scene, before: number): readonly URLSearchParams[] {
  return servers.authorizationServer.requests
    .list('authorization')
    .slice(before)
    .map(({ parameters }) => parameters);
}

export const STARTED_ELSEWHERE_ATTACKS: readonly Attack[] = [
  {
    id: 'F30',
    title: 'starts a sign-in from another site, and names itself as the authorization server',
    scenario: '6.3.2.2',
    naive: 'page',
    ruins: 'naive profile',
    act: async (scene) => {
      const { foreign, authorizationServer } = scene.servers;
      const host = new URL(foreign.origin).host;
      const before = foreign.requests.length;
      const isAsked = async (): Promise<boolean> =>
        foreign.requests.slice(before).some(({ path }) => path.includes('code_challenge'));
      const issuers = [foreign.origin, `${authorizationServer.issuer}@${host}`, `//${host}`];
      for (const iss of issuers)
        if (await openFromElsewhere(scene, startUrl(scene, { iss }), isAsked)) return { reached: true };
      const twice = startUrl(scene, {}, `&iss=${encodeURIComponent(foreign.origin)}`);
      return { reached: await openFromElsewhere(scene, twice, isAsked) };
    },
  },
  {
    id: 'F31',
    title: 'starts a sign-in from another site that returns to a page of its own',
    scenario: '6.3.2.2',
    naive: 'page',
    ruins: 'naive profile',
    act: async (scene) => {
      const { foreign } = scene.servers;
      const host = new URL(foreign.origin).host;
      const before = foreign.requests.length;
      const isReached = async (): Promise<boolean> =>
        foreign.requests.slice(before).some(({ path }) => path.endsWith('/F31'));
      const targets = [
        `${foreign.origin}/F31`,
        `//${host}/F31`,
        `/\\${host}/F31`,
        `${scene.site.origin}@${host}/F31`,
        `${scene.site.origin}/.//${host}/F31`,
      ];
      return {
        reached: await someReach(targets, (target) =>
          openFromElsewhere(scene, startUrl(scene, { target_link_uri: target }), isReached),
        ),
      };
    },
  },
  {
    id: 'F32',
    title: 'starts a sign-in from another site that returns to a script',
    scenario: '6.3.2.2',
    naive: 'page',
    ruins: 'naive profile',
    act: async (scene) => {
      const { tab, site } = scene;
      const hasRun = (): Promise<boolean> =>
        tab.evaluate(
          (own) => location.origin === own && document.documentElement.dataset['script'] === 'ran',
          site.origin,
        );
      const script = 'document.documentElement.dataset.script="ran";void 0';
      const targets = [`javascript:${script}`, ` java\nscript:${script}`, `data:text/html,<script>${script}</script>`];
      return {
        reached: await someReach(targets, (target) =>
          openFromElsewhere(scene, startUrl(scene, { target_link_uri: target }), hasRun),
        ),
      };
    },
  },
  {
    id: 'F33',
    title: 'starts a sign-in from another site, with further parameters beside the hint and in it',
    scenario: '6.3.2.2',
    naive: 'page',
    ruins: 'naive profile',
    act: async (scene) => {
      const before = scene.servers.authorizationServer.requests.count('authorization');
      const further = 'prompt=login&acr_values=of-the-attacker&resource=https://evil.test&claims=%7B%7D';
      const url = startUrl(scene, { login_hint: `grace&${further}` }, `&${further}&scope=openid%20reports:read`);
      // The tab is still on its way when the server gets the request.
      const isAnswered = async (): Promise<boolean> =>
        requestsSince(scene, before).length > 0 && ((await isAtApp(scene)) || (await isAtLoginPage(scene)));
      await openFromElsewhere(scene, url, isAnswered);
      const names = ['prompt', 'acr_values', 'resource', 'claims'];
      return {
        reached: requestsSince(scene, before).some(
          (query) => names.some((name) => query.has(name)) || query.get('scope')?.includes('reports:read') === true,
        ),
      };
    },
  },
  {
    id: 'F34',
    title: 'starts a sign-in from another site that returns to the redirect URI, with a response of its own account',
    scenario: '6.3.2.2',
    naive: 'page',
    ruins: 'naive profile',
    act: async (scene) => {
      const { site, servers, tab } = scene;
      const code = await signInAsAttacker(scene, { code_challenge: undefined, redirect_uri: callbackOf(site) });
      const id = new UnsecuredJWT({ sub: GRACE.sub }).encode();
      const { issuer } = servers.authorizationServer;
      const responses = [`#access_token=${id}&id_token=${id}&state=naive`, `?code=${code}&state=naive&iss=${issuer}`];
      const isGrace = (): Promise<boolean> =>
        tab.evaluate(
          ([own, sub]: readonly [string, string]) =>
            location.origin === own && 'app' in window && window.app.subject() === sub,
          [site.origin, GRACE.sub] as const,
        );
      const isReached = await someReach(responses, (response) =>
        openFromElsewhere(scene, startUrl(scene, { target_link_uri: `${callbackOf(site)}${response}` }), isGrace),
      );
      return { reached: isReached || (await subject(scene)) === GRACE.sub };
    },
  },
  {
    id: 'F35',
    title: 'starts a sign-in from another site that returns to where a sign-in starts, again and again',
    scenario: '6.3.2.2',
    naive: 'page',
    ruins: 'naive profile',
    act: async (scene) => {
      const { site, servers } = scene;
      const start = new URL(startUrl(scene, {}));
      const own = site.name === 'page' ? '/naive/app?login' : '/auth/login';
      const targets = [own, `/.${own}`, `//${own}`, `${own}#again`, `${start.pathname}${start.search}`];
      const { requests } = servers.authorizationServer;
      return {
        reached: await someReach(targets, async (target) => {
          const before = requests.count('authorization');
          const url = startUrl(scene, { target_link_uri: target });
          // What one start leads to must not come so late that it counts as a loop of the next one.
          const patient = { ...scene, timeoutMs: RESTS_MS };
          await openFromElsewhere(patient, url, async () => requests.count('authorization') > before + 2);
          // The one that the start is for is no loop.
          return requests.count('authorization') > before + 1;
        }),
      };
    },
  },
  {
    id: 'F36',
    title: 'starts a sign-in from another site that returns to the address that signs out',
    scenario: '-',
    naive: 'page',
    ruins: 'naive profile',
    act: async (scene) => {
      const { site, tab } = scene;
      const target = `${site.origin}${site.name === 'page' ? '/naive/app?logout' : '/auth/logout'}`;
      const { requests } = scene.servers.authorizationServer;
      const before = requests.count('authorization');
      const isBack = async (): Promise<boolean> => requests.count('authorization') > before && (await isAtApp(scene));
      await openFromElsewhere(scene, startUrl(scene, { target_link_uri: target }), isBack);
      await openApp(tab, site);
      return { reached: (await tab.evaluate(() => window.app.session())) !== 'signed-in' };
    },
  },
];
