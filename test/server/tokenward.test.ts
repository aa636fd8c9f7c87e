import express from 'express';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import {
  connect as connectHttp2,
  createServer as createHttp2Server,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { defineConfig, type TokenwardConfig } from '../../src/configuration/index.ts';
import {
  createTokenward,
  createTokenwardHandler,
  createSecurityPolicy,
  type TokenwardServer,
} from '../../src/server/index.ts';
import { portOf } from '../support/port-of.ts';
import { BY_BROWSER, splitSecret } from './deployment.ts';

const CONFIG = {
  origin: 'https://app.example',
  issuer: 'https://login.example/tenant',
  clientId: 'my-app',
  protectedResources: [{ url: 'https://api.example/v1' }, { url: '/api' }],
} satisfies TokenwardConfig;

/** Script of an app's own worker: most tests need no more of it. */
const OPTIONS = { workerScript: 'self.own = true;' };

function serveApp(): Response {
  return new Response('the app', { headers: { 'content-type': 'text/html' } });
}

function ask(config: Parameters<typeof createTokenward>[0], path: string, headers: Record<string, string> = {}) {
  const url = new URL(path, 'https://app.example');
  return createTokenward(config, OPTIONS).fetch(serveApp)(
    new Request(url, { headers: { host: url.host, ...headers } }),
  );
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${portOf(server)}`;
}

describe('one configuration', () => {
  test('gives the worker script to the browser’s service worker machinery alone', async () => {
    const served = await ask(CONFIG, '/tokenward-sw.js', BY_BROWSER);
    expect(served.status).toBe(200);
    expect(splitSecret(await served.text())).toMatchObject({ secret: expect.stringMatching(/^.{43}$/) });

    expect((await ask(CONFIG, '/tokenward-sw.js')).status).toBe(403);
    expect((await ask(CONFIG, '/tokenward/auto.js', BY_BROWSER)).status).toBe(403);
  });

  test('derives the same headers as options that are written out', async () => {
    const site = {
      origin: CONFIG.origin,
      worker: { path: '/tokenward-sw.js', script: OPTIONS.workerScript },
      authorizationServers: ['https://login.example'],
      protectedResources: ['https://api.example/v1', '/api'],
    };
    const policy = createSecurityPolicy(site);
    const request = new Request('https://app.example/tokenward-sw.js', { headers: BY_BROWSER });
    const written = await createTokenwardHandler(site)(request, policy);

    const derived = await ask(CONFIG, '/tokenward-sw.js', BY_BROWSER);
    expect([...derived.headers]).toEqual([...(written?.headers ?? [])]);
    const page = await ask(CONFIG, '/');
    for (const { name, value } of policy.headers) expect(page.headers.get(name)).toContain(value);
  });

  test('adds what pages need besides', async () => {
    const config = { ...CONFIG, pages: { connections: ['https://cdn.example'], frames: ['https://video.example'] } };

    const policy = (await ask(config, '/')).headers.get('content-security-policy');
    expect(policy).toContain("connect-src 'self' https://api.example/v1 https://api.example/v1/ https://cdn.example");
    expect(policy).toContain('frame-src https://video.example');
  });

  test('allows the worker further origins of the authorization server, and the receiver of its alarms', async () => {
    const config = {
      ...CONFIG,
      authorizationServers: ['https://keys.example'],
      alarmReportUrl: 'https://alarms.example/tokenward',
      worker: { connections: ['https://fonts.example'] },
    };

    const policy = (await ask(config, '/tokenward-sw.js', BY_BROWSER)).headers.get('content-security-policy');
    for (const source of ['login.example', 'keys.example', 'alarms.example/tokenward', 'fonts.example', 'api.example'])
      expect(policy).toContain(`https://${source}`);
    const own = await ask({ ...CONFIG, alarmReportUrl: '/alarms' }, '/tokenward-sw.js', BY_BROWSER);
    expect(own.headers.get('content-security-policy')).toMatch(/connect-src[^;]*'self'/);
  });

  test('allows the worker the hosts of the metadata that the configuration names, and keeps pages from those of a flow', async () => {
    const hosts = ['metadata', 'login', 'tokens', 'push', 'keys', 'revoke', 'me'];
    const at = (host: string): string => `https://${host}.other.example/x?p=1`;
    const config = {
      ...CONFIG,
      authorizationServer: {
        metadataUrl: at('metadata'),
        metadata: {
          authorization_endpoint: at('login'),
          token_endpoint: at('tokens'),
          pushed_authorization_request_endpoint: at('push'),
          jwks_uri: at('keys'),
          revocation_endpoint: at('revoke'),
          userinfo_endpoint: at('me'),
        },
      },
    };

    const policy = (await ask(config, '/tokenward-sw.js', BY_BROWSER)).headers.get('content-security-policy');
    const [, sources = ''] = /connect-src ([^;]*)/.exec(policy ?? '') ?? [];
    for (const host of hosts) expect(sources.split(' ')).toContain(`https://${host}.other.example`);
    const page = (await ask(config, '/')).headers.get('content-security-policy');
    expect(page).not.toContain('other.example');

    for (const host of ['login', 'tokens', 'push']) {
      for (const option of ['connections', 'frames', 'forms', 'objects']) {
        const pages = { [option]: [`https://${host}.other.example`] };
        expect(() => createTokenward({ ...config, pages }, OPTIONS), `${option} ${host}`).toThrow(
          `${option} allows pages to reach the authorization server https://${host}.other.example`,
        );
      }
    }
    // An API may be on the host of the keys.
    const pages = { connections: ['https://keys.other.example'] };
    expect(() => createTokenward({ ...config, pages }, OPTIONS)).not.toThrow();
  });

  test('allows the worker the URL of the user, which may be of an API that pages reach', async () => {
    const config = { ...CONFIG, openid: false, userInfo: { url: 'https://people.example/me?v=1' } };

    const policy = (await ask(config, '/tokenward-sw.js', BY_BROWSER)).headers.get('content-security-policy');
    expect(policy).toMatch(/connect-src [^;]*https:\/\/people\.example/);
    const pages = { connections: ['https://people.example'] };
    expect(() => createTokenward({ ...config, pages }, OPTIONS)).not.toThrow();
  });

  test('derives scope, endpoints, callback and worker from the base', async () => {
    const config = { ...CONFIG, base: '/app/' };

    const worker = await ask(config, '/app/tokenward-sw.js', BY_BROWSER);
    expect(worker.status).toBe(200);
    expect(await (await ask(config, '/app/auth/callback?code=1')).text()).not.toContain('the app');
    expect(await (await ask(config, '/auth/callback')).text()).toBe('the app');
    const auto = await (await ask(config, '/app/tokenward/auto.js')).text();
    expect(auto).toContain('{"worker":"/app/tokenward-sw.js","scope":"/app/"}');
  });

  test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf'])(
    'leaves a file of the app alone that has the name of a member of all objects: %s',
    async (name) => {
      expect(await (await ask(CONFIG, `/tokenward/${name}`)).text()).toBe('the app');
    },
  );

  test('derives the callback from a redirect URI of another path', async () => {
    const config = { ...CONFIG, redirectUri: '/signed-in' };

    expect(await (await ask(config, '/signed-in?code=1')).text()).not.toContain('the app');
    expect(await (await ask(config, '/auth/callback')).text()).toBe('the app');
  });

  test('derives the minimal policy from an isolated callback', async () => {
    const isolated = { ...CONFIG, redirectUri: 'https://signin.app.example/' };

    expect((await ask(isolated, '/')).headers.get('content-security-policy') ?? '').not.toContain('frame-src');
    expect((await ask(CONFIG, '/')).headers.get('content-security-policy')).toContain("frame-src 'none'");
  });

  test('serves the page’s module that starts by itself with the policy of pages, and revalidates it', async () => {
    const auto = await ask(CONFIG, '/tokenward/auto.js');
    expect(auto.headers.get('content-type')).toBe('text/javascript');
    expect(auto.headers.get('vary')).toContain('Sec-Fetch-Dest');
    expect(auto.headers.get('content-security-policy')).toContain("frame-src 'none'");
    expect(auto.headers.get('cache-control')).toBe('no-cache');

    const again = await ask(CONFIG, '/tokenward/auto.js', { 'if-none-match': auto.headers.get('etag') ?? '' });
    expect(again.status).toBe(304);
    expect(await (await ask(CONFIG, '/tokenward/other.js')).text()).toBe('the app');
  });

  test.for<[what: string, change: object, message: RegExp]>([
    ['an issuer over http', { issuer: 'http://login.example' }, /"issuer" must be an https URL/],
    ['no client', { clientId: undefined }, /"clientId" is missing/],
    ['a misspelt option', { protectedResource: [] }, /"protectedResource"/],
    ['a misspelt option for pages', { pages: { conections: [] } }, /pages\.conections.*connections/],
    ['a wrong value for pages', { pages: { baseUri: 'all' } }, /baseUri must be/],
    ['an origin that is none', { origin: 'app.example' }, /^origin must be/],
    ['a worker at no path', { worker: { path: 'sw.js' } }, /^worker\.path must be a path/],
    ['a misspelt option of the worker', { worker: { realease: '1' } }, /worker\.realease.*release/],
    ['no object for the worker', { worker: '/sw.js' }, /^worker must be an object/],
    ['a callback that is not known', { callback: 'page' }, /callback must be/],
    ['a resource without a URL', { protectedResources: [{ methods: ['GET'] }] }, /protectedResources.*url/],
    ['a misspelt option of the server', { calback: 'app' }, /no option "calback"; did you mean "callback"\?/],
    ['an option in the singular', { otherWorker: ['/push/sw.js'] }, /"otherWorker"; did you mean "otherWorkers"\?/],
    [
      'a wrong value beside a right option of a similar name',
      { authorizationServer: {}, dpop: 'on' },
      /"dpop" must be/,
    ],
    ['a misspelt option beside one of a similar name', { authorizationServer: {}, calback: 'app' }, /option "calback"/],
    ['an option in other letters', { authorizationservers: [] }, /did you mean "authorizationServers"\?/],
    [
      'other servers that are no list',
      { authorizationServers: 'https://keys.example' },
      /authorizationServers must be a list/,
    ],
    ['connections that are no list', { worker: { connections: 7 } }, /worker\.connections must be a list/],
    ['another worker that could control the callback', { otherWorkers: ['/push.js'] }, /otherWorkers: "\/push.js"/],
  ])('stops the server where it has %s', (parameters) => {
    const [, change, message] = parameters;
    const config: unknown = { ...CONFIG, ...change };
    // As JavaScript would.
    expect(() => Reflect.apply(createTokenward, undefined, [config])).toThrow(message);
  });
});

