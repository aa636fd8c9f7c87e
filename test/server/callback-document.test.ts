import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  createCallbackDocument,
  createCallbackHandler,
  createTokenwardHandler,
  secureClientErrors,
  toNodeListener,
} from '../../src/server/index.ts';
import { DEPLOYMENT, request } from './deployment.ts';
import { send } from './http-client.ts';

const LOCATION = {
  redirectUri: 'https://signin.app.example/callback',
  appCallback: 'https://app.example/auth/callback',
} as const;

/** Headers that every answer of the callback's origin has, but for the policy with its hash. */
const HEADERS = {
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'origin-agent-cluster': '?1',
};

/** Headers by which an answer would tell something, or be read. */
const UNWANTED = ['access-control-allow-origin', 'nel', 'report-to', 'reporting-endpoints', 'location', 'set-cookie'];

describe('the document of an isolated callback', () => {
  test('has one script, which its policy names by hash, and nothing else that loads or runs', async () => {
    const { body, headers } = await createCallbackDocument(LOCATION);

    const scripts = [...body.matchAll(/<script>([^]*?)<\/script>/g)].map(([, script]) => script ?? '');
    const hashes = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
    expect(scripts).toHaveLength(1);
    expect(headers['content-security-policy']).toBe(
      `default-src 'none'; script-src ${hashes.join(' ')}; form-action https://app.example/auth/callback; ` +
        "base-uri 'none'; frame-ancestors 'none'",
    );
    expect(body).not.toMatch(/<(iframe|img|link|style|object|embed|base)|\son\w+=|http-equiv|javascript:/i);
  });

  test('posts to the one app callback that it is built for, by a literal action', async () => {
    const { path, body } = await createCallbackDocument(LOCATION);

    expect(path).toBe('/callback');
    expect(body.match(/https?:[^"]*/g)).toEqual(['https://app.example/auth/callback']);
    expect(body).toContain('<form method="post" action="https://app.example/auth/callback"></form>');
  });

  test.for([
    ['the origin of the app', { redirectUri: 'https://app.example/callback' }],
    ['no TLS', { redirectUri: 'http://signin.app.example/' }],
    ['an app without TLS', { appCallback: 'http://app.example/auth/callback' }],
    ['a query', { redirectUri: 'https://signin.app.example/?app=1' }],
    ['a query of the app', { appCallback: 'https://app.example/auth/callback?x' }],
    ['a fragment', { redirectUri: 'https://signin.app.example/#' }],
    ['user information', { appCallback: 'https://user@app.example/auth/callback' }],
    ['no URL', { appCallback: '/auth/callback' }],
  ] as const)('is not made with %s', async ([, change]) => {
    await expect(createCallbackDocument({ ...LOCATION, ...change })).rejects.toThrow(TypeError);
    expect(() => createCallbackHandler({ ...LOCATION, ...change })).toThrow(TypeError);
  });

  test.for([
    'https://app.example/a"><script>alert(1)</script>',
    "https://app.example/a';x",
    'https://app.example/a;script-src *,b',
  ])('cannot be broken out of by the URL of the app: %s', async (appCallback) => {
    const { body, headers } = await createCallbackDocument({ ...LOCATION, appCallback });

    expect(body.match(/<script/g)).toHaveLength(1);
    expect(body.match(/action="[^"]*"><\/form>/g)).toHaveLength(1);
    expect(headers['content-security-policy']?.split(/[;,]/)).toHaveLength(5);
  });
});

describe('the origin of an isolated callback', () => {
  const handle = createCallbackHandler(LOCATION);
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    handle(new Request(`https://signin.app.example${path}`, init));

  test.for<[what: string, status: number, path: string, init?: RequestInit]>([
    ['the document', 200, '/callback?code=SECRET'],
    ['the document without a body', 200, '/callback?code=SECRET', { method: 'HEAD' }],
    ['another path', 404, '/?code=SECRET'],
    ['a path below', 404, '/callback/more?code=SECRET'],
    ['a worker script', 404, '/sw.js', { headers: { 'sec-fetch-dest': 'serviceworker' } }],
    ['a POST', 405, '/callback', { method: 'POST', body: 'code=SECRET' }],
    ['a CORS preflight', 405, '/callback', { method: 'OPTIONS', headers: { origin: 'https://app.example' } }],
    ['a request with an origin', 200, '/callback?code=SECRET', { headers: { origin: 'https://app.example' } }],
  ])('answers with the same headers, and with no CORS header: %s', async ([, status, path, init]) => {
    const document = await createCallbackDocument(LOCATION);

    const answer = await ask(path, init);

    expect(answer.status).toBe(status);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      ...HEADERS,
      'content-security-policy': document.headers['content-security-policy'],
    });
    for (const name of UNWANTED) expect(answer.headers.has(name), name).toBe(false);
    expect(await answer.text()).not.toContain('SECRET');
  });

  test('has these headers in node:http, and where Node answers by itself', async () => {
    const server = createServer(toNodeListener(handle));
    const { headers } = await createCallbackDocument(LOCATION);
    secureClientErrors(server, { headers });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;

    const found = await send(`http://127.0.0.1:${port}/callback?code=SECRET`);
    const missing = await send(`http://127.0.0.1:${port}/favicon.ico`);
    const tooLong = await new Promise<string>((resolve) => {
      let answer = '';
      const socket = connect(port, '127.0.0.1', () => {
        socket.write(`GET /callback?code=SECRET HTTP/1.1\r\nhost: x\r\ncookie: ${'x'.repeat(20_000)}\r\n\r\n`);
      });
      socket.on('data', (chunk) => (answer += chunk.toString()));
      socket.on('end', () => resolve(answer));
    });

    expect([found.status, missing.status]).toEqual([200, 404]);
    expect(found.headers).toMatchObject(HEADERS);
    expect(missing.headers).toMatchObject(HEADERS);
    expect(tooLong).toMatch(/^HTTP\/1.1 431 /);
    for (const [name, value] of Object.entries(headers)) expect(tooLong).toContain(`${name}: ${value}\r\n`);
  });
});

describe('a form that is posted to the app, and that no worker took,', () => {
  const post = async (path: string, options: object = {}): Promise<Response | undefined> => {
    const posted = new Request(request(path), { method: 'POST', body: 'code=SECRET', headers: { origin: 'null' } });
    const answer = await createTokenwardHandler({ ...DEPLOYMENT, ...options })(posted);
    expect(posted.bodyUsed).toBe(false);
    return answer;
  };

  test.for([
    ['/auth/callback', {}],
    ['/auth/callback?code=SECRET&_', {}],
    ['/auth/callback', { callback: 'app' }],
    ['/signed-in', { callbackPath: '/signed-in' }],
  ] as const)('is answered by a fixed 303, and its body is not read: %s', async ([path, options]) => {
    const answer = await post(path, options);

    expect(answer?.status).toBe(303);
    expect(answer?.headers.get('location')).toBe(`${path.replace(/\?.*/, '')}?_#_`);
    expect(answer?.headers.get('content-security-policy')).toContain('sandbox');
    expect(answer?.headers.get('cache-control')).toBe('no-store');
    expect(answer?.headers.get('referrer-policy')).toBe('no-referrer');
    expect(await answer?.text()).toBe('');
  });

  test("is none of the handler's business at another path", async () => {
    expect(await post('/checkout')).toBeUndefined();
  });
});
