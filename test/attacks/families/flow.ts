import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { SIGNING_KEY } from '../../servers/authorization-server-configuration.ts';
import { GRACE } from '../../servers/users.ts';
import type { Attack } from '../attack.ts';
import { signInAsAttacker } from '../attacker-flow.ts';
import type { Scene } from '../scene.ts';
import type { Site } from '../site.ts';
import { sweepPage } from '../sweep.ts';
import { comesTrue, until } from '../until.ts';
import { appStands, leaveToSignIn, openApp } from '../visit.ts';

/** Time limit for an app to take a response, in milliseconds. */
const TAKEN_MS = 20_000;

/** Who is signed in, as the app says. */
export async function subject({ tab, site }: Scene): Promise<string | undefined> {
  await openApp(tab, site);
  return tab.evaluate(() => window.app.subject());
}

/** Opens the redirect URI with a response that nobody has asked for, or asked for otherwise. */
async function respond(
  { tab, site }: Scene,
  parameters: Readonly<Record<string, string>>,
  before: '?' | '#' = '?',
): Promise<void> {
  await tab.goto(`${callbackOf(site)}${before}${new URLSearchParams(parameters)}`);
  // The naive app stays there where it has got no tokens.
  const hasTaken = (own: string): boolean =>
    location.origin === own &&
    (!location.pathname.endsWith('/callback') || document.documentElement.dataset['connected'] === 'yes');
  await comesTrue(() => tab.evaluate(hasTaken, site.origin), TAKEN_MS);
}

/** Begins a sign-in that stays at the authorization server, and gives what the server knows of its request. */
async function beginSignIn({ tab, site, servers }: Scene): Promise<URLSearchParams> {
  const { requests, origin } = servers.authorizationServer;
  const path = site.name === 'page' ? '/naive/app?login' : '/auth/login';
  await tab.goto(site.origin + path).catch(() => {});
  // A navigation that is still under way would cut the next one off.
  await until('the browser is at the server', () => tab.evaluate((server) => location.origin === server, origin));
  return requests.list('authorization').at(-1)?.parameters ?? new URLSearchParams();
}

/** Keeps the next sign-in at the authorization server. */
export function holdNextSignIn({ servers }: Scene): void {
  servers.authorizationServer.faults.plan(({ endpoint }) => endpoint === 'authorization', {
    stage: 'before',
    answer: { status: 503, body: '<title>Later</title>', headers: { 'content-type': 'text/html' } },
  });
}

/** Claims of an ID token that would make somebody else of the user. */
const MALLORY = { sub: 'user-mallory', name: 'Mallory' };

/** Replaces the ID token in the answer of the token endpoint, as somebody who sits there, or at a careless server, could. */
function forging(
  id: string,
  title: string,
  forge: (scene: Scene, request: URLSearchParams) => Promise<string>,
): Attack {
  return {
    id,
    title,
    scenario: '-',
    naive: 'page',
    ruins: 'naive profile',
    act: async (scene) => {
      const { faults, requests } = scene.servers.authorizationServer;
      const accessToken = [...scene.servers.authorizationServer.issued.accessTokens].at(-1) ?? '';
      faults.setRule(async (request) => {
        if (request.endpoint !== 'token' || request.grantType !== 'authorization_code') return undefined;
        const asked = requests.list('authorization').at(-1)?.parameters ?? new URLSearchParams();
        const body = JSON.stringify({
          access_token: accessToken,
          token_type: 'Bearer',
          expires_in: 3600,
          id_token: await forge(scene, asked),
        });
        return { stage: 'before', answer: { status: 200, body, headers: { 'content-type': 'application/json' } } };
      });
      const { tab, site } = scene;
      await leaveToSignIn(tab);
      await appStands(tab, site);
      faults.clear();
      return { reached: (await subject(scene)) === MALLORY.sub };
    },
  };
}

/** What is not as it should be. */
interface Changes {
  readonly by?: 'server' | 'another key';
  readonly aud?: string;
  readonly iss?: string;
  readonly nonce?: string;
}

/** An ID token that is as it should be, but for whose it is, and for what is changed. */
async function sign(scene: Scene, request: URLSearchParams, { by = 'server', ...changes }: Changes): Promise<string> {
  const { issuer, clientId } = scene.servers.authorizationServer;
  const key = by === 'server' ? SIGNING_KEY : (await generateKeyPair('RS256')).privateKey;
  const seconds = Math.floor(Date.now() / 1000);
  return new SignJWT({
    iss: issuer,
    aud: clientId,
    iat: seconds,
    exp: seconds + 600,
    nonce: request.get('nonce'),
    ...MALLORY,
    ...changes,
  })
    .setProtectedHeader({ alg: 'RS256', kid: 'rsa-1' })
    .sign(key);
}