describe('a configuration that depends on the host', () => {
  const byHost = defineConfig(({ host }) => {
    const [tenant] = host.split('.');
    if (tenant !== 'a' && tenant !== 'b') return undefined;
    return { ...CONFIG, origin: `https://${host}`, issuer: `https://${tenant}.login.example` };
  });

  test('gives each host its own issuer', async () => {
    const { fetch } = createTokenward(byHost, OPTIONS);
    for (const tenant of ['a', 'b', 'a']) {
      const url = `https://${tenant}.app.example/tokenward-sw.js`;
      const served = await fetch(serveApp)(new Request(url, { headers: BY_BROWSER }));
      expect(served.headers.get('content-security-policy')).toContain(`https://${tenant}.login.example`);
    }
  });

  test('leaves a host alone that has no configuration', async () => {
    const response = await ask(byHost, 'https://c.app.example/tokenward-sw.js', BY_BROWSER);

    expect(await response.text()).toBe('the app');
    expect(response.headers.has('content-security-policy')).toBe(false);
  });

  test('is asked once for a host, and again after a failure', async () => {
    let calls = 0;
    const { fetch } = createTokenward(async ({ host }) => {
      calls += 1;
      if (calls === 1) throw new Error('the database is away');
      return { ...CONFIG, origin: `https://${host}` };
    }, OPTIONS);
    const request = (): Request => new Request('https://app.example/');

    await expect(fetch(serveApp)(request())).rejects.toThrow('the database is away');
    expect(await (await fetch(serveApp)(request())).text()).toBe('the app');
    await fetch(serveApp)(request());
    expect(calls).toBe(2);
  });

  test('is not confused by the spelling of the host', async () => {
    const response = await ask(byHost, 'https://a.app.example/', { host: 'A.app.example' });

    expect(response.headers.get('content-security-policy')).toContain("frame-src 'none'");
  });

  describe('over HTTP/2, where requests have no field for the host', () => {
    test.each([
      ['with the authority alone', { ':authority': 'a.app.example' }],
      ['with the authority in capital letters', { ':authority': 'A.APP.example' }],
      ['with another "Host" beside the authority', { ':authority': 'a.app.example', host: 'c.app.example' }],
    ])('is found for a request %s, so that no other script is served as a worker', async (_, host) => {
      const [page, ...scripts] = await askByHttp2(createTokenward(byHost, OPTIONS), [
        { ...host, ':path': '/' },
        { ...host, ':path': '/other.js', ...BY_BROWSER },
        { ...host, ':path': '/tokenward-sw.js', ...BY_BROWSER },
      ]);

      expect(page).toMatchObject({ ':status': 200, 'content-security-policy': expect.stringContaining('frame-src') });
      expect(scripts.map((script) => script[':status'])).toEqual([403, 200]);
    });

    test('leaves a host alone that has no configuration, whatever that field says', async () => {
      const headers = { ':authority': 'c.app.example', host: 'a.app.example', ':path': '/other.js', ...BY_BROWSER };
      const [script] = await askByHttp2(createTokenward(byHost, OPTIONS), [headers]);

      expect(script).toMatchObject({ ':status': 200 });
      expect(script).not.toHaveProperty('content-security-policy');
    });
  });
});

