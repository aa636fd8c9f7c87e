import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { TokenwardOptions } from 'tokenward/sw';
import { startStack, type Stack } from '../servers/stack.ts';
import {
  connected,
  endSignIn,
  goToLoginPage,
  openBarePage,
  sessionOf,
  signIn,
  signOutOfApp,
} from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';

const POLL = { timeout: 20_000 };

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ authorizationServer: { accessTokenTtlSeconds: 600 } });
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.requests.clear();
  stack.app.pages.set('/', { body: '<!doctype html><title>Start</title>' });
});

function configure(worker: Partial<TokenwardOptions>): void {
  stack.app.configure({ worker });
}

/** Signs out, and returns what the page learns before it is left. */
async function signOut(page: Page): Promise<string> {
  const ended = await signOutOfApp(page);
  await page.waitForURL(({ pathname }) => pathname === '/');
  return ended;
}

describe('a sign-out that ends only the session of the app', () => {
  test('says so, revokes the tokens, and goes to the page after sign-out without the server', async ({ page }) => {
    configure({ endSession: 'local' });
    await signIn(page, stack);

    expect(await signOut(page)).toBe('local');

    expect(stack.authorizationServer.requests.count('revocation')).toBe(2);
    expect(stack.authorizationServer.requests.count('end_session')).toBe(0);
    await openBarePage(page, stack);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-out', reason: 'signed-out' });
  });

  test('is followed by a sign-in without a question, or with a login page if the configuration asks for it', async ({
    browser,
  }) => {
    for (const promptAfterLocalSignOut of [undefined, 'login'] as const) {
      configure({ endSession: 'local', ...(promptAfterLocalSignOut && { promptAfterLocalSignOut }) });
      const context = await browser.newContext();
      const page = await context.newPage();
      await signIn(page, stack);
      await signOut(page);
      await openBarePage(page, stack);

      if (promptAfterLocalSignOut) {
        await goToLoginPage(page, stack);
        await page.waitForSelector('[name=username]');
        await endSignIn(page, stack);
      } else await Promise.all([page.waitForEvent('load'), page.evaluate(() => void window.tokenward.login())]);

      await expect.poll(() => sessionOf(page).catch(() => undefined), POLL).toMatchObject({ status: 'signed-in' });
      await context.close();
    }
  });
});

describe('a sign-out by an address of the configuration', () => {
  test('takes the browser there with its parameters, and no token', async ({ page }) => {
    const { origin } = stack.authorizationServer;
    configure({
      endSession: { url: `${origin}/v2/logout`, parameters: { client_id: 'spa', returnTo: `${stack.app.origin}/` } },
    });
    await signIn(page, stack);

    const left = page.waitForRequest((request) => request.url().startsWith(`${origin}/v2/logout`));
    await page.evaluate(() => void window.tokenward.logout());
    const { searchParams } = new URL((await left).url());

    await page.waitForURL(({ pathname }) => pathname === '/v2/logout');
    expect(Object.fromEntries(searchParams)).toEqual({ client_id: 'spa', returnTo: `${stack.app.origin}/` });
    // A link to the sign-out, which any site can write, does not go there again.
    await page.goto(`${stack.app.origin}/auth/logout`);
    expect(new URL(page.url()).origin).toBe(stack.app.origin);
    await openBarePage(page, stack);
    await connected(page);
    expect(await sessionOf(page)).toMatchObject({ reason: 'signed-out' });
  });
});
