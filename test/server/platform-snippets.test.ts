import { beforeAll, describe, expect, test } from 'vitest';
import { createCallbackDocument, type SecurityPolicy } from '../../src/server/index.ts';
import { BY_BROWSER, request, SCRIPT, splitSecret } from './deployment.ts';
import {
  FILES,
  loadCallbackCode,
  MADE_SCRIPT,
  type Platform,
  startCloudflare,
  startFirebase,
  startNetlify,
  startVercel,
} from './platform-snippets.ts';
import { COMPARED, handle, policy, policyWithoutGate } from './snippet-deployment.ts';

/** What of a response has to be as the handler's. */
function traitsOf(response: Response | undefined): object {
  return {
    status: response?.status,
    ...Object.fromEntries(COMPARED.map((name) => [name, response?.headers.get(name)])),
  };
}

/** The response is one of the app's, under the policy of pages. */
function expectPolicy(response: Response, expected: SecurityPolicy = policy): void {
  for (const { name, value } of expected.headers) expect(response.headers.get(name)).toBe(value);
}

const PLATFORMS = [
  { name: 'Netlify', start: startNetlify },
  { name: 'Cloudflare', start: startCloudflare },
  { name: 'Vercel', start: startVercel },
];

describe.each(PLATFORMS)('the snippet for $name', ({ start }) => {
  let platform: Platform;
  beforeAll(async () => {
    platform = await start(FILES);
  });

  const install = (headers: Record<string, string> = {}, method: string = 'GET'): Promise<Response> =>
    platform.answer(request('/tokenward-sw.js', { ...BY_BROWSER, ...headers }, method));

  test('gives the worker script another secret each time, and the headers of the handler', async () => {
    const responses = await Promise.all([install(), install()]);

    const expected = traitsOf(await handle(request('/tokenward-sw.js', BY_BROWSER)));
    const bodies = await Promise.all(responses.map((response) => response.text()));
    const [one, other] = bodies.map(splitSecret);
    expect(one?.script).toBe(MADE_SCRIPT);
    expect(one?.secret).toMatch(/^[\w-]{43}$/);
    expect(other?.secret).not.toBe(one?.secret);
    for (const response of responses) expect(traitsOf(response)).toEqual(expected);
  });

  test('makes an update check find nothing new, by the tag of the release and not of the file', async () => {
    const entityTag = (await install()).headers.get('etag') ?? '';

    const check = await install({ 'if-none-match': entityTag });
    const head = await install({}, 'HEAD');
    const other = await install({ 'if-none-match': '"file"' });

    expect(entityTag).toMatch(/^W\/"[\w-]{43}"$/);
    expect([check.status, await check.text()]).toEqual([304, '']);
    expect([head.headers.get('etag'), await head.text()]).toEqual([entityTag, '']);
    expect(splitSecret(await other.text()).script).toBe(MADE_SCRIPT);
  });

  test.each([
    ['the script to fetch', '/tokenward-sw.js', { 'sec-fetch-dest': 'empty' }],
    ['the script to a frame', '/tokenward-sw.js', { 'sec-fetch-dest': 'iframe' }],
    ['the script with a query', '/tokenward-sw.js?scope=/auth/', BY_BROWSER],
    ['the script with an empty query', '/tokenward-sw.js?', BY_BROWSER],
    ['another script as a worker', '/rogue.js', BY_BROWSER],
    ['a page as a worker', '/', BY_BROWSER],
    ['what is no script as a worker', '/deep/link', BY_BROWSER],
  ])('refuses %s', async (_, path, headers) => {
    const response = await platform.answer(request(path, headers));

    expect(response.status).toBe(403);
    expect(await response.text()).toContain('Refused: ');
  });

  test.each(['/', '/deep/link', '/rogue.js', '/auth', '/auth/other', '/auth/callback/', '/tokenward-sw.js/'])(
    'puts %s under the policy of pages',
    async (path) => {
      const response = await platform.answer(request(path));

      expect(response.status).toBe(200);
      expectPolicy(response);
    },
  );

  test('makes the worker script where a build of the app has emitted one without a secret', async () => {
    const emitted = await start({ ...FILES, '/tokenward-sw.js': SCRIPT });

    const response = await emitted.answer(request('/tokenward-sw.js', BY_BROWSER));

    expect(splitSecret(await response.text()).script).toBe(MADE_SCRIPT);
  });

  test.each(['/tokenward/auto.js', '/tokenward/page.js'])(
    'serves %s as a module, under the policy of pages',
    async (path) => {
      const response = await platform.answer(request(path));

      expect(response.headers.get('content-type')).toBe('text/javascript');
      expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expectPolicy(response);
    },
  );
});

