import { afterEach, describe, expect, test, vi } from 'vitest';
import { connect } from '../../src/page/connect.ts';
import { isTokenwardError, type TokenwardError } from '../../src/protocol/error.ts';
import { WHAT_TO_DO } from '../support/error-message.ts';
import type { Session } from '../../src/protocol/session.ts';

const WORKERS = '/test/browser/workers';

afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  const registrations = await navigator.serviceWorker.getRegistrations();
  // A registration would go on into the next test, and into the next file.
  await Promise.all(registrations.map((registration) => registration.unregister()));
});

/**
 * What `connect()` rejects with. Each of these workers has a scope of its own, where no other worker is active: with one
 * that is, `connect()` goes on.
 */
async function connectError(worker: string): Promise<TokenwardError> {
  const error = await rejectionOf({ worker: `${WORKERS}/${worker}`, scope: `/scope-of-${worker}/` });
  expect(error.message).toMatch(WHAT_TO_DO);
  return error;
}

/** What `connect()` rejects with, whatever it is given. */
async function rejectionOf(...options: readonly unknown[]): Promise<TokenwardError> {
  const error: unknown = await Reflect.apply(connect, undefined, options).catch((reason: unknown) => reason);
  if (!isTokenwardError(error)) throw error;
  return error;
}

describe('connect()', () => {
  test('resolves once the worker controls the page', async () => {
    expect(navigator.serviceWorker.controller).toBeNull();

    const client = await connect({ worker: `${WORKERS}/tokenward-sw.js`, scope: '/' });

    expect(navigator.serviceWorker.controller?.scriptURL).toBe(`${location.origin}${WORKERS}/tokenward-sw.js`);
    expect(client.session).toEqual({ status: 'signed-out', reason: 'not-signed-in' });
  });

  test('may be called by several parts of a page at once', async () => {
    const clients = await Promise.all(
      [1, 2, 3].map(() => connect({ worker: `${WORKERS}/tokenward-sw.js`, scope: '/' })),
    );

    expect(clients.map(({ session }) => session.status)).toEqual(['signed-out', 'signed-out', 'signed-out']);
  });

  test('gives a store that React and Svelte accept', async () => {
    const { getSnapshot, subscribe } = await connect({ worker: `${WORKERS}/tokenward-sw.js`, scope: '/' });
    const heard: Session[] = [];

    const end = subscribe((session) => heard.push(session));
    end();

    expect(getSnapshot()).toBe(getSnapshot());
    expect(heard).toEqual([getSnapshot()]);
  });

  test('gets a session from the worker alone', async () => {
    const client = await connect({ worker: `${WORKERS}/tokenward-sw.js`, scope: '/' });
    const heard: Session[] = [];
    client.subscribe((session) => heard.push(session));
    const { port1, port2 } = new MessageChannel();
    const scope = new URL('/', location.href).href;
    const forged = { type: 'tokenward:session', scope, session: { status: 'signed-in', claims: { sub: 'eve' } } };

    window.postMessage(forged, '*');
    for (const name of ['tokenward', `tokenward ${scope}`]) new BroadcastChannel(name).postMessage(forged);
    port1.postMessage(forged);
    await new Promise((resolve) => {
      port2.onmessage = resolve;
    });

    expect(heard).toHaveLength(1);
    expect(client.session.status).toBe('signed-out');
  });

  test.for<[what: string, worker: string, code: string]>([
    ['there is no worker script', 'missing-sw.js', 'worker_script_not_found'],
    ['the worker script is a page', 'page.html', 'worker_script_not_javascript'],
    ['the worker script throws', 'throwing-sw.js', 'worker_script_failed'],
    ['the worker does not install', 'rejecting-sw.js', 'worker_script_failed'],
    ['the worker is of another release', 'future-sw.js', 'worker_version_mismatch'],
  ])('rejects when %s', async ([, worker, code]) => {
    const error = await connectError(worker);

    expect(error.code).toBe(code);
    expect(error.retryable).toBe(false);
  });

  test.for<[worker: string, imported: string, what: RegExp]>([
    ['importing-page-sw.js', '/test/browser/workers/page.html', /is an HTML page/],
    ['importing-text-sw.js', '/package.json', /is not JavaScript: its content type is application\/json/],
    ['importing-nothing-sw.js', './nowhere/tokenward-lib.json', /is not there|is an HTML page/],
  ])('names the file that the worker cannot import: %s', async ([worker, imported, what]) => {
    const error = await connectError(worker);

    expect(error.code).toBe('worker_script_failed');
    expect(error.message).toContain(`${worker} imports ${imported}, which`);
    expect(error.message).toMatch(what);
  });

  test.for<[what: string, options: object, origin: string]>([
    ['the worker', { worker: 'http://localhost:9/tokenward-sw.js' }, 'http://localhost:9'],
    ['the scope', { worker: '/tokenward-sw.js', scope: 'https://other.example/app/' }, 'https://other.example'],
  ])('says so when %s is on another origin, which no browser allows', async ([, options, origin]) => {
    const error = await rejectionOf(options);

    expect(error.code).toBe('worker_script_failed');
    expect(error.message).toContain(`${origin} is not of the page's own origin`);
    expect(error.message).toContain(location.origin);
    expect(error.message).toMatch(WHAT_TO_DO);
  });

  test('says so when the page is not in the scope', async () => {
    const error = await rejectionOf({ worker: `${WORKERS}/tokenward-sw-elsewhere.js`, scope: '/elsewhere/' });

    expect(error.code).toBe('configuration_invalid');
    expect(error.message).toContain('/elsewhere/');
    expect(error.message).toMatch(WHAT_TO_DO);
  });

  test.for<[what: string, options: unknown, message: string]>([
    ['workerUrl', { workerUrl: '/sw.js' }, 'There is no option "workerUrl"; did you mean "worker"?'],
    ['Scope', { worker: '/sw.js', Scope: '/' }, 'There is no option "Scope"; did you mean "scope"?'],
    ['renew', { renew: 'manual' }, 'There is no option "renew"; did you mean "renewal"?'],
    ['clientId', { clientId: 'spa' }, 'There is no option "clientId"; there are worker, scope, type, renewal.'],
    ['a type', { type: 'esm' }, '"type" must be classic or module.'],
    ['a renewal', { renewal: false }, '"renewal" must be a string'],
    ['a worker', { worker: 'https://[' }, '"worker" must be a URL.'],
    ['an empty scope', { scope: '' }, '"scope" must be a string that is not empty.'],
    ['the URL itself', '/sw.js', 'Its argument must be an object.'],
    ['a list', [], 'Its argument must be an object.'],
  ])('refuses an option that is wrong: %s', async ([, options, message]) => {
    const error = await rejectionOf(options);

    expect(error.code).toBe('configuration_invalid');
    expect(error.message).toContain(message);
    expect(error.message).toMatch(/Correct the call\.$/);
    expect(await navigator.serviceWorker.getRegistrations()).toEqual([]);
  });

  test('registers /tokenward-sw.js by default', async () => {
    const register = vi.spyOn(ServiceWorkerContainer.prototype, 'register');

    const error = await rejectionOf(undefined);

    const { href: scope } = new URL('/', location.href);
    expect(register).toHaveBeenCalledExactlyOnceWith(expect.anything(), { scope, type: 'classic' });
    // Where the browser has Trusted Types, it is one.
    expect(String(register.mock.calls[0]?.[0])).toBe(`${scope}tokenward-sw.js`);
    expect(error.message).toContain('/tokenward-sw.js');
  });

  test('rejects in the worker’s own words when its configuration is wrong', async () => {
    const error = await connectError('misconfigured-sw.js');

    expect(error.code).toBe('configuration_invalid');
    expect(error.message).toContain('"issuer"');
    expect(error.message).toContain('https');
    expect(error.message).not.toContain('as.example');
  });

  test('rejects after a time when the worker does not answer', async () => {
    hurry();

    const error = await connectError('silent-sw.js');

    expect(error.code).toBe('worker_timeout');
    expect(error.retryable).toBe(true);
  });
});

