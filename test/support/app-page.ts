import type { Page } from 'playwright';
import type { Session, TokenwardClient } from 'tokenward';
import type { Api } from '../servers/api.ts';
import type { App } from '../servers/app-server.ts';
import type { Stack } from '../servers/stack.ts';
import { ADA, GRACE, type User } from '../servers/users.ts';
import type { Evaluator } from './engines/engine.ts';

declare global {
  interface Window {
    /** The client of the test page. */
    tokenward: TokenwardClient;
    /** Why `connect()` failed, if it did. */
    connectError: { code: string; message: string } | undefined;
  }
}

/** Where a page with nothing but the library stands. */
export const BARE_PAGE = '/bare';

const BARE_SCRIPT = `
import { connect } from '/tokenward.js';
try {
  window.tokenward = await connect({ worker: '/tokenward-sw.js' });
} catch (error) {
  window.connectError = { code: error.code, message: error.message };
}
document.documentElement.dataset.connected = 'yes';
`;

/** Adds a page that connects and does nothing else. */
export function addBarePage(app: App, path: string = BARE_PAGE): void {
  app.pages.set('/bare.js', { body: BARE_SCRIPT, contentType: 'text/javascript' });
  app.pages.set(path, { body: '<!doctype html><title>Bare</title><script type="module" src="/bare.js"></script>' });
}

/** Opens the bare page and waits until it has connected, or failed to. */
export async function openBarePage(page: Page, stack: Pick<Stack, 'app'>, path: string = BARE_PAGE): Promise<void> {
  addBarePage(stack.app, path);
  await page.goto(`${stack.app.origin}${path}`);
  await connected(page);
}

/** Waits until the page has connected, or failed to. */
export async function connected(page: Page): Promise<void> {
  await page.locator('html[data-connected="yes"]').waitFor({ state: 'attached' });
}

/** Fills in the authorization server's login page. */
export async function fillLoginPage(page: Page, user: User = ADA): Promise<void> {
  await page.getByLabel('Email').fill(user.username);
  await page.getByLabel('Password').fill(user.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Signs in from the bare page and comes back to it. */
export async function signIn(page: Page, stack: Stack, user: User = ADA): Promise<void> {
  await openBarePage(page, stack);
  await logIn(page, stack, user);
}

/** Signs in as somebody else, without signing out before. */
export async function changeUser(page: Page, stack: Stack): Promise<void> {
  stack.authorizationServer.endUserSessions();
  await logIn(page, stack, GRACE);
}

async function logIn(page: Page, stack: Stack, user: User): Promise<void> {
  await page.evaluate(() => void window.tokenward.login());
  await page.waitForURL((url) => url.origin === stack.authorizationServer.origin);
  await fillLoginPage(page, user);
  await page.waitForURL((url) => url.origin === stack.app.origin);
  await connected(page);
}

/** The same, where the worker does not control the navigations from the authorization server on, as after a forced reload. */
export async function signInPastWorker(page: Page, stack: Stack): Promise<void> {
  await openBarePage(page, stack);
  await page.evaluate(() => void window.tokenward.login());
  await page.waitForURL((url) => url.origin === stack.authorizationServer.origin);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  await cdp.send('Network.setBypassServiceWorker', { bypass: true });
  await fillLoginPage(page);
  await page.waitForURL((url) => url.pathname === BARE_PAGE);
  await cdp.send('Network.setBypassServiceWorker', { bypass: false });
  await page.reload();
  await connected(page);
}

/** The session as the page sees it. */
export function sessionOf(page: Evaluator): Promise<Session> {
  return page.evaluate(() => window.tokenward.session);
}

/** What the API answers to a fetch of the page. */
export function callApi(
  page: Evaluator,
  stack: { readonly api: Pick<Api, 'url'> },
  path: string = '/me',
  init: RequestInit = {},
): Promise<{ status: number; body: string }> {
  return page.evaluate(
    async ({ url, options }) => {
      const response = await fetch(url, options);
      return { status: response.status, body: await response.text() };
    },
    { url: `${stack.api.url}${path}`, options: init },
  );
}
