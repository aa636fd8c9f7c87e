import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import {
  createSecurityPolicy,
  createTokenwardHandler,
  type SecurityPolicy,
  type TokenwardHandlerOptions,
} from '../../src/server/index.ts';
import { BY_BROWSER, DEPLOYMENT, request, SCRIPT, splitSecret } from './deployment.ts';

const handle = createTokenwardHandler(DEPLOYMENT);

/** Asks for the worker script as a browser does that installs it. */
async function install(
  options: Partial<TokenwardHandlerOptions> = {},
  headers: Record<string, string> = {},
): Promise<Response> {
  const merged: TokenwardHandlerOptions = { ...DEPLOYMENT, ...options };
  const response = await createTokenwardHandler(merged)(request(merged.worker.path, { ...BY_BROWSER, ...headers }));
  if (response === undefined) throw new Error('The handler left the worker script to others.');
  return response;
}

async function entityTagOf(options: Partial<TokenwardHandlerOptions> = {}): Promise<string> {
  return (await install(options)).headers.get('etag') ?? '';
}

function withScript(script: TokenwardHandlerOptions['worker']['script']): Partial<TokenwardHandlerOptions> {
  return { worker: { path: '/tokenward-sw.js', script } };
}

/** Whether a script runs in strict mode, as the engine sees it. */
function modeOf(script: string): unknown {
  let mode: unknown;
  runInNewContext(script, { self: {}, report: (isStrict: unknown) => (mode = isStrict) });
  return mode;
}

describe('the secret', () => {
  test('is 256 random bits, in base64url, before an otherwise untouched script', async () => {
    const response = await install();

    const { secret, script } = splitSecret(await response.text());
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/javascript');
    expect(script).toBe(SCRIPT);
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
  });

  test('is another one in each response', async () => {
    const bodies = await Promise.all(Array.from({ length: 200 }, async () => (await install()).text()));

    expect(new Set(bodies.map((body) => splitSecret(body).secret)).size).toBe(200);
  });

  test('uses all of its bits', async () => {
    const secrets = await Promise.all(
      Array.from({ length: 200 }, async () =>
        Buffer.from(splitSecret(await (await install()).text()).secret, 'base64url'),
      ),
    );

    for (let bit = 0; bit < 256; bit++) {
      const ones = secrets.filter((secret) => ((secret[bit >> 3] ?? 0) >> (bit & 7)) & 1).length;
      // A fair coin leaves this range once in 10^12 runs of 200 throws.
      expect(ones).toBeGreaterThan(48);
      expect(ones).toBeLessThan(152);
    }
  });

  test.each([
    ["'use strict';\n", true],
    ['"use strict"\n', true],
    ["/* licence: * and 'use strict'; */ // more\n\n'other directive'; 'use strict';", true],
    ["'other directive'\n'use strict'\n", true],
    ["'use strict'; /* reason */ ", true],
    ["'use strict' // reason\n", true],
    ['\uFEFF"use strict";', true],
    ["0; 'use strict';", false],
    ["; 'use strict';", false],
    ["'other directive';; 'use strict';", false],
    ["// 'use strict';\n", false],
    ["/* 'use strict'; */ ", false],
    ["'use strict'.length; ", false],
    ["'do not use strict'; ", false],
    ["'use\\x20strict'; ", false],
    ["('use strict'); ", false],
    ['', false],
  ])('leaves the mode of the script as it was: %j', async (start, isStrict) => {
    const script = `${start}void function () { report(this === undefined); }();\n`;

    const body = await (await install(withScript(script))).text();

    expect(modeOf(script)).toBe(isStrict);
    expect(modeOf(body)).toBe(isStrict);
    expect(body.endsWith(`";${script}`)).toBe(true);
    expect(body.split('\n')).toHaveLength(script.split('\n').length);
  });

  test('does not stand in the way of a long comment or a long prologue', async () => {
    const script = `/*${'* /'.repeat(50_000)}*/${"'a';".repeat(20_000)}${'\n'.repeat(50_000)}report()`;

    const body = await (await install(withScript(script))).text();

    expect(splitSecret(body).script).toBe(script);
  });
});

