import { describe, expect } from 'vitest';
import { ADA, GRACE } from '../servers/users.ts';
import { sessionOf } from '../support/app-page.ts';
import { test as base } from '../support/browser-test.ts';
import { openApp, signInTo, signOutOf, startApps, type TwoApps, userAtApi } from '../support/two-apps.ts';

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

describe('two apps of one origin', () => {
  test.for([
    ['side by side', 'apart', '/a/', 'tokenward /a/ notes'],
    ['one below the other', 'nested', '/', 'tokenward-notes'],
  ] as const)(
    '%s have sessions, requests and caches of their own',
    async ([, name, home, cache], { apart, nested, context }) => {
      const apps = { apart, nested }[name];
      const [first, second] = [await context.newPage(), await context.newPage()];
      await signInTo(first, { apps, home, user: ADA });
      await signInTo(second, { apps, home: '/b/', user: GRACE });
      const names = [cache, 'tokenward /b/ notes', 'tokenward /b/c/ notes'];
      await first.evaluate((all) => Promise.all(all.map((each) => caches.open(each))), names);

      expect(await userAtApi(first, apps)).toBe(ADA.sub);
      expect(await userAtApi(second, apps)).toBe(GRACE.sub);
      expect(await sessionOf(first)).toMatchObject({ claims: { sub: ADA.sub } });

      await signOutOf(second);
      expect(await userAtApi(second, apps)).toBe(401);
      expect(await userAtApi(first, apps)).toBe(ADA.sub);
      expect(await first.evaluate(() => caches.keys())).toEqual([cache, 'tokenward /b/c/ notes']);

      await signInTo(second, { apps, home: '/b/', user: GRACE });
      await signOutOf(first);
      expect(await userAtApi(first, apps)).toBe(401);
      expect(await userAtApi(second, apps)).toBe(GRACE.sub);
      expect(await first.evaluate(() => caches.keys())).toEqual(['tokenward /b/c/ notes']);
      await openApp(second, `${apps.origin}/b/`);
      expect(await second.evaluate(() => window.shown)).toEqual([GRACE.sub]);
    },
  );

  test('show nothing of each other: a page gets messages of its own worker only', async ({
    apart,
    nested,
    context,
  }) => {
    for (const [apps, home] of [
      [apart, '/a/'],
      [nested, '/'],
    ] as const) {
      const [first, second] = [await context.newPage(), await context.newPage()];
      await openApp(first, apps.origin + home);
      await signInTo(second, { apps, home: '/b/', user: GRACE });
      await signOutOf(second);
      // The worker has told its own page; what it told the other one came before this answer of the other worker.
      await first.evaluate(() => window.tokenward.userinfo());

      expect(await first.evaluate(() => window.shown)).toEqual(['signed-out']);
      expect(await sessionOf(first)).toEqual({ status: 'signed-out', reason: 'not-signed-in' });
    }
  });

  test('take no authorization response of each other: the one above does not answer at the callback below', async ({
    nested,
    page,
  }) => {
    await openApp(page, `${nested.origin}/`);

    await page.goto(`${nested.origin}/b/auth/callback?code=x&state=y`);

    expect(await page.locator('h1').textContent()).toContain('Sign-in could not be completed here');
    await openApp(page, `${nested.origin}/`);
    expect(await sessionOf(page)).not.toHaveProperty('lastError');
  });

  test('take their page over from the worker above before connect() resolves', async ({ nested, page }) => {
    await signInTo(page, { apps: nested, home: '/', user: ADA });

    await openApp(page, `${nested.origin}/b/`);

    expect(await page.evaluate(() => navigator.serviceWorker.controller?.scriptURL)).toBe(
      `${nested.origin}/b/tokenward-sw.js`,
    );
    expect(await userAtApi(page, nested)).toBe(401);
  });
});