describe.each(['all', 'files'] as const)('the snippet for Firebase, where its headers hold for %s', (headersOf) => {
  let platform: Platform;
  beforeAll(async () => {
    platform = await startFirebase(headersOf);
  });

  test('gives the worker script another secret each time, under its own policy', async () => {
    const one = await platform.answer(request('/tokenward-sw.js', BY_BROWSER));
    const other = await platform.answer(request('/tokenward-sw.js', BY_BROWSER));
    const check = await platform.answer(
      request('/tokenward-sw.js', { ...BY_BROWSER, 'if-none-match': one.headers.get('etag') ?? '' }),
    );

    const { secret, script } = splitSecret(await one.text());
    expect(script).toBe(MADE_SCRIPT);
    expect(splitSecret(await other.text()).secret).not.toBe(secret);
    expect(traitsOf(one)).toMatchObject({
      status: 200,
      'cache-control': 'private, no-cache',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; connect-src https://login.example https://api.example",
      vary: 'Sec-Fetch-Dest',
    });
    expect(check.status).toBe(304);
  });

  test.each([
    ['to fetch', '/tokenward-sw.js', { 'sec-fetch-dest': 'empty' }],
    ['with a query', '/tokenward-sw.js?scope=/auth/', BY_BROWSER],
  ])('refuses the script %s', async (_, path, headers) => {
    const response = await platform.answer(request(path, headers));

    expect(response.status).toBe(403);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  test.each(['/', '/deep/link', '/rogue.js', '/auth/other', '/auth/callback/'])(
    'puts %s under the policy of pages',
    async (path) => {
      expectPolicy(await platform.answer(request(path)), policyWithoutGate);
    },
  );
});

describe.each([
  ...PLATFORMS,
  { name: 'Firebase', start: () => startFirebase('files') },
  { name: 'Firebase, its headers over all', start: () => startFirebase('all') },
])('the documents on $name', ({ start }) => {
  let platform: Platform;
  beforeAll(async () => {
    platform = await start(FILES);
  });

  test.each([
    '/auth/callback?code=abc&state=def',
    '/auth/callback?_',
    '/auth/login?returnTo=/cart',
    '/auth/logout',
    '/auth/session',
  ])('are the handler’s at %s', async (path) => {
    const response = await platform.answer(request(path));

    const expected = await handle(request(path));
    expect(traitsOf(response)).toEqual(traitsOf(expected));
    expect(await response.text()).toBe(await expected?.text());
  });

  test('discard a response that is posted to the callback', async () => {
    const response = await platform.answer(request('/auth/callback', { origin: 'null' }, 'POST'));

    const expected = await handle(request('/auth/callback', {}, 'POST'));
    expect(response.status).toBe(303);
    expect(traitsOf(response)).toEqual(traitsOf(expected));
  });
});

describe.each([
  ['Netlify', 'netlify'],
  ['Cloudflare', 'cloudflare'],
  ['Vercel', 'vercel'],
  ['Firebase Hosting', 'firebase'],
] as const)('to run the code for the second origin on %s', (_, host) => {
  let answer: ((request: Request) => Promise<Response>) | undefined;
  beforeAll(async () => {
    answer = await loadCallbackCode(host);
  });

  test.each([
    ['/?code=SECRET', 'GET', 200],
    ['/', 'HEAD', 200],
    ['/other.js?code=SECRET', 'GET', 404],
    ['/', 'POST', 405],
    ['/', 'OPTIONS', 405],
  ])('answers %s by %s with the headers of the document', async (path, method, status) => {
    const { headers } = await createCallbackDocument({
      redirectUri: 'https://signin.app.example/',
      appCallback: 'https://app.example/auth/callback',
    });

    const response = await answer?.(new Request(`https://signin.app.example${path}`, { method }));

    expect(response?.status).toBe(status);
    expect(Object.fromEntries(response?.headers ?? [])).toMatchObject(headers);
    expect(response?.headers.has('access-control-allow-origin')).toBe(false);
  });
});