describe('the gate', () => {
  test.each([
    ['no Sec-Fetch-Dest', {}],
    ['a script element', { 'sec-fetch-dest': 'script' }],
    ['fetch', { 'sec-fetch-dest': 'empty' }],
    ['a dedicated worker', { 'sec-fetch-dest': 'worker' }],
    ['a shared worker', { 'sec-fetch-dest': 'sharedworker' }],
    ['a navigation', { 'sec-fetch-dest': 'document' }],
    ['a frame', { 'sec-fetch-dest': 'iframe' }],
    ['a page that sets Service-Worker itself', { 'sec-fetch-dest': 'empty', 'service-worker': 'script' }],
    ['an import of a module worker', { 'sec-fetch-dest': 'serviceworker', 'sec-fetch-mode': 'cors' }],
    ['a list of destinations', { 'sec-fetch-dest': 'serviceworker, empty' }],
  ])('refuses the script to %s, and allows no storage', async (_, headers) => {
    for (const path of ['/tokenward-sw.js', '/tokenward-sw.js?again']) {
      const response = await handle(request(path, { ...headers, 'if-none-match': '*' }));

      expect(response?.status).toBe(403);
      expect(response?.headers.get('cache-control')).toBe('no-store');
      expect(response?.headers.get('vary')).toBe('Sec-Fetch-Dest');
      expect(response?.headers.get('etag')).toBeNull();
      expect(response?.headers.get('content-type')).toBe('text/plain; charset=utf-8');
      const body = await response?.text();
      expect(body).toContain('Sec-Fetch-Dest: serviceworker');
      expect(body).not.toContain('tokenward.start');
    }
  });

  test.each(['?scope=/auth/', '?'])(
    'refuses the script with the query %s, which would be another worker',
    async (query) => {
      const response = await handle(request(`/tokenward-sw.js${query}`, BY_BROWSER));

      expect(response?.status).toBe(403);
      expect(response?.headers.get('cache-control')).toBe('no-store');
      expect(await response?.text()).toContain('by its path alone');
    },
  );

  test.each([
    '/',
    '/other.js',
    '/uploads/rogue.js',
    '/auth/callback',
    '/auth/login',
    '/tokenward-sw.js/',
    '//tokenward-sw.js',
  ])('refuses %s as a service worker', async (path) => {
    const response = await handle(request(path, BY_BROWSER));

    expect(response?.status).toBe(403);
    expect(response?.headers.get('cache-control')).toBe('no-store');
    expect(await response?.text()).toContain('one service worker');
  });

  test('refuses another service worker by the destination alone, whatever the mode is said to be', async () => {
    const response = await handle(request('/other.js', { 'sec-fetch-dest': 'serviceworker' }));

    expect(response?.status).toBe(403);
  });

  test('leaves the modules that a module worker imports to the app', async () => {
    const imported = request('/assets/dep.js', { 'sec-fetch-dest': 'serviceworker', 'sec-fetch-mode': 'cors' });

    const response = await handle(imported);

    expect(response).toBeUndefined();
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('answers %s with the methods that it takes', async (method) => {
    const response = await handle(request('/tokenward-sw.js', BY_BROWSER, method));

    expect(response?.status).toBe(405);
    expect(response?.headers.get('allow')).toBe('GET, HEAD');
    expect(response?.headers.get('cache-control')).toBe('no-store');
  });

  test.each(['/', '/index.html', '/auth', '/auth/', '/auth/callback/', '/auth/other', '/tokenward-sw.js.map'])(
    'leaves %s to the app',
    async (path) => {
      const response = await handle(request(path, { 'sec-fetch-dest': 'document' }));

      expect(response).toBeUndefined();
    },
  );
});

describe('what is refused', () => {
  test.each([
    ['the script as a document', request('/tokenward-sw.js', { 'sec-fetch-dest': 'iframe' })],
    ['another worker', request('/rogue.js', BY_BROWSER)],
    ['another method', request('/tokenward-sw.js', {}, 'POST')],
  ])('is no document that script could use for its own flow: %s', async (_, refused) => {
    const response = await handle(refused);

    expect(response?.headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none';/);
    expect(response?.headers.get('cross-origin-opener-policy')).toBe('same-origin');
  });
});

describe('releases', () => {
  test('makes an update check find nothing new while script and headers are the same', async () => {
    const entityTag = await entityTagOf();

    const response = await install({}, { 'if-none-match': entityTag });

    expect(response.status).toBe(304);
    expect(await response.text()).toBe('');
    expect(response.headers.get('etag')).toBe(entityTag);
    expect(response.headers.get('vary')).toBe('Sec-Fetch-Dest');
    expect(response.headers.get('cache-control')).toBe('private, no-cache');
    expect(response.headers.get('content-type')).toBeNull();
  });

  test('has one weak entity tag for all responses of a release', async () => {
    const tags = await Promise.all(Array.from({ length: 20 }, () => entityTagOf()));

    expect(new Set(tags).size).toBe(1);
    expect(tags[0]).toMatch(/^W\/"[A-Za-z0-9_-]{43}"$/);
  });

  test.each([
    ['the script', withScript(`${SCRIPT}// next`)],
    ['the policy', { protectedResources: ['https://other-api.example'] }],
    ['the release', { worker: { ...DEPLOYMENT.worker, release: '2' } }],
    ['the scope', { worker: { ...DEPLOYMENT.worker, path: '/sw/tokenward-sw.js' } }],
  ])('has another entity tag when %s changes, and then a new secret', async (_, options) => {
    const before = await entityTagOf();

    const response = await install(options, { 'if-none-match': before });

    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).not.toBe(before);
  });

  test('compares entity tags weakly, in lists, and takes *', async () => {
    const entityTag = await entityTagOf();
    const strong = entityTag.slice(2);

    for (const field of [strong, `"a,b", ${entityTag}`, `W/"x",${strong} , "y"`, '*', ' * ']) {
      expect((await install({}, { 'if-none-match': field })).status, field).toBe(304);
    }
    for (const field of [
      '"other"',
      strong.slice(1, -1),
      `"x${strong.slice(1)}`,
      '',
      '"*"',
      `"a, ${strong.slice(1, -1)}"`,
    ]) {
      expect((await install({}, { 'if-none-match': field })).status, field).toBe(200);
    }
  });

  test('answers HEAD with the headers of GET, and no secret', async () => {
    const head = await handle(request('/tokenward-sw.js', BY_BROWSER, 'HEAD'));
    const get = await install();
    const conditional = await handle(
      request('/tokenward-sw.js', { ...BY_BROWSER, 'if-none-match': get.headers.get('etag') ?? '' }, 'HEAD'),
    );

    expect([...(head?.headers ?? [])]).toEqual([...get.headers]);
    expect(head?.status).toBe(200);
    expect(await head?.text()).toBe('');
    expect(conditional?.status).toBe(304);
  });

  test('asks a function for the text each time', async () => {
    let release = 1;
    const live = createTokenwardHandler({ ...DEPLOYMENT, ...withScript(() => Promise.resolve(`/* ${release} */`)) });

    const first = await live(request('/tokenward-sw.js', BY_BROWSER));
    release = 2;
    const second = await live(request('/tokenward-sw.js', BY_BROWSER));

    expect(splitSecret((await first?.text()) ?? '').script).toBe('/* 1 */');
    expect(splitSecret((await second?.text()) ?? '').script).toBe('/* 2 */');
    expect(first?.headers.get('etag')).not.toBe(second?.headers.get('etag'));
  });

  test('fails when the text cannot be had, rather than serve a worker without it', async () => {
    const broken = createTokenwardHandler({
      ...DEPLOYMENT,
      ...withScript(() => Promise.reject(new Error('no such file'))),
    });

    await expect(broken(request('/tokenward-sw.js', BY_BROWSER))).rejects.toThrow('no such file');
  });
});

describe('the headers of the script', () => {
  test('allow the worker to reach the authorization server and the resources, and nothing else', async () => {
    const { headers } = await install();

    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; connect-src https://login.example https://api.example",
    );
    expect(headers.get('cache-control')).toBe('private, no-cache');
    expect(headers.get('vary')).toBe('Sec-Fetch-Dest');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('strict-origin-when-cross-origin');
  });

  test('allow the worker to reach resources of the app’s own origin, which start with a slash', async () => {
    const { headers } = await install({ protectedResources: ['/api', '/users/:id/notes', 'https://api.example/v1'] });

    expect(headers.get('content-security-policy')).toMatch(
      / connect-src https:\/\/login.example 'self' https:\/\/api.example$/,
    );
  });

  test('allow other code in the worker to reach the URLs that are named for it', async () => {
    const { headers } = await install({
      workerConnections: ["'self'", 'https://cdn.example/images/', 'wss://live.example'],
    });

    expect(headers.get('content-security-policy')).toMatch(
      / connect-src https:\/\/login.example https:\/\/api.example 'self' https:\/\/cdn.example\/images\/ wss:\/\/live.example$/,
    );
  });

  test.each([
    ['/tokenward-sw.js', '/', null],
    ['/assets/sw.js', '/', '/'],
    ['/assets/sw.js', '/assets/app/', null],
    ['/assets/sw.js', '/app/', '/app/'],
  ])('allow %s the scope %s by Service-Worker-Allowed: %s', async (path, registrationScope, allowed) => {
    const { headers } = await install({ worker: { path, registrationScope, script: SCRIPT } });

    expect(headers.get('service-worker-allowed')).toBe(allowed);
  });
});

describe('options', () => {
  test.each([
    ['worker.path', { worker: { path: 'tokenward-sw.js', script: '' } }],
    ['worker.path', { worker: { path: '//evil.example/sw.js', script: '' } }],
    ['protectedResources', { protectedResources: ['//evil.example/api'] }],
    ['protectedResources', { protectedResources: ["'self'"] }],
    ['worker.path', { worker: { path: '/sw.js?v=1', script: '' } }],
    ['worker.path', { worker: { path: '/auth/login', script: '' } }],
    ['callbackPath', { callbackPath: '/auth/callback#here' }],
    ['endpointPath', { endpointPath: 'auth' }],
    ['homePath', { homePath: 'https://app.example/' }],
    ['authorizationServers', { authorizationServers: ['http://login.example'] }],
    ['authorizationServers', { authorizationServers: ['login.example'] }],
    ['protectedResources', { protectedResources: ['https://user:secret@api.example'] }],
    ['workerConnections', { workerConnections: ['*'] }],
    ['workerConnections', { workerConnections: ['https:'] }],
    ['workerConnections', { workerConnections: ["'unsafe-eval'"] }],
    ['workerConnections', { workerConnections: ["https://cdn.example; script-src 'unsafe-eval'"] }],
  ])('names the option that is wrong: %s', (name, options) => {
    expect(() => createTokenwardHandler({ ...DEPLOYMENT, ...options })).toThrow(TypeError);
    expect(() => createTokenwardHandler({ ...DEPLOYMENT, ...options })).toThrow(name);
  });

  test.each(['http://localhost:4001', 'http://127.0.0.1:4001', 'http://[::1]:4001', 'http://login.localhost'])(
    'takes %s for development',
    (url) => {
      expect(() => createTokenwardHandler({ ...DEPLOYMENT, authorizationServers: [url] })).not.toThrow();
    },
  );
});

describe('another worker of the origin', () => {
  const otherWorkers = ['/b/tokenward-sw.js'];

  test('is left to its own handler where it is named, and no other', async () => {
    const handleBoth = createTokenwardHandler({ ...DEPLOYMENT, otherWorkers });

    expect(await handleBoth(request('/b/tokenward-sw.js', BY_BROWSER))).toBeUndefined();
    for (const path of ['/b/', '/b/rogue.js', '/B/tokenward-sw.js', '/b/tokenward-sw.js/x', '/auth/callback'])
      expect((await handleBoth(request(path, BY_BROWSER)))?.status).toBe(403);
  });

  test('may be registered under the policy that names each worker', () => {
    const { headers } = createSecurityPolicy({ ...DEPLOYMENT, otherWorkers, gate: 'missing' });

    expect(headers[0]?.value).toContain(
      'worker-src https://app.example/tokenward-sw.js https://app.example/b/tokenward-sw.js',
    );
  });
});

describe('the policy of pages', () => {
  const policy = createSecurityPolicy(DEPLOYMENT);
  const serve = async (given?: SecurityPolicy, headers: Record<string, string> = {}): Promise<Response> => {
    const response = await handle(request('/tokenward-sw.js', { ...BY_BROWSER, ...headers }), given);
    if (response === undefined) throw new Error('The handler left the worker script to others.');
    return response;
  };

  test('stands before the script where the server has one, and nowhere else', async () => {
    const [carried, plain] = [await (await serve(policy)).text(), await (await serve()).text()].map(splitSecret);

    expect(JSON.parse(carried?.policy ?? '')).toEqual(policy);
    expect(carried?.script).toBe(SCRIPT);
    expect(plain).toMatchObject({ policy: '', script: SCRIPT });
  });

  test('makes another release of the worker when it changes', async () => {
    const entityTag = (await serve(policy)).headers.get('etag') ?? '';
    const check = { 'if-none-match': entityTag };

    expect((await serve(policy, check)).status).toBe(304);
    const other = createSecurityPolicy({ ...DEPLOYMENT, frames: ['https://pay.example'] });
    expect((await serve(other, check)).status).toBe(200);
    expect((await serve(undefined, check)).status).toBe(200);
  });
});
