import type { FaultAnswer } from '../../servers/faults.ts';
import { gateRequest } from '../../support/gate.ts';
import { refuseAccessToken, revokeAccessToken } from '../../support/refused-token.ts';
import type { Attack } from '../attack.ts';
import type { Scene } from '../scene.ts';
import { sweepPage } from '../sweep.ts';
import { comesTrue, until } from '../until.ts';
import { comesToStand, openApp, send } from '../visit.ts';

/** Time limit for a worker to revoke a token, in milliseconds: it tries again where the server does not answer. */
export const REVOKED_MS = 30_000;

/** A call of the app, whatever comes of it. */
export function call(tab: Scene['tab']): Promise<number> {
  return tab.evaluate(() => window.app.call('/me').catch(() => 0));
}

async function isSignedOut({ tab, site }: Pick<Scene, 'tab' | 'site'>): Promise<boolean> {
  await openApp(tab, site);
  return isOver(tab);
}

async function isOver(tab: Scene['tab']): Promise<boolean> {
  return (await tab.evaluate(() => window.app.session())) !== 'signed-in';
}

/** Ends the session as the user does, and comes back to the app. */
export async function signOut({ tab, site }: Pick<Scene, 'tab' | 'site'>): Promise<void> {
  await tab.evaluate(() => {
    document.documentElement.dataset['connected'] = 'leaving';
    void window.app.signOut();
  });
  // Who opens the app before has the page leave without having told the worker.
  await until('the sign-out has begun', () =>
    tab.evaluate(
      () => document.documentElement.dataset['connected'] !== 'leaving' || window.app.session() !== 'signed-in',
    ),
  );
  await until('the session is over', async () => (await comesToStand(tab, site)) && isOver(tab));
}

/** Gives the attacker a refresh token, which no script in a page could read: the latest that the server has issued. */
export async function obtainRefreshToken({ tab, site, servers }: Scene): Promise<string> {
  const { issued } = servers.authorizationServer;
  const known = new Set(issued.refreshTokens);
  refuseAccessToken(servers.api);
  if (site.name === 'page') await tab.evaluate(() => window.app.refresh());
  else await call(tab);
  return [...issued.refreshTokens].find((other) => !known.has(other)) ?? '';
}

/** Whether the server has been asked to revoke a refresh token. */
export function isRevoked({ servers }: Scene, token: string): boolean {
  const { requests } = servers.authorizationServer;
  return requests.list('revocation').some(({ parameters }) => parameters.get('token') === token);
}

/** Whether the server gives tokens for a refresh token. */
export async function canRefresh({ servers }: Scene, token: string): Promise<boolean> {
  const { origin, clientId } = servers.authorizationServer;
  const body = new URLSearchParams({ grant_type: 'refresh_token', client_id: clientId, refresh_token: token });
  const answer = await fetch(`${origin}/token`, { method: 'POST', body });
  return token !== '' && answer.ok;
}

/** An answer of the token endpoint that says nothing about the session. */
function disturbing(id: string, title: string, answer: FaultAnswer | 'cut'): Attack {
  return {
    id,
    title,
    scenario: '-',
    naive: 'page',
    ruins: 'naive profile',
    act: async (scene) => {
      const { faults } = scene.servers.authorizationServer;
      faults.plan(({ grantType }) => grantType === 'refresh_token', { stage: 'before', answer }, 10);
      refuseAccessToken(scene.servers.api);
      await call(scene.tab);
      faults.clear();
      return { reached: await isSignedOut(scene) };
    },
  };
}

