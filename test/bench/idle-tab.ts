import { setTimeout as delay } from 'node:timers/promises';
import type { Stack } from '../servers/stack.ts';
import { signIn } from '../support/app-page.ts';
import type { QuietBrowser } from '../support/engines/quiet-browser.ts';

/** Traffic of a tab in which nobody did anything. */
export interface IdleTraffic extends Readonly<Record<string, number>> {
  readonly idleAuthorizationServerRequests: number;
  readonly idleApiRequests: number;
  /** The app's own server: pages, and the worker's script where the browser looks for an update. */
  readonly idleAppRequests: number;
  readonly idleMessages: number;
}

/** Signs in, leaves the tab alone, and counts what it sends and what the worker tells it. */
export async function watchIdleTab(stack: Stack, browser: QuietBrowser, seconds: number): Promise<IdleTraffic> {
  const page = await browser.newTab();
  await signIn(page, stack);
  await page.evaluate(() => {
    document.documentElement.dataset['messages'] = '0';
    navigator.serviceWorker.addEventListener('message', () => {
      const { dataset } = document.documentElement;
      dataset['messages'] = String(Number(dataset['messages']) + 1);
    });
  });
  // What signing in has set going comes to its end.
  await delay(2000);
  const servers = [stack.authorizationServer.requests, stack.api.requests, stack.app.requests];
  for (const requests of servers) requests.clear();
  await delay(seconds * 1000);
  const [authorizationServer = 0, api = 0, app = 0] = servers.map((requests) => requests.count());
  const messages = await page.evaluate(() => Number(document.documentElement.dataset['messages']));
  return {
    idleAuthorizationServerRequests: authorizationServer,
    idleApiRequests: api,
    idleAppRequests: app,
    idleMessages: messages,
  };
}
