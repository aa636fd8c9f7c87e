import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { Page as ServedPage } from '../servers/app-server.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import { addBarePage, callApi, connected, openBarePage, sessionOf, signIn } from '../support/app-page.ts';
import { WHAT_TO_DO } from '../support/error-message.ts';
import { testWithHeldPage } from '../support/held-page.ts';
import { controlServiceWorkers } from '../support/service-worker.ts';
import { openManualPage } from '../support/worker-life.ts';

let stack: Stack;
const test = testWithHeldPage(() => stack);
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 600 });
  stack.app.configure({ worker: {}, workerServing: 'sealed', workerScript: (script) => script });
  stack.app.faults.clear();
});

/** Answers every request for the worker's script with something else. */
function serveInstead({ body, status = 200, contentType = 'text/html' }: ServedPage): void {
  const answer = { status, body, headers: { 'content-type': contentType } };
  stack.app.faults.plan(({ path }) => path === stack.app.workerPath, { stage: 'before', answer }, Infinity);
}

function connectError(page: Page): Promise<{ code: string; message: string } | undefined> {
  return page.evaluate(() => window.connectError);
}

/** Makes the browser look for a new version of the worker, and waits for what comes of it. */
async function update(page: Page): Promise<'updated' | 'refused'> {
  return await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    try {
      await registration?.update();
      return 'updated';
    } catch {
      return 'refused';
    }
  });
}

describe('connect() on a page without a worker', () => {
  test.for<[what: string, served: ServedPage, code: string]>([
    ['404', { status: 404, body: 'Not found' }, 'worker_script_not_found'],
    ['404 with the app’s own page', { status: 404, body: '<!doctype html><p>Not found' }, 'worker_script_not_found'],
    ['the app’s own page', { body: '<!doctype html><div id="app"></div>' }, 'worker_script_not_javascript'],
    ['plain text', { body: '// a worker', contentType: 'text/plain' }, 'worker_script_not_javascript'],
    ['a script that does not parse', { body: 'const = 1;', contentType: 'text/javascript' }, 'worker_script_failed'],
    ['a script that throws', { body: 'throw new Error("no")', contentType: 'text/javascript' }, 'worker_script_failed'],
    ['503', { status: 503, body: 'Later' }, 'worker_script_failed'],
  ])('rejects when the server answers its script with %s', async ([, served, code], { page }) => {
    serveInstead(served);

    await openBarePage(page, stack);

    const error = await connectError(page);
    expect(error).toMatchObject({ code });
    expect(error?.message).toContain(stack.app.workerPath);
    expect(error?.message).toMatch(WHAT_TO_DO);
  });

  test('rejects with the worker’s own words when its configuration is wrong', async ({ page }) => {
    stack.app.configure({ worker: { scopes: ['offline_access'] } });

    await openBarePage(page, stack);

    const error = await connectError(page);
    expect(error).toMatchObject({ code: 'configuration_invalid' });
    expect(error?.message).toMatch(WHAT_TO_DO);
    expect(error?.message).toContain('"scopes"');
    expect(error?.message).toContain('openid');
  });

  test('rejects when the worker is configured for another scope than the page registers it for', async ({ page }) => {
    stack.app.configure({ worker: { registrationScope: '/auth/' } });

    await openBarePage(page, stack);

    const error = await connectError(page);
    expect(error).toMatchObject({ code: 'configuration_invalid' });
    expect(error?.message).toMatch(WHAT_TO_DO);
    expect(error?.message).toContain('registrationScope');
  });

  test('says that the context is insecure when the page comes over http', async ({ page }) => {
    addBarePage(stack.app);
    await page.route('http://app.test/**', async (route) => {
      const { pathname } = new URL(route.request().url());
      const response = await fetch(`${stack.app.origin}${pathname}`);
      const contentType = response.headers.get('content-type') ?? '';
      await route.fulfill({ status: response.status, body: await response.text(), contentType });
    });

    await page.goto('http://app.test/bare');
    await connected(page);

    const error = await connectError(page);
    expect(error).toMatchObject({ code: 'insecure_context' });
    expect(error?.message).toMatch(WHAT_TO_DO);
    expect(error?.message).toContain('https');
  });

  test.for<[what: string, hide: () => void]>([
    ['has none', () => Reflect.deleteProperty(Navigator.prototype, 'serviceWorker')],
    [
      'has hidden them, as a script could that wants the tokens kept in the page',
      () => Object.defineProperty(navigator, 'serviceWorker', { value: undefined }),
    ],
  ])('fails closed when the browser %s', async ([, hide], { page }) => {
    await page.addInitScript(hide);
    stack.authorizationServer.requests.clear();

    await openBarePage(page, stack);

    const error = await connectError(page);
    expect(error).toMatchObject({ code: 'service_worker_unsupported' });
    expect(error?.message).toMatch(WHAT_TO_DO);
    expect(await page.evaluate(() => 'tokenward' in window)).toBe(false);
    expect(await callApi(page, stack)).toMatchObject({ status: 401 });
    expect(stack.authorizationServer.requests.count()).toBe(0);
  });
});

