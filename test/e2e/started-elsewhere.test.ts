import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { ADA } from '../servers/users.ts';
import { addBarePage, connected, endSignIn, openBarePage, sessionOf } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';

const PORTAL = 'http://portal.localhost:9/';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ authorizationServer: { accessTokenTtlSeconds: 600 } });
});
afterAll(() => stack.close());
beforeEach(() => {
  addBarePage(stack.app, '/');
  stack.authorizationServer.endUserSessions();
  stack.authorizationServer.requests.clear();
});

/** Opens a page of another site with a link to the login endpoint, and clicks on it. */
async function startFromPortal(page: Page, query: Readonly<Record<string, string>>): Promise<void> {
  await openBarePage(page, stack);
  const href = `${stack.app.origin}/auth/login?${new URLSearchParams(query)}`.replaceAll('&', '&amp;');
  await page.route(PORTAL, (route) =>
    route.fulfill({ contentType: 'text/html', body: `<title>Portal</title><a href="${href}">Open the app</a>` }),
  );
  await page.goto(PORTAL);
  await page.getByRole('link').click();
}

describe('a portal that starts a sign-in (OpenID Connect Core 1.0, section 4)', () => {
  test('leads the user to the login page with a hint, and then to the page of the app that it names', async ({
    page,
  }) => {
    const { issuer } = stack.authorizationServer;
    await startFromPortal(page, {
      iss: issuer,
      login_hint: ADA.username,
      target_link_uri: `${stack.app.origin}/bare?tab=2`,
    });

    await page.waitForURL(({ origin }) => origin === stack.authorizationServer.origin);
    expect(await page.inputValue('[name=username]')).toBe(ADA.username);
    await endSignIn(page, stack);

    expect(page.url()).toBe(`${stack.app.origin}/bare?tab=2`);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', claims: { sub: ADA.sub } });
  });

  test('leads to no other server and to no other site', async ({ page }) => {
    await startFromPortal(page, { iss: 'https://evil.example', target_link_uri: PORTAL });
    await page.waitForURL(({ origin }) => origin === stack.app.origin);
    await connected(page);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-out', lastError: { code: 'request_invalid' } });
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);

    await startFromPortal(page, { iss: stack.authorizationServer.issuer, target_link_uri: PORTAL });
    await page.waitForURL(({ origin }) => origin === stack.authorizationServer.origin);
    await endSignIn(page, stack);

    expect(new URL(page.url()).pathname).toBe('/');
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  });
});

describe('another site that leads a window to the sign-in again and again', () => {
  test('does not make the sign-in of the user fail', async ({ page, context }) => {
    const { requests, origin } = stack.authorizationServer;
    await openBarePage(page, stack);
    await page.goto(`${stack.app.origin}/auth/login?returnTo=/bare`);
    await page.waitForURL((url) => url.origin === origin);
    const attacker = await context.newPage();
    await attacker.route(PORTAL, (route) => route.fulfill({ contentType: 'text/html', body: '<button>Open</button>' }));
    await attacker.goto(PORTAL);
    await attacker.evaluate((login) => {
      document.addEventListener('click', () => {
        const opened = open('about:blank');
        let count = 0;
        setInterval(() => {
          if (opened) opened.location.href = `${login}?returnTo=/${(count += 1)}`;
        }, 50);
      });
    }, `${stack.app.origin}/auth/login`);

    await attacker.getByRole('button').click();

    // The worker pushes each request, also one whose navigation is replaced by the next.
    await expect.poll(() => requests.count('pushed_authorization_request'), { timeout: 40_000 }).toBeGreaterThan(60);
    await attacker.close();
    await endSignIn(page, stack);
    expect(page.url()).toBe(`${stack.app.origin}/bare`);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', claims: { sub: ADA.sub } });
  });
});
