import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import {
  connect as connectHttp2,
  createServer as createHttp2Server,
  type Http2ServerResponse,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2';
import { createServer as createTlsServer, request as requestByTls } from 'node:https';
import { connect, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  type ClientErrorOptions,
  createSecurityPolicy,
  createTokenwardHandler,
  secureClientErrors,
  toNodeListener,
} from '../../src/server/index.ts';
import { portOf } from '../support/port-of.ts';
import { LOCALHOST_CERTIFICATE } from '../support/localhost-certificate.ts';
import { BY_BROWSER, DEPLOYMENT, SCRIPT, splitSecret } from './deployment.ts';
import { send } from './http-client.ts';

const handle = createTokenwardHandler(DEPLOYMENT);
const policy = createSecurityPolicy(DEPLOYMENT);
const OURS = policy.headers.find(({ name }) => name === 'content-security-policy')?.value ?? '';

const servers: Server[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function serve(listener: RequestListener, errors?: ClientErrorOptions): Promise<string> {
  const server = createServer(listener);
  secureClientErrors(server, errors);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${portOf(server)}`;
}

/** Sends what no HTTP client would, and reads until the server closes. */
function sendRaw(origin: string, message: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(new URL(origin).port), '127.0.0.1', () => socket.write(message));
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}

describe('in a node:http server', () => {
  test('serves the worker script to the browser alone', async () => {
    const origin = await serve(toNodeListener(handle));

    const installed = await send(`${origin}/tokenward-sw.js`, { headers: BY_BROWSER });
    const checked = await send(`${origin}/tokenward-sw.js`, {
      headers: { ...BY_BROWSER, 'if-none-match': installed.headers.etag ?? '' },
    });
    const stolen = await send(`${origin}/tokenward-sw.js`, { headers: { 'sec-fetch-dest': 'script' } });
    const rogue = await send(`${origin}/rogue.js`, { headers: BY_BROWSER });

    expect(installed.status).toBe(200);
    expect(splitSecret(installed.body).script).toBe(SCRIPT);
    expect(installed.headers).toMatchObject({
      'content-type': 'text/javascript',
      'content-length': String(installed.body.length),
      'cache-control': 'private, no-cache',
      vary: 'Sec-Fetch-Dest',
    });
    expect([checked.status, checked.body]).toEqual([304, '']);
    expect([stolen.status, stolen.headers['cache-control']]).toEqual([403, 'no-store']);
    expect([rogue.status, rogue.headers['cache-control']]).toEqual([403, 'no-store']);
  });

  test('answers HEAD with no body and no false length', async () => {
    const origin = await serve(toNodeListener(handle));

    const { status, body, headers } = await send(`${origin}/tokenward-sw.js`, { method: 'HEAD', headers: BY_BROWSER });

    expect([status, body]).toEqual([200, '']);
    expect(headers.etag).toMatch(/^W\//);
    expect(headers['content-length']).toBeUndefined();
  });

  test('passes other requests on, with their bodies and under the policy', async () => {
    const origin = await serve(
      toNodeListener(handle, {
        policy,
        next: (request, response) => {
          response.writeHead(201, 'Stored', { 'Content-Security-Policy': "script-src 'self'", 'X-Own': ['1', '2'] });
          request.pipe(response);
        },
      }),
    );

    const response = await send(`${origin}/notes?a=1`, { method: 'POST', body: 'a note' });

    expect([response.status, response.body]).toEqual([201, 'a note']);
    expect(response.lines('content-security-policy')).toEqual(["script-src 'self'", OURS]);
    expect(response.lines('x-own')).toEqual(['1', '2']);
    expect(response.headers['cross-origin-opener-policy']).toBe('same-origin');
  });

  test.each([
    ['without a policy', {}],
    ['under the policy', { policy }],
  ])('names the gate in Vary on every script, %s', async (_, options) => {
    const writers: Record<string, RequestListener> = {
      '/bare.js': (_request, response) => void response.end('x'),
      '/compressed.js': (_request, response) => void response.writeHead(200, { Vary: 'Accept-Encoding' }).end('x'),
      '/own.js': (_request, response) => void response.writeHead(200, ['vary', 'Origin, sec-fetch-dest']).end('x'),
      '/unchanged.js': (_request, response) => void response.writeHead(304).end(),
    };
    const origin = await serve(
      toNodeListener(handle, {
        ...options,
        next: (request, response) => writers[request.url ?? '']?.(request, response),
      }),
    );

    const lines = await Promise.all(
      Object.keys(writers).map(async (path) => (await send(origin + path)).lines('vary').join(', ')),
    );

    expect(lines).toEqual([
      'Sec-Fetch-Dest',
      'Accept-Encoding, Sec-Fetch-Dest',
      'Origin, sec-fetch-dest',
      'Sec-Fetch-Dest',
    ]);
  });

  test('has the last word on headers however the app writes them', async () => {
    const writers: Record<string, RequestListener> = {
      '/implicit': (_, response) => void response.end('x'),
      '/set-later': (_, response) => {
        response.setHeader('Content-Security-Policy', ["img-src 'self'", "script-src 'self'"]);
        response.setHeader('cross-origin-opener-policy', 'unsafe-none');
        response.write('x');
        response.end();
      },
      '/pairs': (_, response) => {
        const pairs = ['Content-Security-Policy', "img-src 'self'", 'Set-Cookie', 'a=1', 'set-cookie', 'b=2'];
        response.writeHead(200, pairs).end('x');
      },
      '/lists': (_, response) => {
        Reflect.apply(response.writeHead, response, [
          200,
          [
            ['content-security-policy', "img-src 'self'"],
            ['x-own', 7],
          ],
        ]);
        response.end('x');
      },
      '/nothing-given': (_, response) => void response.writeHead(200, undefined).end('x'),
    };
    const origin = await serve(
      toNodeListener(handle, { policy, next: (request, response) => writers[request.url ?? '']?.(request, response) }),
    );

    const lines = async (path: string, name: string): Promise<readonly string[]> =>
      (await send(origin + path)).lines(name);

    for (const path of Object.keys(writers)) {
      expect((await lines(path, 'content-security-policy')).at(-1), path).toBe(OURS);
      expect(await lines(path, 'cross-origin-opener-policy'), path).toEqual(['same-origin']);
    }
    expect(await lines('/set-later', 'content-security-policy')).toHaveLength(3);
    expect(await lines('/pairs', 'set-cookie')).toEqual(['a=1', 'b=2']);
    expect(await lines('/lists', 'x-own')).toEqual(['7']);
  });

  test("does not add the policy of pages to what is Tokenward's own", async () => {
    const origin = await serve(toNodeListener(handle, { policy }));

    const script = await send(`${origin}/tokenward-sw.js`, { headers: BY_BROWSER });
    const callback = await send(`${origin}/auth/callback?_`);

    expect(script.lines('content-security-policy')).toHaveLength(1);
    expect(script.headers['content-security-policy']).toContain('connect-src https://login.example');
    expect(callback.lines('content-security-policy')).toHaveLength(1);
    expect(callback.headers['content-security-policy']).toContain('sandbox');
  });

  test('answers 404 where nothing comes next, under the policy too', async () => {
    const origin = await serve(toNodeListener(handle, { policy }));

    const response = await send(`${origin}/nothing`);

    expect([response.status, response.headers['cache-control']]).toEqual([404, 'no-store']);
    expect(response.lines('content-security-policy')).toEqual([expect.stringMatching(/^sandbox;/), OURS]);
  });

  test.each<[what: string, next: RequestListener, isCut: boolean]>([
    [
      'throws',
      () => {
        throw new Error('secret');
      },
      false,
    ],
    ['rejects', () => Promise.reject(new Error('secret')), false],
    [
      'throws in the middle of its answer',
      (_, response) => {
        response.write('x');
        throw new Error('secret');
      },
      true,
    ],
  ])('ends a request whose next one %s', async (_, next, isCut) => {
    const logged = vi.spyOn(console, 'error').mockReturnValue();
    const origin = await serve(toNodeListener(handle, { policy, next }));

    const answered = send(`${origin}/notes`).then(
      ({ status, body }) => [status, body],
      () => 'cut',
    );

    expect(await answered).toEqual(isCut ? 'cut' : [500, 'The server could not answer.\n']);
    expect(logged).toHaveBeenCalledOnce();
    logged.mockRestore();
  });

  test('ends a request for which a middleware behind it throws', async () => {
    const logged = vi.spyOn(console, 'error').mockReturnValue();
    const listener = toNodeListener(handle, { policy });
    const origin = await serve((request, response) =>
      listener(request, response, () => {
        throw new Error('secret');
      }),
    );

    expect(await send(`${origin}/notes`)).toMatchObject({ status: 500, body: 'The server could not answer.\n' });
    expect(logged).toHaveBeenCalledOnce();
    logged.mockRestore();
  });

  test('answers 500 without a reason when the script is not available, and logs it', async () => {
    const failing = createTokenwardHandler({
      ...DEPLOYMENT,
      worker: { path: '/tokenward-sw.js', script: () => Promise.reject(new Error('/secret/path')) },
    });
    const complain = vi.spyOn(console, 'error').mockReturnValue(undefined);
    const origin = await serve(toNodeListener(failing, { policy }));

    const response = await send(`${origin}/tokenward-sw.js`, { headers: BY_BROWSER });

    expect([response.status, response.headers['cache-control']]).toEqual([500, 'no-store']);
    expect(response.body).not.toContain('secret');
    expect(complain).toHaveBeenCalledOnce();
    complain.mockRestore();
  });

  test.each([
    ['OPTIONS', '*'],
    ['TRACE', '/'],
    ['GET', 'http://['],
  ])('passes %s %s on, which no Request can stand for', async (method, target) => {
    const origin = await serve(toNodeListener(handle, { next: (_, response) => void response.end('next') }));

    const answer = await sendRaw(
      origin,
      `${method} ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );

    expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*\r\n\r\n[^]*next/);
  });
});

