import express from 'express';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server, type OutgoingHttpHeaders } from 'node:http2';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { TokenwardConfig } from '../../src/configuration/index.ts';
import { parseIdentity, RELAY_HEADER } from '../../src/protocol/relay-proof.ts';
import { createTokenward, type RelayClient, type RelayOptions, type TokenwardServer } from '../../src/server/index.ts';
import { RelayedRequests } from '../../sw/oauth/relay.ts';
import { createDevelopmentListener } from '../../src/vite/development-listener.ts';
import { portOf } from '../support/port-of.ts';
import { BY_BROWSER } from './deployment.ts';
import { send as sendRaw } from './http-client.ts';

const CLIENT_SECRET = 'a-client-secret-of-32-characters';
const REFRESH = 'client_id=my-app&grant_type=refresh_token&refresh_token=the-refresh-token';
const RELAY = { clientSecret: CLIENT_SECRET };
const OPTIONS = { workerScript: 'self.own = true;', relay: RELAY };

/** What the token endpoint has got. */
let got: { readonly headers: IncomingHttpHeaders; readonly body: string }[];
let config: TokenwardConfig;
beforeEach(async () => {
  got = [];
  const issuer = await listen(
    express()
      .get('/.well-known/openid-configuration', (_request, response) => {
        response.json({ issuer, token_endpoint: `${issuer}/token` });
      })
      .post('/token', express.text({ type: '*/*' }), (request, response) => {
        got.push({ headers: request.headers, body: String(request.body) });
        response.json({ access_token: 'access', token_type: 'Bearer' });
      }),
  );
  config = {
    origin: 'https://app.example',
    issuer,
    clientId: 'my-app',
    protectedResources: [{ url: 'https://api.example' }],
    relay: true,
  };
});

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${portOf(server)}`;
}

/** Returns a body of 100 KB whose length is not said before. */
function chunks(): ReadableStream<Uint8Array> {
  let count = 0;
  return new ReadableStream({
    pull: (controller) => {
      controller.enqueue(new Uint8Array(1024).fill(97));
      if (++count === 100) controller.close();
    },
  });
}

async function scriptOf(server: TokenwardServer): Promise<Response> {
  const request = new Request('https://app.example/tokenward-sw.js', { headers: BY_BROWSER });
  return server.fetch(() => new Response('the app'))(request);
}

/** Returns what the worker of a served script sends with, through a function in place of the network. */
async function workerOf(server: TokenwardServer, send: typeof fetch): Promise<RelayedRequests> {
  const [, text] = /self\.__tokenwardRelay="([^"]*)";/.exec(await (await scriptOf(server)).text()) ?? [];
  const identity = parseIdentity(text);
  if (identity === undefined) throw new Error('There is no identity in the script.');
  const nothing = (): void => {};
  const address = 'https://app.example/auth/relay';
  return new RelayedRequests({ address, identity, send, now: () => Date.now(), updateWorker: nothing, warn: nothing });
}

describe('a worker script of an app with a relay', () => {
  test('has an identity of its own each time, and the same entity tag', async () => {
    const server = createTokenward(config, OPTIONS);
    const scripts = [await scriptOf(server), await scriptOf(server)];
    const texts = await Promise.all(scripts.map((script) => script.text()));

    const identities = texts.map((text) => /self\.__tokenwardRelay="([\da-f]{32}\.[\da-f]{64})";/.exec(text)?.[1]);
    expect(new Set(identities).size).toBe(2);
    expect(identities).not.toContain(undefined);
    expect(new Set(scripts.map(({ headers }) => headers.get('etag'))).size).toBe(1);
  });

  test('has another entity tag under another key, so that each worker gets a valid identity', async () => {
    const workerScript = 'self.own = true;';
    const servers = [
      createTokenward(config, { workerScript, relay: RELAY }),
      createTokenward(config, { workerScript, relay: { ...RELAY, key: 'another-key-of-this-server-000000' } }),
      createTokenward({ ...config, relay: false }, { workerScript }),
    ];
    const tags = await Promise.all(servers.map(async (server) => (await scriptOf(server)).headers.get('etag')));

    expect(new Set(tags).size).toBe(3);
  });

  test('does not hold the client secret or the key, nor does anything else that the server gives to a browser', async () => {
    const key = 'the-key-of-this-server-0123456789';
    const server = createTokenward(config, { ...OPTIONS, relay: { ...RELAY, key } });
    const answer = server.fetch(() => new Response('the app'));
    const paths = ['/', '/auth/login', '/auth/callback?_', '/auth/session', '/auth/relay/token', '/tokenward/auto.js'];
    const requests = paths.map((path) => new Request(`https://app.example${path}`));
    const responses = await Promise.all([scriptOf(server), ...requests.map((request) => answer(request))]);

    for (const response of responses) {
      const text = JSON.stringify([...response.headers]) + (await response.text());
      for (const secret of [CLIENT_SECRET, btoa(CLIENT_SECRET), key]) expect(text).not.toContain(secret);
    }
  });

  test('may reach its own origin; one without a relay may not', async () => {
    const policyOf = async (server: TokenwardServer): Promise<string> =>
      (await scriptOf(server)).headers.get('content-security-policy') ?? '';

    expect(await policyOf(createTokenward(config, OPTIONS))).toMatch(/connect-src[^;]*'self'/);
    const without = createTokenward({ ...config, relay: false }, { workerScript: OPTIONS.workerScript });
    expect(await policyOf(without)).not.toMatch(/connect-src[^;]*'self'/);
  });
});