export const FLOW_ATTACKS: readonly Attack[] = [
  {
    id: 'F01',
    title:
      'feeds the app a code of its own account, with the challenge of the app’s request if it can be seen (login CSRF)',
    scenario: '6.3.2.2',
    naive: 'page',
    ruins: 'naive profile',
    act: async (scene) => {
      const { tab, site } = scene;
      // The page lets the app make its request, and looks for it in all that it can read.
      const answered = await tab.evaluate(async () => {
        const answer = await fetch('/auth/login', { redirect: 'manual' });
        return [answer.url, [...answer.headers].join(), await answer.text()].join('\n');
      });
      await leaveToSignIn(tab);
      await appStands(tab, site);
      const seen = `${answered}\n${await tab.evaluate(sweepPage)}`;
      const challenge = /code_challenge=([\w-]{43})/.exec(seen)?.[1];
      const state = /[?&]state=([\w-]+)/.exec(seen)?.[1] ?? 'naive';
      const code = await signInAsAttacker(scene, { code_challenge: challenge, redirect_uri: callbackOf(scene.site) });
      await respond(scene, { code, state, iss: scene.servers.authorizationServer.issuer });
      return { reached: (await subject(scene)) === GRACE.sub };
    },
  },
  {
    id: 'F02',
    title: 'feeds the app tokens of its own account in the fragment of the redirect URI',
    scenario: '6.3.2.2',
    naive: 'page',
    ruins: 'naive profile',
    act: async (scene) => {
      const token = new UnsecuredJWT({ sub: GRACE.sub }).encode();
      await respond(scene, { access_token: token, id_token: token, token_type: 'Bearer', state: 'naive' }, '#');
      return { reached: (await subject(scene)) === GRACE.sub };
    },
  },
  {
    id: 'F03',
    title: 'answers a request of the app as another issuer, so that code and verifier go to its server (mix-up)',
    scenario: '6.3.2.2',
    naive: 'page',
    ruins: 'naive profile',
    act: async (scene) => {
      const { foreign } = scene.servers;
      holdNextSignIn(scene);
      const request = await beginSignIn(scene);
      const before = foreign.requests.length;
      await respond(scene, { code: 'the-code', state: request.get('state') ?? '', iss: foreign.origin });
      return { reached: foreign.requests.slice(before).some(({ body }) => body.includes('code_verifier')) };
    },
  },
  {
    id: 'F04',
    title: 'replays a response that the app has used, every parameter of it right',
    scenario: '6.3.2.1',
    naive: 'page',
    ruins: 'naive profile',
    act: async (scene) => {
      const { tab, site, servers } = scene;
      const { requests, issuer, issued } = servers.authorizationServer;
      await leaveToSignIn(tab);
      await appStands(tab, site);
      const state = requests.list('authorization').at(-1)?.parameters.get('state') ?? '';
      const before = requests.count('token');
      await respond(scene, { code: [...issued.codes].at(-1) ?? '', state, iss: issuer });
      await openApp(tab, site);
      return { reached: requests.count('token') > before };
    },
  },
  {
    id: 'F05',
    title: 'hands the worker tokens of its own account',
    scenario: '6.3.2.2',
    naive: 'worker',
    ruins: 'naive profile',
    act: async (scene) => {
      const { tab, servers } = scene;
      const tokens = {
        access_token: 'of-the-attacker',
        accessToken: 'of-the-attacker',
        idToken: new UnsecuredJWT({ sub: GRACE.sub }).encode(),
        expiresInSeconds: 600,
      };
      await tab.evaluate(
        async ({ given, url }) => {
          const { controller } = navigator.serviceWorker;
          const { port1, port2 } = new MessageChannel();
          const answered = new Promise((resolve) => {
            port1.onmessage = resolve;
          });
          controller?.postMessage({ type: 'setTokens', tokens: given });
          controller?.postMessage({ type: 'tokenward:call', protocolVersion: 1 }, [port2]);
          port1.postMessage({ id: '1', type: 'APPLY', path: ['adopt'], argumentList: [{ type: 'RAW', value: given }] });
          await answered;
          await fetch(url).catch(() => {});
        },
        { given: tokens, url: `${servers.resource.origin}/v1/F05` },
      );
      return { reached: scene.received().some(({ headers }) => headers.authorization === 'Bearer of-the-attacker') };
    },
  },
  forging('F21', 'presents an ID token without a signature', async ({ servers }, request) => {
    const { issuer, clientId } = servers.authorizationServer;
    return new UnsecuredJWT({ aud: clientId, iss: issuer, nonce: request.get('nonce'), ...MALLORY })
      .setIssuedAt()
      .setExpirationTime('10m')
      .encode();
  }),
  forging('F22', 'presents an ID token that another key has signed', (scene, request) =>
    sign(scene, request, { by: 'another key' }),
  ),
  forging('F23', 'presents an ID token of another client', (scene, request) =>
    sign(scene, request, { aud: 'another-client' }),
  ),
  forging('F24', 'presents an ID token of another issuer', (scene, request) =>
    sign(scene, request, { iss: 'https://as.evil.test' }),
  ),
  forging('F25', 'presents an ID token of another sign-in', (scene, request) =>
    sign(scene, request, { nonce: 'another' }),
  ),
];

/** The redirect URI of the app itself. */
export function callbackOf({ name, origin, redirectUri }: Site): string {
  return name === 'page' ? `${origin}/naive/callback` : redirectUri;
}
