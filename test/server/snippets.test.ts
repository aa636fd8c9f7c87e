import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BY_BROWSER, SCRIPT, splitSecret } from './deployment.ts';
import { send, type RawRequest, type RawResponse } from './http-client.ts';
import { COMPARED, handle, policy } from './snippet-deployment.ts';
import { startApache, startCaddy, startNginx, type SnippetServer } from './snippet-servers.ts';

/** The headers that matter, as a server sent them. */
function headersOf(response: RawResponse): Record<string, readonly string[]> {
  return Object.fromEntries(COMPARED.map((name) => [name, response.lines(name)]));
}

/** The headers that matter, as the handler would send them. */
async function expectedHeaders(path: string, { headers, method = 'GET' }: RawRequest = {}): Promise<object> {
  const response = await handle(new Request(`https://app.example${path}`, { method, headers: { ...headers } }));
  if (response === undefined) throw new Error(`The handler leaves ${path} to others.`);
  const present = (name: string): readonly string[] => {
    const value = response.headers.get(name);
    return value === null ? [] : [value];
  };
  return Object.fromEntries(COMPARED.map((name) => [name, present(name)]));
}

describe.each([
  { name: 'nginx', start: startNginx, secretForm: /^[0-9a-f]{64}$/ },
  { name: 'Caddy', start: startCaddy, secretForm: /^[A-Za-z0-9_-]{43}$/ },
  { name: 'Apache', start: startApache, secretForm: /^[0-9a-f]{64}$/ },
])('the snippet for $name', ({ start, secretForm }) => {
  let server: SnippetServer;
  // The package may have to be installed first.
  beforeAll(async () => {
    server = await start();
  }, 600_000);
  afterAll(() => server?.stop());

  const install = (headers: Record<string, string> = {}, method: string = 'GET'): Promise<RawResponse> =>
    send(`${server.origin}/tokenward-sw.js`, { method, headers: { ...BY_BROWSER, ...headers } });

  test('gives the worker script 256 random bits, another time others, and the headers of the handler', async () => {
    const responses = await Promise.all(Array.from({ length: 50 }, () => install()));

    const secrets = responses.map(({ body }) => splitSecret(body).secret);
    expect(new Set(secrets).size).toBe(50);
    for (const secret of secrets) expect(secret).toMatch(secretForm);
    for (const response of responses) {
      expect(response.status).toBe(200);
      expect(splitSecret(response.body).script).toBe(SCRIPT);
      expect(headersOf(response)).toEqual(await expectedHeaders('/tokenward-sw.js', { headers: BY_BROWSER }));
      expect(response.headers['last-modified']).toBeUndefined();
    }
  });

  test('draws every part of the secret anew', async () => {
    const bodies = await Promise.all(Array.from({ length: 50 }, async () => (await install()).body));

    const parts = bodies.flatMap((body) => splitSecret(body).secret.match(/.{16}/g) ?? []);
    expect(parts.length).toBeGreaterThanOrEqual(100);
    // 64 bits or more each: the same one twice is no accident, neither in two secrets nor in one.
    expect(new Set(parts).size).toBe(parts.length);
  });

  test('lets an update check find nothing new until the script changes', async () => {
    const first = await install();
    const entityTag = first.headers.etag ?? '';

    const checks = await Promise.all([
      install({ 'if-none-match': entityTag }),
      install({ 'if-none-match': entityTag.replace('W/', '') }),
      install({ 'if-none-match': `"a,b", ${entityTag}` }),
      install({ 'if-none-match': '*' }),
      install({ 'if-none-match': entityTag }, 'HEAD'),
    ]);
    const other = await install({ 'if-none-match': '"other"' });
    await writeFile(join(server.appFolder, 'tokenward-sw.js'), `${SCRIPT}// next`);
    const changed = await install({ 'if-none-match': entityTag });
    await writeFile(join(server.appFolder, 'tokenward-sw.js'), SCRIPT);

    expect(entityTag).toMatch(/^W\/"[^"]+"$/);
    for (const check of checks) {
      expect([check.status, check.body]).toEqual([304, '']);
      expect(check.headers.etag?.replace('W/', '')).toBe(entityTag.replace('W/', ''));
      expect(check.headers.vary).toBe('Sec-Fetch-Dest');
      expect(check.headers['cache-control']).toBe('private, no-cache');
    }
    expect(other.status).toBe(200);
    expect(changed.status).toBe(200);
    expect(changed.headers.etag).not.toBe(entityTag);
    expect(splitSecret(changed.body).script).toBe(`${SCRIPT}// next`);
  });

  test('answers HEAD without a secret, and no part of the script alone', async () => {
    const head = await install({}, 'HEAD');
    const part = await install({ range: 'bytes=0-70' });

    expect([head.status, head.body]).toEqual([200, '']);
    expect(head.headers.etag).toMatch(/^W\//);
    expect(part.status).toBe(200);
    expect(splitSecret(part.body).script).toBe(SCRIPT);
  });

  test.each([
    ['to no Sec-Fetch-Dest', '/tokenward-sw.js', {}],
    ['to a script element', '/tokenward-sw.js', { 'sec-fetch-dest': 'script' }],
    ['to fetch', '/tokenward-sw.js', { 'sec-fetch-dest': 'empty', 'service-worker': 'script' }],
    ['to a frame', '/tokenward-sw.js', { 'sec-fetch-dest': 'iframe' }],
    ['to an import', '/tokenward-sw.js', { 'sec-fetch-dest': 'serviceworker', 'sec-fetch-mode': 'cors' }],
    ['by another spelling', '/%74okenward-sw.js', {}],
    ['with a query', '/tokenward-sw.js?scope=/auth/', BY_BROWSER],
    ['with an empty query', '/tokenward-sw.js?', BY_BROWSER],
    ['with a query to a script element', '/tokenward-sw.js?', { 'sec-fetch-dest': 'script' }],
    ['by another spelling as a worker', '/%74okenward-sw.js', BY_BROWSER],
    ['in other letters as a worker', '/Tokenward-SW.js', BY_BROWSER],
    ['below itself as a worker', '/tokenward-sw.js/', BY_BROWSER],
    ['for another script as a worker', '/rogue.js', BY_BROWSER],
    ['for a page as a worker', '/', BY_BROWSER],
    ['for the callback as a worker', '/auth/callback', BY_BROWSER],
  ])('refuses the script %s', async (_, path, headers) => {
    const response = await send(server.origin + path, { headers: { ...headers, 'if-none-match': '*' } });

    expect(response.status).toBe(403);
    expect(response.body).toContain('Refused: ');
    expect(headersOf(response)).toEqual(await expectedHeaders('/tokenward-sw.js'));
  });

  test('does not give the script to a method that writes', async () => {
    const response = await install({}, 'POST');

    expect(response.status).toBe(403);
    expect(response.headers['cache-control']).toBe('no-store');
  });

  test('leaves other scripts to pages, and imports to a module worker', async () => {
    const asScript = await send(`${server.origin}/rogue.js`, { headers: { 'sec-fetch-dest': 'script' } });
    const asImport = await send(`${server.origin}/rogue.js`, {
      headers: { 'sec-fetch-dest': 'serviceworker', 'sec-fetch-mode': 'cors' },
    });

    expect([asScript.status, asImport.status]).toEqual([200, 200]);
  });

  test.each([
    ['/auth/callback?_', 200],
    ['/auth/login?returnTo=/cart', 404],
    ['/auth/logout', 404],
    ['/auth/session', 404],
  ])('answers %s as the handler does', async (path, status) => {
    const response = await send(server.origin + path, { headers: { 'if-none-match': '"any"' } });

    const expected = await handle(new Request(`https://app.example${path}`));
    expect(response.status).toBe(status);
    expect(response.body).toBe(await expected?.text());
    expect(headersOf(response)).toEqual(await expectedHeaders(path));
    expect(response.headers.etag).toBeUndefined();
    expect(response.headers['last-modified']).toBeUndefined();
  });

  test.each(['/auth/callback?code=abc&state=def', '/auth/callback', '/auth/callback?', '/auth/callback?_&code=abc'])(
    'leads from %s to an address without a code, as the handler does',
    async (path) => {
      const response = await send(server.origin + path, { headers: { 'if-none-match': '"any"' } });

      const expected = await handle(new Request(`https://app.example${path}`));
      // No browser shows what a redirect has to say, in whatever words and format.
      const anyFormat = { 'content-type': response.lines('content-type') };
      expect(response.status).toBe(303);
      expect(response.lines('location')).toEqual([expected?.headers.get('location')]);
      expect(headersOf(response)).toEqual({ ...(await expectedHeaders(path)), ...anyFormat });
    },
  );

  test('discards a response that is posted to the callback, by the same 303 as the handler', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded', origin: 'null' };

    const response = await send(`${server.origin}/auth/callback`, {
      method: 'POST',
      headers: { ...form, 'content-length': '11' },
      body: 'code=SECRET',
    });

    const anyFormat = { 'content-type': response.lines('content-type') };
    expect(response.status).toBe(303);
    expect(response.lines('location')).toEqual(['/auth/callback?_#_']);
    expect(headersOf(response)).toEqual({ ...(await expectedHeaders('/auth/callback')), ...anyFormat });
    expect(response.body).not.toContain('SECRET');
  });

  test.each(['/', '/deep/link', '/rogue.js', '/auth/callback/'])('puts %s under the policy of pages', async (path) => {
    const response = await send(server.origin + path);

    expect(response.status).toBe(200);
    for (const { name, value } of policy.headers) expect(response.lines(name)).toEqual([value]);
  });

  test('tells no log what the secret is', async () => {
    const { secret } = splitSecret((await install()).body);
    await send(`${server.origin}/logged-later`);
    await expect.poll(() => server.log()).toContain('/logged-later');

    const log = await server.log();

    for (let first = 0; first + 16 <= secret.length; first++) {
      expect(log.includes(secret.slice(first, first + 16))).toBe(false);
    }
  });
});