describe('a server', () => {
  test('needs the secret if the configuration has a relay, and the relay if it has the secret', () => {
    expect(() => createTokenward(config, { workerScript: 'x' })).toThrow(
      'give createTokenward(), or the plugin of Vite, the option "relay"',
    );
    expect(() => createTokenward({ ...config, relay: false }, OPTIONS)).toThrow('set "relay": true in it');
  });

  test('refuses a secret in the configuration, which is part of the worker script, and does not repeat it', () => {
    for (const wrong of [{ relay: RELAY }, { clientSecret: CLIENT_SECRET }, { client_secret: CLIENT_SECRET }]) {
      const given = JSON.parse(JSON.stringify({ ...config, ...wrong }));
      expect(() => createTokenward(given, OPTIONS)).toThrow();
      expect(() => createTokenward(given, OPTIONS)).not.toThrow(CLIENT_SECRET);
    }
  });

  test('answers the relay in a function for requests', async () => {
    const server = createTokenward(config, OPTIONS);
    const answer = server.fetch(() => new Response('the app'));
    const worker = await workerOf(server, (input, init) => answer(new Request(input, init)));
    const response = await worker.send('token', { method: 'POST', body: REFRESH });

    expect(await response.json()).toEqual({ access_token: 'access', token_type: 'Bearer' });
    expect(got).toMatchObject([{ body: 'refresh_token=the-refresh-token&grant_type=refresh_token' }]);
    expect(got[0]?.headers.authorization).toMatch(/^Basic /);
  });

  test('answers it as the configuration of the host says', async () => {
    const server = createTokenward(({ host }) => (host === 'app.example' ? config : { ...config, relay: false }), {
      ...OPTIONS,
      relay: () => RELAY,
    });
    const answer = server.fetch(() => new Response('the app'));
    const worker = await workerOf(server, (input, init) => answer(new Request(input, init)));

    expect((await worker.send('token', { method: 'POST', body: REFRESH })).status).toBe(200);
    const other = await answer(new Request('https://other.example/auth/relay/token', { method: 'POST' }));
    expect(await other.text()).toBe('the app');
  });

  describe('of several hosts', () => {
    /** The other hosts have a client of their own at the same server. */
    const tenants = ({ host }: { readonly host: string }): TokenwardConfig =>
      host === 'app.example' ? config : { ...config, clientId: host };

    test('does not start with one secret for the servers of all of them', () => {
      expect(() => createTokenward(tenants, OPTIONS)).toThrow('give the option "relay" as a function too');
    });

    test('sends each server the secret of its own client', async () => {
      const asked: RelayClient[] = [];
      const relay = (client: RelayClient): RelayOptions => {
        asked.push(client);
        return { clientSecret: `${client.clientId}-has-a-secret-of-32-characters` };
      };
      const server = createTokenward(tenants, { ...OPTIONS, relay });
      for (const host of ['app.example', 'acme.example', 'app.example']) {
        const atHost: TokenwardServer = {
          ...server,
          fetch:
            (next) =>
            (request, ...rest) => {
              const headers = new Headers(request.headers);
              headers.set('host', host);
              return server.fetch(next)(new Request(request, { headers }), ...rest);
            },
        };
        const answer = atHost.fetch(() => new Response('the app'));
        const worker = await workerOf(atHost, (input, init) => answer(new Request(input, init)));
        const clientId = host === 'app.example' ? 'my-app' : host;
        const body = REFRESH.replace('my-app', clientId);
        await worker.send('token', { method: 'POST', body });
      }

      const secretOf = (clientId: string): string => {
        const credentials = `${clientId}:${clientId}-has-a-secret-of-32-characters`;
        return `Basic ${btoa(credentials.replaceAll('-', '%2D').replaceAll('.', '%2E'))}`;
      };
      expect(got.map(({ headers }) => headers.authorization)).toEqual(
        ['my-app', 'acme.example', 'my-app'].map(secretOf),
      );
      expect(asked).toEqual(
        ['my-app', 'acme.example'].map((clientId) => ({
          origin: config.origin,
          issuer: `${config.issuer}/`,
          clientId,
        })),
      );
    });

    test('does not start the relay of a client that has no secret, and the others go on', async () => {
      const relay = ({ clientId }: RelayClient): RelayOptions => {
        if (clientId === 'my-app') return RELAY;
        throw new TypeError(`${clientId} has no secret`);
      };
      const answer = createTokenward(tenants, { ...OPTIONS, relay }).fetch(() => new Response('the app'));

      await expect(answer(new Request('https://acme.example/'))).rejects.toThrow('acme.example has no secret');
      expect((await answer(new Request('https://app.example/'))).status).toBe(200);
    });
  });

  describe('of several hosts takes a proof once', () => {
    const hosts = (count: number): readonly string[] =>
      Array.from({ length: count }, (_, index) => `h${index}.example`);
    test.each<[how: string, before: readonly string[], replays: readonly string[]]>([
      ['if the request comes again under the name of another host', [], ['other.example']],
      ['if more hosts than a server remembers were asked for meanwhile', hosts(1001), ['app.example']],
      ['if it comes again while the host is asked for the first time', [], Array.from(hosts(4), () => 'new.example')],
      ['if the host is spelled with its port', [], ['app.example:443', 'APP.EXAMPLE:443']],
    ])('%s', async (_, before, replays) => {
      const server = createTokenward(() => config, { ...OPTIONS, relay: () => RELAY });
      const answer = server.fetch(() => new Response('the app'));
      const sent: Request[] = [];
      const worker = await workerOf(server, async (input, init) => {
        const request = new Request(input, init);
        sent.push(request.clone());
        return answer(request);
      });
      await worker.send('token', { method: 'POST', body: REFRESH });
      await Promise.all(before.map((host) => answer(new Request(`https://${host}/`))));
      const [first] = sent;
      const again = replays.map(async (host) => {
        const headers = new Headers(first?.headers);
        headers.set('host', host);
        const body = await first?.clone().arrayBuffer();
        return (await answer(new Request(first?.url ?? '', { method: 'POST', headers, ...(body && { body }) }))).status;
      });

      expect(await Promise.all(again)).toEqual(replays.map(() => 401));
      expect(got).toHaveLength(1);
    });
  });

  test('gives a request that does not end no more memory than it has bytes, or twice that', async () => {
    const server = createTokenward(config, OPTIONS);
    const answer = server.fetch(() => new Response('the app'));
    const open: ReadableStreamDefaultController<Uint8Array>[] = [];
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'tokenward-relay': ['0'.repeat(32), Date.now(), '0'.repeat(32), '0'.repeat(64)].join('.'),
    };
    const before = process.memoryUsage().arrayBuffers;
    const answers = Array.from({ length: 1000 }, () => {
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          open.push(controller);
          controller.enqueue(new Uint8Array(100).fill(97));
        },
      });
      const init = { method: 'POST', headers, body, duplex: 'half' } as const;
      return answer(new Request('https://app.example/auth/relay/token', init));
    });
    await new Promise((resolve) => setImmediate(resolve));
    const usedBytes = process.memoryUsage().arrayBuffers - before;
    for (const controller of open) controller.close();

    expect((await Promise.all(answers)).every(({ status }) => status === 401)).toBe(true);
    expect(usedBytes).toBeLessThan(8_000_000);
  });

  const listeners: Record<string, (server: TokenwardServer) => RequestListener> = {
    'of node:http': ({ middleware }) => middleware,
    'of Express, before the parsers of bodies': ({ middleware }) =>
      express().use(middleware, express.urlencoded({ extended: true }), express.json()),
  };
  for (const [name, create] of Object.entries(listeners)) {
    test(`answers it in a listener ${name}, and reads no other body`, async () => {
      const server = createTokenward(config, OPTIONS);
      const received: unknown[] = [];
      const app = express().use(create(server), (request, response) => {
        received.push(request.body);
        response.send('the app');
      });
      const origin = await listen(app);
      const worker = await workerOf(server, async (input, init) => {
        const request = new Request(input, init);
        return fetch(origin + new URL(request.url).pathname, { ...init, headers: request.headers });
      });

      expect(await (await worker.send('token', { method: 'POST', body: REFRESH })).json()).toMatchObject({
        access_token: 'access',
      });
      // 200 KB, of which the relay reads nothing: the next request on the connection is answered.
      const large = await fetch(`${origin}/auth/relay/token`, { method: 'POST', body: 'a'.repeat(200_000) });
      expect(large.status).toBe(401);
      expect(received).toEqual([]);
    });
  }

  test('answers it in a listener of node:http2, also if a body is too large or is cut', async () => {
    const warn = vi.spyOn(process, 'emitWarning');
    onTestFinished(() => warn.mockRestore());
    const { middleware } = createTokenward(config, OPTIONS);
    const http2 = createHttp2Server((request, response) => {
      Reflect.apply(middleware, undefined, [request, response, () => response.end('the app')]);
    }).listen(0, '127.0.0.1');
    await once(http2, 'listening');
    const address = http2.address();
    const client = connectHttp2(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
    onTestFinished(() => {
      client.destroy();
      http2.close();
    });
    const post = async (headers: OutgoingHttpHeaders, body: Uint8Array, cut?: 'cut'): Promise<Response> => {
      const stream = client.request({ ...headers, ':method': 'POST', ':path': '/auth/relay/token' });
      stream.write(body);
      if (cut) stream.destroy(new Error(cut));
      else stream.end();
      const [head]: readonly IncomingHttpHeaders[] = await once(stream, 'response');
      const received: Buffer[] = [];
      for await (const chunk of stream) received.push(chunk);
      const { [RELAY_HEADER]: outcome = '' } = head ?? {};
      return new Response(Buffer.concat(received), {
        status: Number(head?.[':status']),
        headers: { [RELAY_HEADER]: String(outcome) },
      });
    };
    const sent: { readonly headers: Record<string, string>; readonly body: Uint8Array }[] = [];
    const worker = await workerOf(createTokenward(config, OPTIONS), async (input, init) => {
      const request = new Request(input, init);
      const one = { headers: Object.fromEntries(request.headers), body: new Uint8Array(await request.arrayBuffer()) };
      sent.push(one);
      return post(one.headers, one.body);
    });

    expect((await worker.send('token', { method: 'POST', body: REFRESH })).status).toBe(200);
    const headers = sent[0]?.headers ?? {};
    expect((await post(headers, new Uint8Array(100_000).fill(97))).status).toBe(413);
    await expect(post(headers, new Uint8Array(10), 'cut')).rejects.toThrow('cut');
    expect((await worker.send('token', { method: 'POST', body: REFRESH })).status).toBe(200);
    expect(got).toHaveLength(2);
    expect(warn).not.toHaveBeenCalled();
  });

  test('refuses a request whose body a parser has read before, and one of chunks without end', async () => {
    const { middleware } = createTokenward(config, OPTIONS);
    const servers = [express().use(express.urlencoded(), middleware), express().use(middleware)];
    const [parsed = '', plain = ''] = await Promise.all(servers.map((server) => listen(server)));
    const statuses: number[] = [];
    for (const [origin, body] of [
      [parsed, undefined],
      [plain, chunks],
    ] as const) {
      const worker = await workerOf(createTokenward(config, OPTIONS), async (input, init) => {
        const { headers, url } = new Request(input, init);
        const address = origin + new URL(url).pathname;
        const response = await fetch(address, { ...init, headers, ...(body && { body: body(), duplex: 'half' }) });
        statuses.push(response.status);
        return response;
      });
      await expect(worker.send('token', { method: 'POST', body: REFRESH })).rejects.toThrow('has refused the request');
    }

    expect(statuses).toEqual([401, 413]);
    expect(got).toEqual([]);
  });

  test('of Vite answers it in development', async () => {
    const { origin: _origin, ...options } = config;
    const script = 'self.own = true;';
    const program = `tokenward.start(${JSON.stringify(options)});`;
    const served = { file: 'tokenward.config.js', program, script, path: '/tokenward-sw.js' };
    const origin = await listen(createDevelopmentListener(async () => served, { relay: RELAY }));
    const headers = { ...BY_BROWSER };
    const [, text] =
      /self\.__tokenwardRelay="([^"]*)";/.exec((await sendRaw(`${origin}${served.path}`, { headers })).body) ?? [];
    const identity = parseIdentity(text);
    if (identity === undefined) throw new Error('There is no identity in the script.');
    const nothing = (): void => {};
    const now = (): number => Date.now();
    const address = `${origin}/auth/relay`;
    const worker = new RelayedRequests({ address, identity, send: fetch, now, updateWorker: nothing, warn: nothing });

    expect((await worker.send('token', { method: 'POST', body: REFRESH })).status).toBe(200);
    expect(got[0]?.headers.authorization).toMatch(/^Basic /);
  });

  test('leaves the bodies of all other requests to the app', async () => {
    const app = express().use(
      createTokenward(config, OPTIONS).middleware,
      express.urlencoded(),
      (request, response) => {
        response.send(request.body);
      },
    );
    const origin = await listen(app);
    const response = await fetch(`${origin}/auth/relayed`, { method: 'POST', body: new URLSearchParams({ a: 'b' }) });

    expect(await response.json()).toEqual({ a: 'b' });
  });
});
