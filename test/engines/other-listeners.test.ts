import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { TokenwardOptions } from 'tokenward/sw';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, openBarePage, signIn } from '../support/app-page.ts';
import { test } from '../support/engines/engine-test.ts';
import type { EnginePage } from '../support/engines/engine.ts';

/**
 * A worker script that answers every request from the network but navigations from the network, by a listener that it adds while it
 * is evaluated, as Angular's worker does.
 */
const ANSWERS_ALL = `
const warnings = [];
console.warn = (text) => warnings.push(text);
self.addEventListener('fetch', (event) => {
  if (event.request.url.endsWith('/of-the-other')) return event.respondWith(new Response('the other listener'));
  if (event.request.url.endsWith('/warnings')) return event.respondWith(Response.json(warnings));
  if (event.request.mode !== 'navigate') event.respondWith(fetch(event.request));
});
`;

/**
 * Stands in for MSW's worker: pages tell it that they have handlers, and answer its requests. It unregisters itself when the last page
 * says that it is closed.
 */
const MOCKS = `
self.addEventListener('message', (event) => {
  if (event.data === 'CLIENT_CLOSED') event.stopImmediatePropagation();
});
const active = new Set();
self.addEventListener('message', (event) => {
  if (event.data === 'MOCK_ACTIVATE') {
    active.add(event.source.id);
    event.source.postMessage({ type: 'MOCKING_ENABLED' });
  }
  if (event.data === 'CLIENT_CLOSED') self.registration.unregister();
});
self.addEventListener('fetch', (event) => {
  if (event.request.mode === 'navigate' || active.size === 0) return;
  event.respondWith(active.has(event.clientId) ? ask(event) : fetch(event.request));
});
async function ask(event) {
  const client = await self.clients.get(event.clientId);
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((resolve) => { port1.onmessage = ({ data }) => resolve(data); });
  client.postMessage({ type: 'REQUEST', url: event.request.url, token: event.request.headers.get('authorization') }, [port2]);
  const { type, body } = await answer;
  return type === 'MOCK_RESPONSE' ? new Response(body) : fetch(event.request);
}
`;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ app: { securityHeaders: 'off', workerConnections: ["'self'"] } });
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
});
afterAll(() => stack.close());
beforeEach(() => stack.api.requests.clear());

/** Deploys a worker that holds other code too. */
function deploy(where: 'before' | 'after', worker: Partial<TokenwardOptions> = {}): void {
  stack.app.configure({
    worker: { protectedResources: [{ url: stack.api.url }], ...worker },
    workerScript: (script) => (where === 'before' ? `${ANSWERS_ALL}\n${script}` : `${script}\n${ANSWERS_ALL}`),
  });
}

/** Asks the worker what it would do with a request to the API. */
function explain(page: EnginePage, path: string): Promise<{ action: string; reason: string }> {
  return page.evaluate((url) => window.tokenward.explain(url), `${stack.api.url}${path}`);
}

/** What the worker's other code answers. */
function askOther(page: EnginePage): Promise<string> {
  return page.evaluate(async () => (await fetch('/of-the-other')).text());
}

/** Starts the handlers of the page, which answer requests for notes, and say that the page closes. */
async function startMocks(page: EnginePage): Promise<void> {
  await page.evaluate(async () => {
    const { controller } = navigator.serviceWorker;
    const isEnabled = new Promise<void>((resolve) => {
      navigator.serviceWorker.addEventListener('message', ({ data, ports: [port] }) => {
        if (data.type === 'MOCKING_ENABLED') resolve();
        if (data.type !== 'REQUEST') return;
        const isMocked = String(data.url).endsWith('/notes');
        port?.postMessage(
          isMocked ? { type: 'MOCK_RESPONSE', body: `mocked, ${data.token}` } : { type: 'PASSTHROUGH' },
        );
      });
    });
    window.addEventListener('beforeunload', () => controller?.postMessage('CLIENT_CLOSED'));
    controller?.postMessage('MOCK_ACTIVATE');
    await isEnabled;
  });
}

describe('with a worker for mocks, imported as documented, the standalone worker', () => {
  test('mocks the paths that a rule excludes, and a reload keeps the worker and its session', async ({ page }) => {
    stack.app.configure({
      worker: { protectedResources: [{ url: stack.api.url, exclude: ['notes'] }] },
      workerScript: (script) => `${script}\n${MOCKS}`,
    });
    await signIn(page, stack);
    await startMocks(page);

    const mocked = await callApi(page, stack, '/notes');
    const real = await callApi(page, stack);
    await openBarePage(page, stack);
    const later = await callApi(page, stack);

    expect(mocked).toEqual({ status: 200, body: 'mocked, null' });
    expect([real.status, later.status]).toEqual([200, 200]);
    expect(stack.api.requests.list('/api/notes')).toEqual([]);
    expect(await page.evaluate(() => window.tokenward.session.status)).toBe('signed-in');
  });

  test('mocks the whole API if the configuration makes the other code answer first', async ({ page }) => {
    stack.app.configure({
      worker: { protectedResources: [{ url: stack.api.url }], precedence: 'last' },
      workerScript: (script) => `${script}\n${MOCKS}`,
    });
    await signIn(page, stack);
    const before = await callApi(page, stack);
    await startMocks(page);

    const mocked = await callApi(page, stack, '/notes');
    const passed = await callApi(page, stack);

    expect(before.status).toBe(200);
    expect(mocked).toEqual({ status: 200, body: 'mocked, null' });
    expect(passed.status).toBe(401);
  });
});

describe('beside a listener that answers every request, the standalone worker', () => {
  test('adds the token, and leaves every other request to that listener', async ({ page }) => {
    deploy('after');
    await signIn(page, stack);

    const answer = await callApi(page, stack);

    expect(answer.status).toBe(200);
    expect(stack.api.requests.list('/api/me').filter(({ method }) => method !== 'OPTIONS')).toHaveLength(1);
    expect(await explain(page, '/me')).toMatchObject({ action: 'authorize', reason: 'covered' });
    expect(await askOther(page)).toBe('the other listener');
  });

  test('makes it answer first if the configuration says so, and explains that', async ({ page }) => {
    deploy('after', { precedence: 'last' });
    await signIn(page, stack);

    const before = await explain(page, '/me');
    const answer = await callApi(page, stack);

    expect(before).toMatchObject({ action: 'authorize' });
    expect(answer.status).toBe(401);
    await expect.poll(() => explain(page, '/me')).toMatchObject({ action: 'pass', reason: 'other_listener' });
    await callApi(page, stack, '/echo?secret=x');
    const warnings = await page.evaluate(async () => (await fetch('/warnings')).text());
    expect(warnings).toContain(`answered GET ${stack.api.url}/me before Tokenward`);
    expect(warnings).not.toContain('/echo');
    expect(await explain(page, '/notes')).toEqual({
      action: 'pass',
      reason: 'other_listener',
      rule: 'protectedResources[0]',
    });
  });

  test('explains that it answers first where the worker imports it first', async ({ page }) => {
    deploy('before');
    await signIn(page, stack);
    await page.evaluate(() => fetch('/auth/session'));
    const answer = await callApi(page, stack);

    expect(answer.status).toBe(401);
    await expect.poll(() => explain(page, '/notes')).toMatchObject({ action: 'pass', reason: 'other_listener' });
    await expect
      .poll(() => page.evaluate(() => window.tokenward.explain('/auth/session')))
      .toEqual({ action: 'pass', reason: 'other_listener' });
    expect(await page.evaluate(() => window.tokenward.explain('/elsewhere'))).toMatchObject({ reason: 'other_origin' });
  });
});
