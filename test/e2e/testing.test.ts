// Tests of an app, as its developer would write them with `tokenward/testing/server` and Playwright.
import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startTestServers, type TestServers } from 'tokenward/testing/server';
import { type App, startApp } from '../servers/app-server.ts';
import { addBarePage, BARE_PAGE, connected, sessionOf } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';

let servers: TestServers;
let app: App;
let home: string;
const notes: unknown[] = [];
beforeAll(async () => {
  servers = await startTestServers({
    user: { claims: { sub: 'somebody' } },
    routes: {
      'GET /notes': ({ sub }) => ({ of: sub, notes }),
      'POST /notes': ({ body }) => void notes.push(body),
      'GET /admin': ({ scopes }) => (scopes.includes('admin') ? 'welcome' : new Response(null, { status: 403 })),
    },
  });
  const { issuer, apiUrl, workerOptions } = servers;
  app = await startApp({ issuer, apiUrl, worker: { ...workerOptions, scopes: [...workerOptions.scopes, 'admin'] } });
  addBarePage(app);
  home = app.origin + BARE_PAGE;
});
afterAll(() => Promise.all([app.close(), servers.close()]));
beforeEach(() => void notes.splice(0));

/** What a request of the page gets. */
function call(page: Page, path: string, init: RequestInit = {}): Promise<readonly [status: number, body: string]> {
  return page.evaluate(
    async ([url, options]) => {
      const response = await fetch(url, options);
      return [response.status, await response.text()] as const;
    },
    [servers.apiUrl + path, init] as const,
  );
}

/** Waits for the page that a sign-in comes back to. The page that it leaves hears of the session before. */
async function isBack(page: Page): Promise<void> {
  await page.waitForEvent('load');
  await connected(page);
}

describe('the test servers', () => {
  test('sign a user in without a login page, by the real worker', async ({ page }) => {
    await servers.loginAs(
      page,
      { claims: { sub: 'ada', name: 'Ada', roles: ['editor'] }, scopes: ['openid', 'admin'] },
      home,
    );
    await connected(page);

    expect(page.url()).toBe(home);
    expect(await sessionOf(page)).toMatchObject({
      status: 'signed-in',
      claims: { sub: 'ada', name: 'Ada', roles: ['editor'] },
      scopes: ['openid', 'admin'],
    });
    expect(await call(page, '/admin')).toEqual([200, '"welcome"']);
  });

  test('answer as the routes say, and record each user', async ({ page }) => {
    await servers.loginAs(page, { claims: { sub: 'grace' }, scopes: ['openid'] }, home);
    await connected(page);

    expect(await call(page, '/notes', { method: 'POST', body: '{"text":"Moths"}' })).toEqual([204, '']);
    expect(await call(page, '/notes')).toEqual([200, '{"of":"grace","notes":[{"text":"Moths"}]}']);
    expect(await call(page, '/admin')).toEqual([403, '']);
    expect(await call(page, '/nowhere')).toEqual([404, '']);
    expect(
      servers.requests.filter(({ sub }) => sub === 'grace').map(({ path, status }) => `${path} ${status}`),
    ).toEqual(['/notes 204', '/notes 200', '/admin 403', '/nowhere 404']);
  });

  test('sign in two browsers as two users at once', async ({ browser }) => {
    const subs = ['one', 'two'];
    const sessions = await Promise.all(
      subs.map(async (sub) => {
        const context = await browser.newContext();
        const page = await context.newPage();
        await servers.loginAs(page, { claims: { sub } }, home);
        await connected(page);
        const [, body] = await call(page, '/notes');
        await context.close();
        return body;
      }),
    );

    expect(sessions.map((body) => JSON.parse(body).of)).toEqual(subs);
  });

  test('sign in the user who presses the app’s own button, and no user silently', async ({ page }) => {
    await page.goto(home);
    await connected(page);
    expect(await call(page, '/notes')).toEqual([401, '']);
    await Promise.all([isBack(page), page.evaluate(() => void window.tokenward.login({ silent: true }))]);
    expect(await sessionOf(page)).toMatchObject({ lastError: { serverCode: 'login_required' } });
    await Promise.all([isBack(page), page.evaluate(() => void window.tokenward.login())]);

    expect(await page.evaluate(() => window.tokenward.userinfo())).toMatchObject({ sub: 'somebody' });
  });

  test('make access tokens expire, which the app does not notice', async ({ page }) => {
    await servers.loginAs(page, { claims: { sub: 'renewing' } }, home);
    await connected(page);
    servers.expireAccessTokens();

    expect((await call(page, '/notes'))[0]).toBe(200);
    const seen = servers.requests.filter(({ path }) => path === '/notes').slice(-2);
    expect(seen.map(({ status }) => status)).toEqual([401, 200]);
  });

  test('end sessions, which the app does notice', async ({ page }) => {
    await servers.loginAs(page, { claims: { sub: 'ending' } }, home);
    await connected(page);
    servers.endSessions();

    await Promise.all([isBack(page), call(page, '/notes').catch(() => {})]);
    expect(await sessionOf(page)).toMatchObject({
      status: 'signed-out',
      lastError: { serverCode: 'login_required' },
    });
  });

  test('accept no code and no refresh token twice, and no invented one', async () => {
    const token = (body: Readonly<Record<string, string>>): Promise<Response> =>
      fetch(`${servers.issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams({ client_id: 'test-app', ...body }),
      });

    expect((await token({ grant_type: 'refresh_token', refresh_token: 'invented' })).status).toBe(400);
    expect((await token({ grant_type: 'authorization_code', code: 'invented' })).status).toBe(400);
    expect((await fetch(`${servers.apiUrl}/notes`, { headers: { authorization: 'Bearer invented' } })).status).toBe(
      401,
    );
  });
});