describe('connect() on a page whose worker has a session', () => {
  test.for<[what: string, served: ServedPage]>([
    ['404', { status: 404, body: 'Not found' }],
    ['the app’s own page', { body: '<!doctype html><div id="app"></div>' }],
    ['a script that does not parse', { body: 'const = 1;', contentType: 'text/javascript' }],
    ['a script that throws', { body: 'throw new Error("no")', contentType: 'text/javascript' }],
    ['503', { status: 503, body: 'Later' }],
  ])('keeps it when the server answers its script with %s', async ([, served], { held }) => {
    serveInstead(served);

    expect(await update(held)).toBe('refused');
    await held.reload();
    await connected(held);

    expect(await connectError(held)).toBeUndefined();
    expect(await sessionOf(held)).toMatchObject({ status: 'signed-in' });
    expect(await callApi(held, stack)).toMatchObject({ status: 200 });
  });

  test('keeps it when a new release has a wrong configuration', async ({ page }) => {
    await signIn(page, stack);
    stack.app.configure({ worker: { clientId: '' } });

    expect(await update(page)).toBe('refused');
    const workers = await controlServiceWorkers(page);
    await workers.stopAll();
    await page.reload();
    await connected(page);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  });

  test('keeps it while the app’s server is down', async ({ page }) => {
    await signIn(page, stack);
    stack.app.goOffline();

    expect(await update(page)).toBe('refused');
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    stack.app.goOnline();

    await page.reload();
    await connected(page);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  });

  test('gets notice of a sign-out that happens while it waits for control', async ({ page, context }) => {
    await signIn(page, stack);
    const late = await context.newPage();
    await late.addInitScript(() => {
      const controller = Object.getOwnPropertyDescriptor(ServiceWorkerContainer.prototype, 'controller');
      Object.defineProperty(navigator.serviceWorker, 'controller', { configurable: true, get: () => null });
      const { postMessage } = MessagePort.prototype;
      MessagePort.prototype.postMessage = function (this: MessagePort, ...values: unknown[]) {
        Reflect.apply(postMessage, this, values);
        if (JSON.stringify(values[0]).includes('claimClients')) Object.assign(window, { hasAskedForControl: true });
      };
      Object.assign(window, {
        giveControl: () => {
          if (controller) Object.defineProperty(navigator.serviceWorker, 'controller', controller);
          navigator.serviceWorker.dispatchEvent(new Event('controllerchange'));
        },
      });
    });
    addBarePage(stack.app);
    await late.goto(`${stack.app.origin}/bare`);
    await late.waitForFunction(() => 'hasAskedForControl' in window);

    await page.evaluate(() => void window.tokenward.logout());
    await page.waitForURL((url) => url.origin === stack.app.origin && url.pathname === '/');
    await late.evaluate('giveControl()');
    await connected(late);

    await expect.poll(() => sessionOf(late)).toMatchObject({ status: 'signed-out', reason: 'signed-out' });
  });
});

describe('a page that unregisters the worker', () => {
  test('makes the session lose its tokens, and is told so', async ({ page }) => {
    await signIn(page, stack);
    await openManualPage(page, stack);
    stack.authorizationServer.requests.clear();

    await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      await registration?.unregister();
      // Any call will do: the worker looks around afterwards.
      await window.tokenward.adopt({ accessToken: 'a', idToken: 'b', expiresInSeconds: 1 }).catch(() => undefined);
    });

    await expect
      .poll(() => sessionOf(page))
      .toMatchObject({ status: 'signed-out', reason: 'lost', lastError: { code: 'worker_unregistered' } });
    expect(await callApi(page, stack)).toMatchObject({ status: 401 });
    await expect.poll(() => stack.authorizationServer.requests.count('revocation')).toBe(2);
  });
});

describe('a page whose site is cleared, as by the settings of the browser', () => {
  test('says that the session is lost, and why, and connects again', async ({ page, context }) => {
    await signIn(page, stack);
    await openManualPage(page, stack);
    const cdp = await context.newCDPSession(page);

    await cdp.send('Storage.clearDataForOrigin', { origin: stack.app.origin, storageTypes: 'all' });
    await page.evaluate(() => void window.dispatchEvent(new Event('focus')));

    await expect
      .poll(() => sessionOf(page))
      .toMatchObject({ status: 'signed-out', lastError: { code: 'worker_unregistered' } });
    await expect
      .poll(() => page.evaluate((url) => window.tokenward.explain(url), `${stack.api.url}/me`))
      .toMatchObject({ reason: 'signed_out' });
    expect(await callApi(page, stack)).toMatchObject({ status: 401 });
    await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller?.state)).toBe('activated');
  });
});
