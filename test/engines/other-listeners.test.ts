import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { TokenwardOptions } from 'tokenward/sw';
import { startStack, type Stack } from '../../demo/stack.ts';
import { callApi } from '../support/app-page.ts';
import { signInToApp } from '../support/engines/engine-app.ts';
import { test } from '../support/engines/engine-test.ts';
import type { EnginePage } from '../support/engines/engine.ts';

/**
 * A worker script that answers every request from the network but navigations from the network, by a listener that it adds while it
 * is evaluated, as Angular's worker does.
 */
const ANSWERS_ALL = `
self.addEventListener('fetch', (event) => {
  if (event.request.url.endsWith('/of-the-other')) return event.respondWith(new Response('the other listener'));
  if (event.request.mode !== 'navigate') event.respondWith(fetch(event.request));
});
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
    worker,
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

describe('beside a listener that answers every request, the standalone worker', () => {
  test('adds the token, and leaves every other request to that listener', async ({ page }) => {
    deploy('after');
    await signInToApp(page, stack);

    const answer = await callApi(page, stack);

    expect(answer.status).toBe(200);
    expect(stack.api.requests.list('/api/me').filter(({ method }) => method !== 'OPTIONS')).toHaveLength(1);
    expect(await explain(page, '/me')).toMatchObject({ action: 'authorize', reason: 'covered' });
    expect(await askOther(page)).toBe('the other listener');
  });

  test('lets it answer first where the configuration says so, and explains that', async ({ page }) => {
    deploy('after', { precedence: 'last' });
    await signInToApp(page, stack);

    const before = await explain(page, '/me');
    const answer = await callApi(page, stack);

    expect(before).toMatchObject({ action: 'authorize' });
    expect(answer.status).toBe(401);
    await expect.poll(() => explain(page, '/me')).toMatchObject({ action: 'pass', reason: 'other_listener' });
    expect(await explain(page, '/notes')).toEqual({
      action: 'pass',
      reason: 'other_listener',
      rule: 'protectedResources[0]',
    });
  });

  test('explains that it answers first where the worker imports it first', async ({ page }) => {
    deploy('before');
    await signInToApp(page, stack);
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
