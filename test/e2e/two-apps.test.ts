import type { Page } from 'playwright';
import { describe, expect } from 'vitest';
import { ADA, GRACE, type User } from '../servers/users.ts';
import { callApi, connected, fillLoginPage, sessionOf } from '../support/app-page.ts';
import { test as base } from '../support/browser-test.ts';
import { startApps, type TwoApps } from '../support/two-apps.ts';

declare global {
  interface Window {
    /** Whom the page has shown, the first first. */
    shown: string[];
  }
}

const test = base
  .extend('apart', { scope: 'file' }, async ({}, { onCleanup }): Promise<TwoApps> => {
    const apps = await startApps(['/a/', '/b/']);
    onCleanup(() => apps.close());
    return apps;
  })
  .extend('nested', { scope: 'file' }, async ({}, { onCleanup }): Promise<TwoApps> => {
    const apps = await startApps(['/', '/b/']);
    onCleanup(() => apps.close());
    return apps;
  });

async function open(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await connected(page);
  expect(await page.evaluate(() => window.connectError)).toBeUndefined();
}

async function signIn(page: Page, { apps, home, user }: { apps: TwoApps; home: string; user: User }): Promise<void> {
  apps.authorizationServer.endUserSessions();
  await open(page, apps.origin + home);
  await page.evaluate(() => void window.tokenward.login());
  await page.waitForURL(({ origin }) => origin === apps.authorizationServer.origin);
  await fillLoginPage(page, user);
  await page.waitForURL(apps.origin + home);
  await connected(page);
}

async function signOut(page: Page, home: string): Promise<void> {
  await page.evaluate(() => {
    delete document.documentElement.dataset['connected'];
    void window.tokenward.logout();
  });
  await page.locator('html[data-connected="yes"]').waitFor({ state: 'attached' });
  expect(new URL(page.url()).pathname).toBe(home);
}

const userAtApi = async (page: Page, apps: TwoApps): Promise<unknown> => {
  const { status, body } = await callApi(page, apps);
  return status === 200 ? JSON.parse(body).sub : status;
};

describe('two apps of one origin', () => {
  test.for([
    ['side by side', 'apart', '/a/', 'tokenward /a/ notes'],
    ['one below the other', 'nested', '/', 'tokenward-notes'],
  ] as const)(
    '%s have sessions, requests and caches of their own',
    async ([, name, home, cache], { apart, nested, context }) => {
      const apps = { apart, nested }[name];
      const [first, second] = [await context.newPage(), await context.newPage()];
      await signIn(first, { apps, home, user: ADA });
      await signIn(second, { apps, home: '/b/', user: GRACE });
      const names = [cache, 'tokenward /b/ notes', 'tokenward /b/c/ notes'];
      await first.evaluate((all) => Promise.all(all.map((each) => caches.open(each))), names);

      expect(await userAtApi(first, apps)).toBe(ADA.sub);
      expect(await userAtApi(second, apps)).toBe(GRACE.sub);
      expect(await sessionOf(first)).toMatchObject({ claims: { sub: ADA.sub } });

      await signOut(second, '/b/');
      expect(await userAtApi(second, apps)).toBe(401);
      expect(await userAtApi(first, apps)).toBe(ADA.sub);
      expect(await first.evaluate(() => caches.keys())).toEqual([cache, 'tokenward /b/c/ notes']);

      await signIn(second, { apps, home: '/b/', user: GRACE });
      await signOut(first, home);
      expect(await userAtApi(first, apps)).toBe(401);
      expect(await userAtApi(second, apps)).toBe(GRACE.sub);
      expect(await first.evaluate(() => caches.keys())).toEqual(['tokenward /b/c/ notes']);
      await open(second, `${apps.origin}/b/`);
      expect(await second.evaluate(() => window.shown)).toEqual([GRACE.sub]);
    },
  );

  test('show nothing of each other: a page hears of its own worker alone', async ({ apart, nested, context }) => {
    for (const [apps, home] of [
      [apart, '/a/'],
      [nested, '/'],
    ] as const) {
      const [first, second] = [await context.newPage(), await context.newPage()];
      await open(first, apps.origin + home);
      await signIn(second, { apps, home: '/b/', user: GRACE });
      await signOut(second, '/b/');
      // The worker has told its own page; what it told the other one came before this answer of the other worker.
      await first.evaluate(() => window.tokenward.userinfo());

      expect(await first.evaluate(() => window.shown)).toEqual(['signed-out']);
      expect(await sessionOf(first)).toEqual({ status: 'signed-out', reason: 'not-signed-in' });
    }
  });

  test('take no authorization response of each other: the one above leaves the callback below alone', async ({
    nested,
    page,
  }) => {
    await open(page, `${nested.origin}/`);

    await page.goto(`${nested.origin}/b/auth/callback?code=x&state=y`);

    expect(await page.locator('h1').textContent()).toContain('Sign-in could not be completed here');
    await open(page, `${nested.origin}/`);
    expect(await sessionOf(page)).not.toHaveProperty('lastError');
  });

  test('take their page over from the worker above before connect() resolves', async ({ nested, page }) => {
    await signIn(page, { apps: nested, home: '/', user: ADA });

    await open(page, `${nested.origin}/b/`);

    expect(await page.evaluate(() => navigator.serviceWorker.controller?.scriptURL)).toBe(
      `${nested.origin}/b/tokenward-sw.js`,
    );
    expect(await userAtApi(page, nested)).toBe(401);
  });
});