/** Sends requests over HTTP/2 to a server whose app answers all that Tokenward does not; returns the heads of the responses. */
async function askByHttp2(
  { middleware }: TokenwardServer,
  requests: readonly OutgoingHttpHeaders[],
): Promise<readonly (IncomingHttpHeaders & IncomingHttpStatusHeader)[]> {
  const server = createHttp2Server((request, response) => {
    Reflect.apply(middleware, undefined, [request, response, () => response.end('the app')]);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const client = connectHttp2(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  return Promise.all(
    requests.map(
      (headers) =>
        new Promise<IncomingHttpHeaders & IncomingHttpStatusHeader>((resolve, reject) => {
          client.request(headers).on('response', resolve).on('error', reject).resume();
        }),
    ),
  );
}

describe('the middleware', () => {
  test('serves Express apps, with one line', async () => {
    const app = express();
    app.use(createTokenward(CONFIG, OPTIONS).middleware);
    app.get('/', (_request, response) => void response.send('the app'));
    const origin = await listen(app);

    const page = await fetch(origin);
    expect(await page.text()).toBe('the app');
    expect(page.headers.get('content-security-policy')).toContain("frame-src 'none'");
    expect((await fetch(`${origin}/tokenward-sw.js`)).status).toBe(403);
  });

  test('is a listener for node:http too', async () => {
    const origin = await listen(createTokenward(CONFIG, OPTIONS).middleware);

    expect((await fetch(`${origin}/`)).status).toBe(404);
    expect((await fetch(`${origin}/tokenward/auto.js`)).status).toBe(200);
  });

  test('makes the server answer what is no proper request with inert headers, once it has seen a request', async () => {
    const origin = await listen(createTokenward({ ...CONFIG, redirectUri: '/signed-in' }, OPTIONS).middleware);
    await fetch(origin);

    expect(await sendRaw(origin, `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 [^]*sandbox/);
    const early = await sendRaw(origin, `GET /signed-in HTTP/1.1\r\ncookie: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(early).toMatch(/^HTTP\/1\.1 303 [^]*location: \/signed-in/);
  });

  test('leads away from the callback of each host that it has seen a request for, and from the default one before', async () => {
    const byHost = defineConfig(({ host }) => {
      const [tenant] = host.split('.');
      if (tenant !== 'a' && tenant !== 'b') return undefined;
      return { ...CONFIG, origin: `https://${host}`, redirectUri: `/${tenant}/signed-in` };
    });
    const origin = await listen(createTokenward(byHost, OPTIONS).middleware);
    const visit = (host: string): Promise<string> =>
      sendRaw(origin, `GET / HTTP/1.1\r\nhost: ${host}.app.example\r\nconnection: close\r\n\r\n`);
    const fail = (path: string): Promise<string> =>
      sendRaw(origin, `GET ${path}?code=x HTTP/1.1\r\ncookie: ${'x'.repeat(20_000)}\r\n\r\n`);

    await visit('c');
    expect(await fail('/a/signed-in')).toMatch(/^HTTP\/1\.1 431 /);
    expect(await fail('/auth/callback')).toMatch(/^HTTP\/1\.1 303 [^]*location: \/auth\/callback\?/);

    await visit('a');
    await visit('b');
    expect(await fail('/a/signed-in')).toMatch(/^HTTP\/1\.1 303 [^]*location: \/a\/signed-in\?/);
    expect(await fail('/b/signed-in')).toMatch(/^HTTP\/1\.1 303 [^]*location: \/b\/signed-in\?/);
  });

  test('gives its policy to the response to a request that is for no URL', async () => {
    const app = express();
    app.use(createTokenward(CONFIG, OPTIONS).middleware);
    const origin = await listen(app);

    expect(await sendRaw(origin, 'OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).toMatch(
      /frame-src 'none'/,
    );
  });

  test('leaves the errors of connections to an app that has a listener for them', async () => {
    const server = createServer(createTokenward(CONFIG, OPTIONS).middleware);
    server.on('clientError', (_error, socket) => void socket.end('HTTP/1.1 400 Own\r\n\r\n'));
    server.listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const port = portOf(server);
    await fetch(`http://127.0.0.1:${port}/`);

    expect(await sendRaw(`http://127.0.0.1:${port}`, 'x\r\n\r\n')).toBe('HTTP/1.1 400 Own\r\n\r\n');
  });
});

/** Sends bytes, and returns all that comes back. */
async function sendRaw(origin: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  socket.end(bytes);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}