describe('a client', () => {
  test.for<[what: string, options: object]>([
    ['a scope that is not configured', { scopes: ['openid', 'admin'] }],
    ['an option that there is not', { loginHint: 'ada' }],
    ['an option that is misspelt', { scope: ['openid'] }],
    ['a parameter that is not configured', { parameters: { prompt: 'login' } }],
    ['a parameter that the flow sets', { parameters: { redirect_uri: 'https://evil.test/' } }],
    ['a parameter that is no string', { parameters: { login_hint: 7 } }],
    ['parameters that are no object', { parameters: ['login_hint'] }],
    ['a parameter that is very long', { parameters: { login_hint: 'x'.repeat(5000) } }],
    ['the worker’s own words for the request', { parameters: { scope: 'openid admin' } }],
  ])('may not ask for %s', async ([, options]) => {
    const client = await connect({ worker: `${WORKERS}/tokenward-sw.js`, scope: '/' });

    await expect(Reflect.apply(client.login, undefined, [options])).rejects.toMatchObject({
      name: 'TokenwardError',
      code: 'request_invalid',
      retryable: false,
    });
  });

  test('says which option of a sign-in was meant', async () => {
    const client = await connect({ worker: `${WORKERS}/tokenward-sw.js`, scope: '/' });
    const login = (options: object): Promise<unknown> => Reflect.apply(client.login, undefined, [options]);

    await expect(login({ scope: [] })).rejects.toThrow('There is no option "scope"; did you mean "scopes"?');
    await expect(login({ return_to: '/' })).rejects.toThrow('There is no option "return_to"; did you mean "returnTo"?');
    await expect(login({ parameter: {} })).rejects.toThrow(
      'There is no option "parameter"; did you mean "parameters"?',
    );
  });

  test('does not treat an event as the options of a sign-in', async () => {
    const client = await connect({ worker: `${WORKERS}/tokenward-sw.js`, scope: '/' });

    await expect(Reflect.apply(client.login, undefined, [new MouseEvent('click')])).rejects.toMatchObject({
      code: 'issuer_unreachable',
    });
  });

  test('may not hand tokens over unless the configuration allows it', async () => {
    const client = await connect({ worker: `${WORKERS}/tokenward-sw.js`, scope: '/' });

    await expect(client.adopt({ accessToken: 'a', idToken: 'b', expiresInSeconds: 1 })).rejects.toMatchObject({
      code: 'adoption_not_allowed',
    });
    expect(client.session.status).toBe('signed-out');
  });

  test('stays on the page when the issuer does not answer', async () => {
    const client = await connect({ worker: `${WORKERS}/tokenward-sw.js`, scope: '/' });
    const { href } = location;

    await expect(client.login()).rejects.toMatchObject({ code: 'issuer_unreachable', retryable: true });

    expect(location.href).toBe(href);
  });

  test('says so after a time when the worker no longer answers', async () => {
    const client = await connect({ worker: `${WORKERS}/tokenward-sw.js`, scope: '/' });
    hurry();
    vi.spyOn(ServiceWorker.prototype, 'postMessage').mockImplementation(() => {});

    await expect(client.login()).rejects.toMatchObject({ code: 'worker_timeout', retryable: true });
  });
});

/** Makes every wait of more than a second last a tenth of one. */
function hurry(): void {
  const { setTimeout: setRealTimeout } = globalThis;
  const shorten = (ms: number | undefined): number => (ms !== undefined && ms > 1000 ? 100 : (ms ?? 0));
  vi.spyOn(globalThis, 'setTimeout').mockImplementation((handler, ms, ...values) =>
    setRealTimeout(handler, shorten(ms), ...values),
  );
  // The library counts the seconds in which the page runs.
  const { setInterval: setRealInterval } = globalThis;
  vi.spyOn(globalThis, 'setInterval').mockImplementation((handler, ms, ...values) =>
    setRealInterval(handler, ms === 1000 ? 10 : ms, ...values),
  );
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() * 500);
}
