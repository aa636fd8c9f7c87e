import { readFile, writeFile } from 'node:fs/promises';
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
  // Asked once for all tests: some servers start a program for each.
  let installed: Promise<readonly RawResponse[]> | undefined;
  const installOften = (): Promise<readonly RawResponse[]> =>
    (installed ??= Promise.all(Array.from({ length: 50 }, () => install())));

  test('gives the worker script 256 random bits, another time others, and the headers of the handler', async () => {
    const responses = await installOften();

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
    const responses = await installOften();

    const parts = responses.flatMap(({ body }) => splitSecret(body).secret.match(/.{16}/g) ?? []);
    expect(parts.length).toBeGreaterThanOrEqual(100);
    // 64 bits or more each: the same one twice is no accident, neither in two secrets nor in one.
    expect(new Set(parts).size).toBe(parts.length);
  });

  test('makes an update check find nothing new until the script changes', async () => {
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
    await writeFile(server.workerFile, `${SCRIPT}// next`);
    const changed = await install({ 'if-none-match': entityTag });
    await writeFile(server.workerFile, SCRIPT);

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

  test('writes the secret into no log', async () => {
    const { secret } = splitSecret((await install()).body);
    await send(`${server.origin}/logged-later`);
    await expect.poll(() => server.log()).toContain('/logged-later');

    const log = await server.log();

    for (let first = 0; first + 16 <= secret.length; first++) {
      expect(log.includes(secret.slice(first, first + 16))).toBe(false);
    }
  });
});

/** A request that a server refuses before it reads the whole head. */
interface EarlyError {
  readonly what: string;
  /** Text behind the path. */
  readonly query?: string;
  readonly cookies?: number;
  /** The status elsewhere on the origin. */
  readonly status: number;
}

describe.each([
  {
    name: 'nginx',
    start: startNginx,
    errors: [
      { what: 'a URL that is too long', query: 'a'.repeat(300_000), status: 400 },
      { what: 'cookies that are too long', cookies: 300_000, status: 400 },
    ] satisfies EarlyError[],
    badPath: 400,
  },
  {
    name: 'Apache',
    start: startApache,
    errors: [
      { what: 'a URL that is too long', query: 'a'.repeat(20_000), status: 414 },
      { what: 'cookies that are too long', cookies: 2_200_000, status: 400 },
    ] satisfies EarlyError[],
    badPath: 404,
  },
])('what $name itself answers', ({ start, errors, badPath }) => {
  let server: SnippetServer;
  beforeAll(async () => {
    server = await start();
  }, 600_000);
  afterAll(() => server?.stop());

  const ask = (path: string, { query = '', cookies = 0 }: Partial<EarlyError> = {}): Promise<RawResponse> =>
    send(`${server.origin}${path}${query}`, { headers: { cookie: 'a'.repeat(cookies) } });

  test.each<EarlyError & { readonly path: string }>([
    ...errors.map((error) => ({ ...error, path: '/?' })),
    { what: 'a path that is none', path: '/%00', status: badPath },
  ])('to $what is of no use to script in a frame', async ({ path, status, ...error }) => {
    const response = await ask(path, error);

    expect(response.status).toBe(status);
    expect(response.headers['content-security-policy']).toMatch(/^sandbox; |^frame-src 'none'; /);
    expect(response.headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(response.headers.vary).toBe('Sec-Fetch-Dest');
    expect(response.headers['clear-site-data']).toBeUndefined();
  });

  test.each(errors)('to $what at the callback leads to an address without a code', async (error) => {
    const response = await ask('/auth/callback?code=SECRET&state=', error);

    expect(response.status).toBe(303);
    expect(response.headers.location?.replace('https://app.example', '')).toBe('/auth/callback?_#_');
    expect(response.headers['clear-site-data']).toBe('"cookies"');
    expect(headersOf(response)).toMatchObject({
      'content-security-policy': [expect.stringMatching(/^sandbox; default-src 'none'; /)],
      'cache-control': ['no-store'],
      'referrer-policy': ['no-referrer'],
    });
    expect(response.body).not.toContain('SECRET');
  });

  test.each(['/.tokenward/early', '/.tokenward/early-callback'])(
    'clears no cookies where script asks for %s',
    async (path) => {
      expect((await ask(path)).headers['clear-site-data']).toBeUndefined();
    },
  );
});

describe.each([
  ['nginx', startNginx],
  ['Caddy', startCaddy],
  ['Apache', startApache],
] as const)('%s', (_, start) => {
  let server: SnippetServer;
  beforeAll(async () => {
    server = await start();
  }, 600_000);
  afterAll(() => server?.stop());

  test('takes 200 KB of cookies, at the callback and for an update of the worker', async () => {
    const cookie = 'a'.repeat(200_000);

    const callback = await send(`${server.origin}/auth/callback?code=SECRET`, { headers: { cookie } });
    const update = await send(`${server.origin}/tokenward-sw.js`, { headers: { ...BY_BROWSER, cookie } });

    expect([callback.status, callback.headers['clear-site-data']]).toEqual([303, undefined]);
    expect(splitSecret(update.body).script).toBe(SCRIPT);
  });
});

describe('the static documents', () => {
  test.each([
    ['callback.html', '/auth/callback?_'],
    ['endpoint.html', '/auth/login'],
  ])('%s is the one that the handler serves', async (file, path) => {
    const text = await readFile(new URL(`../../docs/deployment/nginx/${file}`, import.meta.url), 'utf8');

    const response = await handle(new Request(`https://app.example${path}`));

    expect(text).toBe(await response?.text());
  });
});