export const LIFE_ATTACKS: readonly Attack[] = [
  {
    id: 'S01',
    title: 'makes two tabs renew the token at once, so that the server sees a refresh token twice and ends the session',
    scenario: '-',
    naive: 'page',
    ruins: 'naive profile',
    act: async (scene) => {
      const other = await scene.openTab();
      await openApp(other, scene.site);
      const { authorizationServer, api } = scene.servers;
      const { requests, faults } = authorizationServer;
      const before = requests.countRefreshTokenReuses();
      const callsBefore = api.requests.count('/api/me');
      revokeAccessToken(api);
      const gate = gateRequest(faults, ({ grantType }) => grantType === 'refresh_token');
      const called = [call(scene.tab), call(other)];
      await until('the API has refused both', async () => api.requests.count('/api/me') >= callsBefore + 2);
      gate.open();
      await Promise.all(called);
      return { reached: requests.countRefreshTokenReuses() > before };
    },
  },
  disturbing('S03', 'has a refresh answered with 503, so that the app signs the user out', { status: 503 }),
  disturbing('S04', 'has a refresh answered with 429, so that the app signs the user out', { status: 429 }),
  disturbing('S05', 'has a refresh answered with a page, so that the app signs the user out', {
    status: 403,
    body: '<title>Blocked</title>',
    headers: { 'content-type': 'text/html' },
  }),
  disturbing('S06', 'cuts the connection of a refresh, so that the app signs the user out', 'cut'),
  {
    id: 'S11',
    title: 'reads what is left after sign-out',
    scenario: '5.1.1',
    naive: 'page',
    ruins: 'sessions',
    act: async (scene) => {
      await signOut(scene);
      return { seen: await scene.tab.evaluate(sweepPage) };
    },
  },
  {
    id: 'S12',
    title: 'uses a refresh token that it has obtained otherwise, after sign-out',
    scenario: '5.1.2',
    naive: 'page',
    ruins: 'sessions',
    act: async (scene) => {
      const token = await obtainRefreshToken(scene);
      await signOut(scene);
      // The page may know of the sign-out before the server does.
      if (scene.site.name !== 'page') await comesTrue(() => isRevoked(scene, token), REVOKED_MS);
      return { reached: await canRefresh(scene, token) };
    },
  },
  {
    id: 'S13',
    title: 'continues in another tab after sign-out',
    scenario: '5.1.4',
    naive: 'page',
    ruins: 'sessions',
    act: async (scene) => {
      const other = await scene.openTab();
      await openApp(other, scene.site);
      await signOut(scene);
      return { reached: (await call(other)) === 200 };
    },
  },
  {
    id: 'S14',
    title: 'delays a refresh until the user has signed out, so that its response brings the session back',
    scenario: '5.1.2',
    naive: 'page',
    ruins: 'sessions',
    act: async (scene) => {
      const { faults } = scene.servers.authorizationServer;
      const gate = gateRequest(faults, ({ grantType }) => grantType === 'refresh_token');
      const other = await scene.openTab();
      await openApp(other, scene.site);
      refuseAccessToken(scene.servers.api);
      const called = call(other);
      await gate.arrived;
      const over = signOut(scene);
      await comesTrue(() => other.evaluate(() => window.app.session() !== 'signed-in'), 1000);
      if (scene.site.name === 'page') await over;
      gate.open();
      await Promise.all([called, over]);
      return { reached: !(await isSignedOut(scene)) };
    },
  },
  {
    id: 'S16',
    title: 'blocks the database by a version of its own, so that no token can be renewed',
    scenario: '-',
    naive: 'page',
    ruins: 'profiles',
    act: async (scene) => {
      const { tab, site } = scene;
      const hostile = await scene.openTab();
      await hostile.goto(`${site.origin}/plain`);
      await hostile.evaluate(async () => {
        for (const { name = '', version = 1 } of await indexedDB.databases()) {
          await new Promise((resolve) => {
            const opening = indexedDB.open(name, version + 1);
            opening.onsuccess = resolve;
            opening.onblocked = resolve;
            opening.onerror = resolve;
          });
        }
      });
      refuseAccessToken(scene.servers.api);
      const status =
        site.name === 'page'
          ? tab.evaluate(() =>
              window.app.refresh().then(
                () => window.app.call('/me'),
                () => 0,
              ),
            )
          : call(tab);
      return { reached: (await status) !== 200 };
    },
  },
  {
    id: 'S17',
    title: 'has the API redirect to a server of its own, for a proof of the key',
    scenario: '5.1.2',
    naive: 'worker',
    tokenward: 'dpop',
    act: async ({ tab, servers: { resource, foreign } }) => {
      const before = foreign.requests.length;
      await send(tab, `${resource.origin}/v1/x?redirect=${encodeURIComponent(`${foreign.origin}/S17`)}`);
      const received = foreign.requests.slice(before);
      return { reached: received.some(({ headers }) => 'dpop' in headers || 'x-access-token' in headers) };
    },
  },
];
