import type { Stack } from '../../servers/stack.ts';
import { ADA } from '../../servers/users.ts';
import { addBarePage, BARE_PAGE } from '../app-page.ts';
import type { EngineTab } from './engine.ts';

/** Opens the bare page and waits until it has connected, or failed to. */
export async function openApp(page: EngineTab, { app }: Pick<Stack, 'app'>): Promise<void> {
  addBarePage(app);
  await page.goto(`${app.origin}${BARE_PAGE}`);
  await appConnected(page);
}

/** Waits until the page has connected, or failed to. */
export function appConnected(page: EngineTab): Promise<void> {
  return page.waitFor(() => document.documentElement.dataset['connected'] === 'yes');
}

/** Begins a sign-in on the bare page, and waits for the authorization server's login page. */
export async function beginSignIn(page: EngineTab, stack: Stack): Promise<void> {
  await openApp(page, stack);
  await page.evaluate(() => void window.tokenward.login());
  await page.waitForUrl(({ origin }) => origin === stack.authorizationServer.origin);
}

/** Fills in the login page and sends it. */
export async function submitLoginPage(page: EngineTab): Promise<void> {
  await page.fill('[name=username]', ADA.username);
  await page.fill('[name=password]', ADA.password);
  await page.click('button[value=sign-in]');
}

/** Fills in the login page, and waits until the app is back and connected. */
export async function endSignIn(page: EngineTab, stack: Stack): Promise<void> {
  await submitLoginPage(page);
  await page.waitForUrl(({ origin }) => origin === stack.app.origin);
  await appConnected(page);
}

/** Signs in from the bare page and comes back to it. */
export async function signInToApp(page: EngineTab, stack: Stack): Promise<void> {
  await beginSignIn(page, stack);
  await endSignIn(page, stack);
}

/** Waits until the page says that the access token has expired. */
export function tokenHasExpired(page: EngineTab): Promise<void> {
  return page.waitFor(() => {
    const { session } = window.tokenward;
    return session.status === 'signed-in' && session.expiresAtMs < Date.now();
  });
}
