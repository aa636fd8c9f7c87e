import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import {
  callApi,
  connected,
  connectScript,
  fillLoginPage,
  openBarePage,
  sessionOf,
  signIn,
} from '../support/app-page.ts';
import { cutNetwork } from '../support/browser-network.ts';
import { test } from '../support/browser-test.ts';
import { gateRequest } from '../support/gate.ts';
import { beginCall, outcomeIn, stopLeaving } from '../support/page-calls.ts';

const POLL = { timeout: 20_000 };

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
  stack.app.pages.set('/watcher', { body: '<!doctype html><title>Watcher</title>' });
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.faults.clear();
  stack.authorizationServer.requests.clear();
  stack.app.configure({ securityHeaders: 'on', workerScript: (script) => script });
});

/** Opens a second tab of the app, which sees what becomes of a call in the first. */
async function openWatcher(page: Page): Promise<Page> {
  const watcher = await page.context().newPage();
  await watcher.goto(`${stack.app.origin}/watcher`);
  return watcher;
}

/** The error of a call that the page makes. */
function failureOf(page: Page, method: 'login' | 'logout'): Promise<unknown> {
  return page.evaluate(
    (name) =>
      window.tokenward[name]().then(
        () => 'resolved',
        ({ code, message, retryable }: { code: string; message: string; retryable: boolean }) => ({
          code,
          message,
          retryable,
        }),
      ),
    method,
  );
}

describe('a call that leaves the page', () => {
  test.for(['login', 'logout', 'step-up'] as const)(
    'rejects where the user stays, when the app asks, and the next call leaves: %s',
    async (call, { page }) => {
      if (call === 'login') await openBarePage(page, stack);
      else await signIn(page, stack);
      const watcher = await openWatcher(page);
      await page.bringToFront();
      let asked = 0;
      page.on('dialog', (dialog) => void (asked++ === 0 ? dialog.dismiss() : dialog.accept()));
      // A browser asks only in a page that was used.
      await page.mouse.click(10, 10);
      await page.evaluate(() => window.addEventListener('beforeunload', (event) => event.preventDefault()));

      await beginCall(page, call);

      expect(await outcomeIn(watcher)).toBe('navigation_cancelled');
      const status = call === 'step-up' ? 'signed-in' : 'signed-out';
      await expect.poll(() => sessionOf(page), POLL).toMatchObject({ status });
      expect(await callApi(page, stack)).toMatchObject({ status: status === 'signed-in' ? 200 : 401 });
      stack.authorizationServer.endUserSessions();
      await beginCall(page, 'login');
      await page.waitForURL(({ origin }) => origin === stack.authorizationServer.origin);
    },
  );

  test('of connect(), to renew a lost session, is stopped, and the page connects', async ({ page }) => {
    await signIn(page, stack);
    const watcher = await openWatcher(page);
    // A client that is there when the session is lost would begin to renew it.
    await page.goto(`${stack.app.origin}/nothing-here`);
    // What the browser has noted of the session is all that is left of it.
    const cdp = await page.context().newCDPSession(watcher);
    const storageTypes = 'service_workers,indexeddb';
    await cdp.send('Storage.clearDataForOrigin', { origin: stack.app.origin, storageTypes });
    await watcher.evaluate(() => localStorage.removeItem('outcome'));
    stack.app.pages.set('/bare.js', {
      ...connectScript(),
      body: `new BroadcastChannel('user').addEventListener('message', () => window.stop());
        ${connectScript().body}
        localStorage.setItem('outcome', window.connectError?.code ?? window.tokenward.session.status);`,
    });
    const gate = gateRequest(stack.authorizationServer.faults, ({ endpoint }) => endpoint === 'authorization');
    void page.goto(`${stack.app.origin}/bare?renewed`).catch(() => {});
    await gate.arrived;

    await stopLeaving(watcher);

    expect(await outcomeIn(watcher)).toBe('signed-out');
    gate.open();
    stack.app.pages.set('/bare.js', connectScript());
  });
});

describe('a browser without a network', () => {
  test('stays in the app, whose sign-in says why, and signs in when the network is back', async ({ page, context }) => {
    await openBarePage(page, stack);
    // The worker knows the metadata already.
    await page.evaluate(() => window.tokenward.login({ scopes: ['unknown'] }).catch(() => {}));
    await cutNetwork(context);

    await expect
      .poll(() => failureOf(page, 'login'), POLL)
      .toMatchObject({ code: 'issuer_unreachable', retryable: true });
    expect(page.url()).toBe(`${stack.app.origin}/bare`);
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);

    await context.setOffline(false);
    await signIn(page, stack);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  });

  test('deletes the tokens at a sign-out, stays in the app, and ends the session at the server later', async ({
    page,
    context,
  }) => {
    await signIn(page, stack);
    await cutNetwork(context);

    await expect
      .poll(() => failureOf(page, 'logout'), POLL)
      .toMatchObject({ code: 'issuer_unreachable', message: expect.stringContaining('deleted'), retryable: true });
    expect(page.url()).toBe(`${stack.app.origin}/bare`);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-out' });

    await context.setOffline(false);
    await page.evaluate(() => void window.tokenward.logout());
    await expect.poll(() => stack.authorizationServer.requests.count('end_session'), POLL).toBeGreaterThan(0);
  });

  test('leaves though it says so, where the server answers all the same', async ({ page }) => {
    await openBarePage(page, stack);
    stack.app.configure({
      workerScript: (script) => `Object.defineProperty(navigator, 'onLine', { value: false });\n${script}`,
    });
    await page.evaluate(() => navigator.serviceWorker.getRegistration().then((own) => own?.unregister()));
    await openBarePage(page, stack);

    await page.evaluate(() => void window.tokenward.login());

    await page.waitForURL(({ origin }) => origin === stack.authorizationServer.origin);
    await fillLoginPage(page);
    await page.waitForURL(({ origin }) => origin === stack.app.origin);
  });
});

describe('a prerendered page', () => {
  test('does not leave before the user is on it', async ({ page }) => {
    // Playwright's Chromium prerenders nothing: the page believes that it does.
    await page.addInitScript(() => {
      let isAhead = !location.search;
      Object.defineProperty(document, 'prerendering', { get: () => isAhead });
      window.addEventListener('show', () => {
        isAhead = false;
        document.dispatchEvent(new Event('prerenderingchange'));
      });
    });
    await openBarePage(page, stack);

    const first = await page.evaluate(async () => {
      const { tokenward } = window;
      const leaving = tokenward.login({ returnTo: '/bare?shown' }).then(() => 'left');
      // A call that came later, and waits for nothing.
      return Promise.race([leaving, tokenward.explain('/auth/session').then(() => 'waits')]);
    });
    expect(first).toBe('waits');
    expect(stack.app.requests.count('/auth/login')).toBe(0);
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
    await page.evaluate(() => window.dispatchEvent(new Event('show')));

    await page.waitForURL(({ origin }) => origin === stack.authorizationServer.origin);
    await fillLoginPage(page);
    await page.waitForURL(({ search }) => search === '?shown');
    await connected(page);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  });
});
