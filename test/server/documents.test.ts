import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createTokenwardHandler, type TokenwardHandlerOptions } from '../../src/server/index.ts';
import { DEPLOYMENT, request } from './deployment.ts';

const BY_NAVIGATION = { 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' };

async function navigate(path: string, options: Partial<TokenwardHandlerOptions> = {}): Promise<Response> {
  const response = await createTokenwardHandler({ ...DEPLOYMENT, ...options })(request(path, BY_NAVIGATION));
  if (response === undefined) throw new Error(`The handler left ${path} to others.`);
  return response;
}

/** The directives of a policy, by name. */
function directives(response: Response): Record<string, string> {
  const policy = response.headers.get('content-security-policy') ?? '';
  const entries = policy.split('; ').map((directive) => /^(\S+) ?(.*)$/.exec(directive)?.slice(1) ?? []);
  return Object.fromEntries(entries);
}

describe('the callback document', () => {
  test('is sandboxed, and nothing else of its policy concerns framing', async () => {
    const response = await navigate('/auth/callback?_');

    expect(response.status).toBe(200);
    expect(directives(response)).toMatchObject({
      sandbox: '',
      'default-src': "'none'",
      'base-uri': "'none'",
      'form-action': "'none'",
    });
    expect(directives(response)).not.toHaveProperty('frame-ancestors');
    expect(response.headers.has('x-frame-options')).toBe(false);
  });

  test('sends no referrer, is not stored, and leaves its opener', async () => {
    const { headers } = await navigate('/auth/callback?_');

    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  test.each([
    '',
    '?',
    '?code=SECRET',
    '?error=%3Cscript%3E',
    '?_&code=SECRET',
    '?_=',
    '?error_description="><img src=x>',
  ])('stands at an address of its own, in which nothing is of the address that was asked for: %j', async (query) => {
    const response = await navigate(`/auth/callback${query}`);

    expect(response.status).toBe(303);
    // The fragment takes the place of one that may hold a code.
    expect(response.headers.get('location')).toBe('/auth/callback?_#_');
    expect(await response.text()).toBe('');
    expect(directives(response)).toHaveProperty('sandbox');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
  });

  test('has no script, and only the one style that its policy names', async () => {
    const response = await navigate('/auth/callback?_');

    const html = await response.text();
    const styles = [...html.matchAll(/<style>([^<]*)<\/style>/g)].map(([, style]) => style ?? '');
    const hashes = styles.map((style) => `'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    expect(directives(response)['style-src']).toBe(hashes.join(' '));
    expect(styles).toHaveLength(1);
    expect(html).not.toMatch(/<script|<iframe|<img|<link|<meta http-equiv|\son\w+=|\sstyle=|javascript:/i);
  });

  test('says in words what happened, with a link to sign in again and one to go on', async () => {
    const html = await (await navigate('/session/callback?_', { homePath: '/app/', endpointPath: '/session' })).text();

    expect(html).toContain('<h1>Sign-in could not be completed here</h1>');
    expect(html).toContain('<a href="/session/login">Sign in again</a>');
    expect(html).toContain('<a href="/app/">Start page</a>');
    expect(html).toContain('color-scheme: light dark');
  });

  test('links to the scope of the worker by default', async () => {
    const worker = { ...DEPLOYMENT.worker, registrationScope: '/shop/' };

    const html = await (await navigate('/auth/callback?_', { worker })).text();

    expect(html).toContain('href="/shop/"');
  });

  test('cannot be broken out of by a configured path', async () => {
    const html = await (await navigate('/auth/callback?_', { homePath: '/"><script>alert(1)</script>' })).text();

    expect(html).not.toContain('<script');
    expect(html).toContain('href="/%22%3E%3Cscript%3E');
  });

  test('stands at the path that is configured', async () => {
    const handle = createTokenwardHandler({ ...DEPLOYMENT, callbackPath: '/signed-in' });

    expect((await handle(request('/signed-in?code=abc')))?.headers.get('location')).toBe('/signed-in?_#_');
    expect((await handle(request('/signed-in?_')))?.status).toBe(200);
    expect(await handle(request('/auth/callback?code=abc'))).toBeUndefined();
  });

  test.for(['/app/', '/a/b/'])(
    'stands below the path of the app, with the endpoints and the start page: %s',
    async (base) => {
      const worker = { path: `${base}tokenward-sw.js`, script: '' };
      const handle = createTokenwardHandler({ ...DEPLOYMENT, base, worker });

      const document = await handle(request(`${base}auth/callback?_`));
      expect(await document?.text()).toMatch(
        new RegExp(`href="${base}".*href="${base}auth/login"|href="${base}auth/login".*href="${base}"`, 's'),
      );
      for (const path of ['login', 'logout', 'session'])
        expect((await handle(request(`${base}auth/${path}`)))?.status).toBe(404);
      for (const path of ['/auth/callback', '/auth/login']) expect(await handle(request(path))).toBeUndefined();
    },
  );

  test.for(['/app', 'app/', '/app/?x', ''])('refuses the path "%s" for an app', (base) => {
    expect(() => createTokenwardHandler({ ...DEPLOYMENT, base })).toThrow(/^base must/);
  });

  test('gives way to a page of the app where the app says so', async () => {
    const handle = createTokenwardHandler({ ...DEPLOYMENT, callback: 'app' });

    expect(await handle(request('/auth/callback?code=abc'))).toBeUndefined();
    expect(await handle(request('/auth/login'))).toBeDefined();
  });

  test('answers HEAD without a body, and of other methods POST alone', async () => {
    const handle = createTokenwardHandler(DEPLOYMENT);

    const head = await handle(request('/auth/callback?_', {}, 'HEAD'));
    const put = await handle(request('/auth/callback', {}, 'PUT'));

    expect(head?.status).toBe(200);
    expect(head?.headers.get('content-security-policy')).toContain('sandbox');
    expect(await head?.text()).toBe('');
    expect(put?.status).toBe(405);
    expect(put?.headers.get('allow')).toBe('GET, HEAD');
  });
});

describe('the endpoints without a worker', () => {
  test.each(['/auth/login?returnTo=/cart', '/auth/logout'])('explain themselves at %s', async (path) => {
    const response = await navigate(path);

    expect(response.status).toBe(404);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(directives(response)).toHaveProperty('sandbox');
    const html = await response.text();
    expect(html).toContain('<h1>This page needs the app</h1>');
    expect(html).not.toContain('cart');
  });

  test('say to a program that asks for the session what is missing', async () => {
    const response = await navigate('/auth/session');

    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(directives(response)).toHaveProperty('sandbox');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({ status: 404, detail: expect.stringContaining('connect()') });
  });

  test('stand below the path that is configured', async () => {
    const handle = createTokenwardHandler({ ...DEPLOYMENT, endpointPath: '/bff/' });

    expect((await handle(request('/bff/login')))?.status).toBe(404);
    expect(await handle(request('/auth/login'))).toBeUndefined();
  });
});