test('a listener of something else than a handler says at once what it takes', () => {
  expect(() => toNodeListener(JSON.parse('{}'))).toThrow(
    new TypeError('toNodeListener() takes the result of createTokenwardHandler().'),
  );
});

describe('what Node itself answers', () => {
  test.each([
    ['a URL that is too long', '431', `GET /?${'a'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`],
    ['cookies that are too long', '431', `GET / HTTP/1.1\r\nHost: localhost\r\nCookie: ${'a'.repeat(20_000)}\r\n\r\n`],
    ['what is no request', '400', 'GET / HTTP/1.1\r\nHost: localhost\r\nBad Header: 1\r\n\r\n'],
  ])('to %s is of no use to script in a frame', async (_, status, message) => {
    const origin = await serve(toNodeListener(handle));

    const answer = await sendRaw(origin, message);

    const [head = '', body] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toMatch(/^content-security-policy: sandbox; default-src 'none';/m);
    expect(head).toMatch(/^cross-origin-opener-policy: same-origin$/m);
    expect(head).toMatch(/^cache-control: no-store$/m);
    expect(head).toMatch(new RegExp(`^content-length: ${body?.length}$`, 'm'));
  });

  const overflowing = (target: string): string =>
    `GET ${target} HTTP/1.1\r\nHost: localhost\r\nCookie: ${'a'.repeat(20_000)}\r\n\r\n`;

  test.each([
    ['cookies', overflowing('/auth/callback?code=SECRET'), true],
    ['cookies, at its whole URL', overflowing('https://app.example/auth/callback?code=SECRET'), true],
    ['a URL', `GET /auth/callback?code=SECRET&state=${'a'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, true],
    [
      'what is no request',
      'GET /auth/callback?code=SECRET HTTP/1.1\r\nHost: localhost\r\nBad Header: 1\r\n\r\n',
      false,
    ],
  ])('at the callback leads to an address without a code, after %s', async (_, message, isCleared) => {
    const origin = await serve(toNodeListener(handle));

    const [head = '', body] = (await sendRaw(origin, message)).split('\r\n\r\n');

    expect(head).toMatch(/^HTTP\/1\.1 303 /);
    expect(head).toMatch(/^location: \/auth\/callback\?_#_$/m);
    expect(head).toMatch(/^cache-control: no-store$/m);
    expect(/^clear-site-data: "cookies"$/m.test(head)).toBe(isCleared);
    expect([head.includes('SECRET'), body]).toEqual([false, '']);
  });

  test('leads away from a callback that it cannot see, since the head comes in pieces, and clears nothing', async () => {
    const origin = await serve(toNodeListener(handle));

    const answer = await new Promise<string>((resolve, reject) => {
      let received = '';
      const socket = connect(Number(new URL(origin).port), '127.0.0.1');
      socket.setNoDelay(true);
      socket.write('GET /auth/callback?code=SECRET HTTP/1.1\r\nHost: localhost\r\n');
      // The server has read the first piece when it has answered a request on another connection.
      void send(`${origin}/`).then(() => socket.write(`Cookie: ${'a'.repeat(20_000)}\r\n\r\n`), reject);
      socket.on('data', (chunk) => (received += chunk.toString()));
      socket.on('end', () => resolve(received));
      socket.on('error', reject);
    });

    expect(answer).toMatch(/^HTTP\/1\.1 303 [^]*\r\nlocation: \/auth\/callback\?_#_\r\n/);
    expect(answer).not.toContain('clear-site-data');
  });

  test.each([
    ['by itself', {}],
    ['with the limit of the documentation', { maxHeaderSize: 2 ** 21 }],
  ])('leads away from the callback over TLS, where the head comes in pieces too, %s', async (_, limits) => {
    const server = createTlsServer({ ...LOCALHOST_CERTIFICATE, ...limits }, toNodeListener(handle));
    secureClientErrors(server);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;

    const outgoing = requestByTls({
      host: '127.0.0.1',
      port,
      path: '/auth/callback?code=SECRET',
      headers: { cookie: 'a'.repeat(40_000) },
      rejectUnauthorized: false,
      agent: false,
    }).end();
    const [response]: readonly IncomingMessage[] = await once(outgoing, 'response');
    response?.resume();

    expect(response?.statusCode).toBe(303);
    expect(response?.headers.location).toBe('/auth/callback?_#_');
    expect(response?.headers['clear-site-data']).toBeUndefined();
  });

  test('leads away from the callback of the app, and from none where the origin has none', async () => {
    const own = await serve(toNodeListener(handle), { callbackPath: '/signed-in' });
    const isolated = await serve(toNodeListener(handle), { headers: {} });

    expect(await sendRaw(own, overflowing('/signed-in?code=SECRET'))).toContain('\r\nlocation: /signed-in?_#_\r\n');
    expect(await sendRaw(own, overflowing('/auth/callback?code=SECRET'))).toMatch(/^HTTP\/1\.1 431 /);
    expect(await sendRaw(isolated, overflowing('/auth/callback?code=SECRET'))).toMatch(/^HTTP\/1\.1 431 /);
    expect(() => secureClientErrors(createServer(), { callbackPath: 'signed-in' })).toThrow(/^callbackPath must/);
  });

  test.each([
    ['a worker script has the cookies cleared that make it too long', 'sec-fetch-dest: serviceworker\r\n', true],
    ['anything else leaves the cookies there', 'sec-fetch-dest: document\r\n', false],
    ['a request that only speaks of a worker leaves them there too', 'x: sec-fetch-dest: serviceworker\r\n', false],
  ])('to a request for %s', async (_, field, isCleared) => {
    const origin = await serve(toNodeListener(handle));
    const cookies = `Cookie: ${'a'.repeat(20_000)}`;

    const answer = await sendRaw(
      origin,
      `GET /tokenward-sw.js HTTP/1.1\r\nHost: localhost\r\n${field}${cookies}\r\n\r\n`,
    );

    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(/^clear-site-data: "cookies"\r$/m.test(answer)).toBe(isCleared);
  });

  test('leaves a client alone that has gone', () => {
    const server = createServer();
    secureClientErrors(server);
    const socket = new Socket();

    server.emit('clientError', Object.assign(new Error('reset'), { code: 'ECONNRESET' }), socket);

    expect(socket.destroyed).toBe(true);
  });
});

describe('in a node:http2 server', () => {
  const OWN = "script-src 'self'";
  const writers: Readonly<Record<string, (response: Http2ServerResponse) => void>> = {
    '/response': (response) => void response.writeHead(201, { 'content-security-policy': OWN }).end('x'),
    '/stream': ({ stream }) => {
      stream.respond({ ':status': 201, 'Content-Security-Policy': OWN });
      stream.end('x');
    },
    '/file': ({ stream }) =>
      stream.respondWithFile(import.meta.filename, { ':status': 201, 'content-security-policy': OWN }),
  };

  /** Starts a server, and asks it for a path. */
  async function ask(
    path: string,
    cookies: readonly string[] = [],
  ): Promise<IncomingHttpHeaders & IncomingHttpStatusHeader> {
    const listener = toNodeListener(handle, { policy });
    const server = createHttp2Server({ maxHeaderListPairs: 4000 }, (request, response) => {
      Reflect.apply(listener, undefined, [request, response, () => writers[path]?.(response)]);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const client = connectHttp2(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
    onTestFinished(() => {
      client.destroy();
      server.close();
    });
    const request = client.request({ ':path': path, cookie: [...cookies] });
    const [headers]: readonly (IncomingHttpHeaders & IncomingHttpStatusHeader)[] = await once(request, 'response');
    // Node may crash where a stream is cut off whose file it is still sending.
    request.resume();
    await once(request, 'close');
    return headers ?? {};
  }

  test.each(Object.keys(writers))('has the last word on headers however the app writes them: %s', async (path) => {
    const headers = await ask(path);

    expect(headers[':status']).toBe(201);
    expect(headers['content-security-policy']).toBe(`${OWN}, ${OURS}`);
    expect(headers.vary).toBe('Sec-Fetch-Dest');
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
  });

  test('leads away from the callback though script has planted more cookies than Node reads by itself', async () => {
    const headers = await ask(
      '/auth/callback?code=SECRET',
      Array.from({ length: 180 }, (_, index) => `c${index}=1`),
    );

    expect([headers[':status'], headers.location]).toEqual([303, '/auth/callback?_#_']);
  });
});

describe('in Express', () => {
  async function serveExpress(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'tokenward-express-'));
    folders.push(folder);
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>app</title>');
    await writeFile(join(folder, 'rogue.js'), 'self.onfetch = () => {};');

    const app = express();
    app.use(toNodeListener(handle, { policy }));
    app.use((_, response, next) => {
      response.set('Content-Security-Policy', "script-src 'self'");
      next();
    });
    app.use(express.static(folder));
    app.post('/notes', express.json(), (request, response) => void response.status(201).json(request.body));
    app.get('/broken', () => {
      throw new Error('broken');
    });
    app.use((error: Error, _: express.Request, response: express.Response, __: express.NextFunction) => {
      response.status(500).send(error.message);
    });
    return serve(app);
  }

  test('comes before the files of the app, and takes no other worker from them', async () => {
    const origin = await serveExpress();

    const script = await send(`${origin}/tokenward-sw.js`, { headers: BY_BROWSER });
    const rogue = await send(`${origin}/rogue.js`, { headers: BY_BROWSER });
    const asScript = await send(`${origin}/rogue.js`, { headers: { 'sec-fetch-dest': 'script' } });

    expect(splitSecret(script.body)).toMatchObject({ script: SCRIPT, policy: JSON.stringify(policy) });
    expect(rogue.status).toBe(403);
    expect(asScript.status).toBe(200);
  });

  test.each(['/', '/rogue.js', '/nothing', '/broken'])('secures %s beside the policy of the app', async (path) => {
    const origin = await serveExpress();

    const response = await send(origin + path);

    expect(response.lines('content-security-policy').at(-1)).toBe(OURS);
    expect(response.headers['cross-origin-opener-policy']).toBe('same-origin');
  });

  test('secures a file that did not change', async () => {
    const origin = await serveExpress();
    const { headers } = await send(`${origin}/index.html`);

    const unchanged = await send(`${origin}/index.html`, { headers: { 'if-none-match': headers.etag ?? '' } });

    expect(unchanged.status).toBe(304);
    expect(unchanged.lines('content-security-policy').at(-1)).toBe(OURS);
  });

  test('leaves the body to the parsers that come next', async () => {
    const origin = await serveExpress();

    const response = await send(`${origin}/notes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"note":"kept"}',
    });

    expect([response.status, response.body]).toEqual([201, '{"note":"kept"}']);
  });

  test('knows its paths in a router that is mounted', async () => {
    const app = express();
    app.use('/auth', toNodeListener(handle));
    const origin = await serve(app);

    const callback = await send(`${origin}/auth/callback?_`);
    const other = await send(`${origin}/auth/auth/callback`);

    expect([callback.status, other.status]).toEqual([200, 404]);
  });

  test('hands a failure to the error handler of the app', async () => {
    const failing = createTokenwardHandler({
      ...DEPLOYMENT,
      worker: { path: '/tokenward-sw.js', script: () => Promise.reject(new Error('unreadable')) },
    });
    const app = express();
    app.use(toNodeListener(failing, { policy }));
    app.use((error: Error, _: express.Request, response: express.Response, __: express.NextFunction) => {
      response.status(503).send(error.message);
    });
    const origin = await serve(app);

    const response = await send(`${origin}/tokenward-sw.js`, { headers: BY_BROWSER });

    expect([response.status, response.body]).toEqual([503, 'unreadable']);
    expect(response.lines('content-security-policy').at(-1)).toBe(OURS);
  });
});