describe.each([
  { name: 'nginx', start: startNginx, badPath: 400 },
  { name: 'Apache', start: startApache, badPath: 404 },
])('what $name itself answers', ({ start, badPath }) => {
  let server: SnippetServer;
  beforeAll(async () => {
    server = await start();
  }, 600_000);
  afterAll(() => server?.stop());

  test.each([
    ['a URL that is too long', `/?${'a'.repeat(20_000)}`, {}, 414],
    ['cookies that are too long', '/', { cookie: 'a'.repeat(20_000) }, 400],
    ['a path that is none', '/%00', {}, badPath],
  ])('to %s is under the policy of pages', async (_, path, headers, status) => {
    const response = await send(server.origin + path, { headers });

    expect(response.status).toBe(status);
    for (const { name, value } of policy.headers) expect(response.lines(name)).toEqual([value]);
  });
});

describe('the static documents', () => {
  test.each([
    ['callback.html', '/auth/callback?_'],
    ['endpoint.html', '/auth/login'],
  ])('%s is the one that the handler serves', async (file, path) => {
    const text = await readFile(new URL(`../../docs/deployment/${file}`, import.meta.url), 'utf8');

    const response = await handle(new Request(`https://app.example${path}`));

    expect(text).toBe(await response?.text());
  });
});
