import type { Page } from 'playwright';
import type { ConnectOptions, Session, TokenwardClient } from 'tokenward';
import type { Api } from '../servers/api.ts';
import type { App, Page as TestPage } from '../servers/app-server.ts';
import type { Stack } from '../servers/stack.ts';
import { ADA, GRACE, type User } from '../servers/users.ts';
import type { EngineTab, Evaluator } from './engines/engine.ts';
import { until } from './until.ts';

declare global {
  interface Window {
    /** The client of the test page. */
    tokenward: TokenwardClient;
    /** Why `connect()` failed, if it did. */
    connectError: { code: string; message: string } | undefined;
    /** Why `login()` failed, if it did. */
    loginError?: string;
  }
}

/** Where a page with nothing but the library stands. */
export const BARE_PAGE = '/bare';

/** Returns the script of a page that connects, and says so when it has, or has failed to. */
export function connectScript(options: ConnectOptions = {}): TestPage {
  const body = `
    import { connect } from '/tokenward.js';
    try {
      window.tokenward = await connect(${JSON.stringify({ worker: '/tokenward-sw.js', ...options })});
    } catch (error) {
      window.connectError = { code: error.code, message: error.message };
    }
    document.documentElement.dataset.connected = 'yes';`;
  return { body, contentType: 'text/javascript' };
}

/** Adds a page that connects and does nothing else. */
export function addBarePage(app: App, path: string = BARE_PAGE): void {
  app.pages.set('/bare.js', connectScript());
  app.pages.set(path, { body: '<!doctype html><title>Bare</title><script type="module" src="/bare.js"></script>' });
}

/** Opens the bare page and waits until it has connected, or failed to. */
export async function openBarePage(
  page: EngineTab,
  stack: Pick<Stack, 'app'>,
  path: string = BARE_PAGE,
): Promise<void> {
  addBarePage(stack.app, path);
  await page.goto(`${stack.app.origin}${path}`);
  await connected(page);
}

/** Waits until the page has connected, or failed to. */
export async function connected(page: EngineTab): Promise<void> {
  await page.waitForSelector('html[data-connected="yes"]', { state: 'attached' });
}

/** Marks the document that a page shows, so that `connectedAnew` waits for the one after it. */
export async function markDocument(page: Evaluator): Promise<void> {
  await page.evaluate(() => {
    document.documentElement.dataset['left'] = 'yes';
  });
}

/**
 * Waits until the page has left the document that was marked, and the next one has connected. The one before may know the new session
 * already, while the browser is still on its way: what a test asks it then is lost.
 */
export async function connectedAnew(page: EngineTab): Promise<void> {
  await page.waitForSelector('html:not([data-left])', { state: 'attached' });
  await connected(page);
}

/** Fills in the authorization server's login page, and sends it. */
export async function fillLoginPage(page: EngineTab, user: User = ADA): Promise<void> {
  await page.fill('[name=username]', user.username);
  await page.fill('[name=password]', user.password);
  await page.click('button[value=sign-in]');
}

/** Signs in from the bare page and comes back to it, past no login page: that takes a third of the time. */
export async function signIn(page: EngineTab, stack: Stack, user: User = ADA): Promise<void> {
  await openBarePage(page, stack);
  stack.authorizationServer.signInWithoutPage(user);
  await markDocument(page);
  await login(page);
  await connectedAnew(page).catch((error: unknown) => notSignedIn(page, error));
}

/** Begins a sign-in on the bare page, and waits for the authorization server's login page. */
export async function beginSignIn(page: EngineTab, stack: Stack): Promise<void> {
  await openBarePage(page, stack);
  await goToLoginPage(page, stack);
}

/** Fills in the login page, and waits until the app is back and connected. */
export async function endSignIn(page: EngineTab, { app }: Stack, user: User = ADA): Promise<void> {
  await fillLoginPage(page, user);
  await page.waitForURL(({ origin }) => origin === app.origin);
  await connected(page);
}

/** Signs in as somebody else, without signing out before. */
export async function changeUser(page: EngineTab, stack: Stack): Promise<void> {
  stack.authorizationServer.endUserSessions();
  await goToLoginPage(page, stack);
  await endSignIn(page, stack, GRACE);
}

/** Begins a sign-in on the page that is there, and waits for the authorization server's login page. */
export async function goToLoginPage(page: EngineTab, { authorizationServer }: Stack): Promise<void> {
  await login(page);
  await page
    .waitForURL(({ origin }) => origin === authorizationServer.origin)
    .catch((error: unknown) => notSignedIn(page, error));
}

async function login(page: EngineTab): Promise<void> {
  await page.evaluate(() => {
    window.tokenward.login().catch((error: unknown) => {
      window.loginError = String(error);
    });
  });
}

/** @throws Error that says what the page knows of a sign-in that does not go on */
async function notSignedIn(page: EngineTab, cause: unknown): Promise<never> {
  const reason = await page.evaluate(() => `${location.pathname}: ${window.loginError ?? 'login() is pending'}`);
  throw new Error(`The sign-in does not go on. ${reason}`, { cause });
}

/** The same, where the worker does not control the navigations from the authorization server on, as after a forced reload. */
export async function signInPastWorker(page: Page, stack: Stack): Promise<void> {
  await beginSignIn(page, stack);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  await cdp.send('Network.setBypassServiceWorker', { bypass: true });
  await fillLoginPage(page);
  await page.waitForURL((url) => url.pathname === BARE_PAGE);
  await cdp.send('Network.setBypassServiceWorker', { bypass: false });
  await page.reload();
  await connected(page);
}

/**
 * Signs out where only the session of the app ends, and waits until the page has learned how that ended.
 *
 * @returns what has ended, or why the sign-out failed
 */
export async function signOutOfApp(page: Evaluator): Promise<string> {
  await page.evaluate(() => {
    const note = (end: string): void => sessionStorage.setItem('sign-out', end);
    sessionStorage.removeItem('sign-out');
    window.tokenward.logout().then(
      ({ ended }) => note(ended),
      (error: unknown) => note(String(error)),
    );
  });
  // The page is left at once: the next one of the app finds the note.
  const noted = (): Promise<string | undefined> => page.evaluate(() => sessionStorage.getItem('sign-out') ?? undefined);
  return until(noted, () => 'the end of the sign-out');
}

/** The session as the page sees it. */
export function sessionOf(page: Evaluator): Promise<Session> {
  return page.evaluate(() => window.tokenward.session);
}

/**
 * The session as the page sees it, for polls: where there is no client yet, or no page, the value says what there is instead, and a
 * poll that fails shows it.
 */
export async function sessionIfAny(page: Evaluator): Promise<Session | Readonly<Record<string, unknown>>> {
  const here = page.evaluate((): Session | Record<string, unknown> => {
    const client: TokenwardClient | undefined = window.tokenward;
    return client?.session ?? { noClientAt: location.href, connectError: window.connectError };
  });
  // An answer of a tab that is on its way comes when it has arrived.
  const onTheWay = new Promise<Record<string, unknown>>((resolve) =>
    setTimeout(() => resolve({ noAnswer: 'the tab is on its way' }), 5000).unref(),
  );
  return Promise.race([here, onTheWay]).catch((error: unknown) => ({ noPage: String(error) }));
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
