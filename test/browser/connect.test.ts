import { afterEach, describe, expect, test, vi } from 'vitest';
import { connect } from '../../src/connect.ts';
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
  const options = { worker: `${WORKERS}/${worker}`, scope: `/scope-of-${worker}/` };
  const error: unknown = await connect(options).catch((reason: unknown) => reason);
  if (!isTokenwardError(error)) throw error;
  expect(error.message).toMatch(WHAT_TO_DO);
  return error;
}

describe('connect()', () => {
  test('resolves once the worker controls the page', async () => {
    expect(navigator.serviceWorker.controller).toBeNull();

    const client = await connect({ worker: `${WORKERS}/tokenward-sw.js` });

    expect(navigator.serviceWorker.controller?.scriptURL).toBe(`${location.origin}${WORKERS}/tokenward-sw.js`);
    expect(client.session).toEqual({ status: 'signed-out', reason: 'not-signed-in' });
  });

  test('may be called by several parts of a page at once', async () => {
    const clients = await Promise.all([1, 2, 3].map(() => connect({ worker: `${WORKERS}/tokenward-sw.js` })));

    expect(clients.map(({ session }) => session.status)).toEqual(['signed-out', 'signed-out', 'signed-out']);
  });

  test('gives a store as React and Svelte take it', async () => {
    const { getSnapshot, subscribe } = await connect({ worker: `${WORKERS}/tokenward-sw.js` });
    const heard: Session[] = [];

    const end = subscribe((session) => heard.push(session));
    end();

    expect(getSnapshot()).toBe(getSnapshot());
    expect(heard).toEqual([getSnapshot()]);
  });

  test('hears of a session from the worker alone', async () => {
    const client = await connect({ worker: `${WORKERS}/tokenward-sw.js` });
    const heard: Session[] = [];
    client.subscribe((session) => heard.push(session));
    const { port1, port2 } = new MessageChannel();
    const forged = { type: 'tokenward:session', session: { status: 'signed-in', claims: { sub: 'eve' } } };

    window.postMessage(forged, '*');
    new BroadcastChannel('tokenward').postMessage(forged);
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

  test('rejects in the worker’s own words when its configuration is wrong', async () => {
    const error = await connectError('misconfigured-sw.js');

    expect(error.code).toBe('configuration_invalid');
    expect(error.message).toContain('"issuer"');
    expect(error.message).toContain('https');
    expect(error.message).not.toContain('as.example');
  });

  test('rejects when the worker may not control the page: its scope is not allowed', async () => {
    const worker = `${WORKERS}/tokenward-sw.js`;
    const error: unknown = await connect({ worker, scope: 'https://other.example/' }).catch(
      (reason: unknown) => reason,
    );

    expect(error).toMatchObject({ name: 'TokenwardError', code: 'worker_script_failed' });
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
    ['a parameter that is not configured', { parameters: { prompt: 'login' } }],
    ['a parameter that the flow sets', { parameters: { redirect_uri: 'https://evil.test/' } }],
    ['a parameter that is no string', { parameters: { login_hint: 7 } }],
    ['parameters that are no object', { parameters: ['login_hint'] }],
    ['a parameter that is very long', { parameters: { login_hint: 'x'.repeat(5000) } }],
    ['the worker’s own words for the request', { parameters: { scope: 'openid admin' } }],
  ])('may not ask for %s', async ([, options]) => {
    const client = await connect({ worker: `${WORKERS}/tokenward-sw.js` });

    await expect(Reflect.apply(client.login, undefined, [options])).rejects.toMatchObject({
      name: 'TokenwardError',
      code: 'request_invalid',
      retryable: false,
    });
  });

  test('may not hand tokens over unless the configuration allows it', async () => {
    const client = await connect({ worker: `${WORKERS}/tokenward-sw.js` });

    await expect(client.adopt({ accessToken: 'a', idToken: 'b', expiresInSeconds: 1 })).rejects.toMatchObject({
      code: 'adoption_not_allowed',
    });
    expect(client.session.status).toBe('signed-out');
  });

  test('stays on the page when the issuer does not answer', async () => {
    const client = await connect({ worker: `${WORKERS}/tokenward-sw.js` });
    const { href } = location;

    await expect(client.login()).rejects.toMatchObject({ code: 'issuer_unreachable', retryable: true });

    expect(location.href).toBe(href);
  });

  test('says so after a time when the worker answers no more', async () => {
    const client = await connect({ worker: `${WORKERS}/tokenward-sw.js` });
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
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => timeout(shorten(ms)));
}
