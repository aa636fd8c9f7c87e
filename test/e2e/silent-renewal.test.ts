import type { Page } from 'playwright';
import type { Session } from 'tokenward';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { CLIENT_ID } from '../servers/authorization-server-configuration.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import { ADA, GRACE, type User } from '../servers/users.ts';
import {
  callApi,
  connected,
  connectedAnew,
  connectScript,
  endSignIn,
  fillLoginPage,
  goToLoginPage,
  markDocument,
  openBarePage,
  sessionOf,
  signIn,
} from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { documentShown, numberDocuments } from '../support/next-document.ts';
import { revokeAccessToken } from '../support/refused-token.ts';
import { stopWorker } from '../support/worker-life.ts';

const POLL = { timeout: 20_000 };
/** Redirect URI of another app of the same authorization server. No server is behind it. */
const OTHER_APP = 'http://other-app.localhost:9';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    app: {
      worker: {
        scopes: ['openid', 'offline_access'],
        scopesFromPage: ['notes:read', 'email'],
        parametersFromPage: ['connection', 'login_hint'],
      },
    },
  });
  stack.authorizationServer.addApp(OTHER_APP, ['/back']);
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.faults.clear();
  stack.api.faults.clear();
  stack.authorizationServer.endUserSessions();
  stack.authorizationServer.requests.clear();
  stack.app.configure({ workerServing: 'sealed' });
});

/** Signs in on the bare page, with the options that an app gives. */
async function signInWith(page: Page, options: object): Promise<void> {
  await openBarePage(page, stack);
  await page.evaluate((given) => void window.tokenward.login(given), options);
  await page.waitForURL(({ origin }) => origin === stack.authorizationServer.origin);
  await endSignIn(page, stack);
  stack.authorizationServer.requests.clear();
}

/** Signs a user in at the authorization server for another app, in another tab of the browser. */
async function signInElsewhere(page: Page, user: User): Promise<void> {
  stack.authorizationServer.endUserSessions();
  const tab = await page.context().newPage();
  const query = new URLSearchParams({
    client_id: CLIENT_ID,
    redirect_uri: `${OTHER_APP}/back`,
    response_type: 'code',
    scope: 'openid',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  });
  await tab.goto(`${stack.authorizationServer.origin}/auth?${query}`);
  const back = tab.waitForRequest((request) => request.url().startsWith(`${OTHER_APP}/back`));
  await fillLoginPage(tab, user);
  await back;
  await tab.close();
}

/** Returns the parameters of the silent requests that have reached the authorization server. */
function silentRequests(): readonly Readonly<Record<string, string>>[] {
  const requests = stack.authorizationServer.requests.list('authorization').filter(({ path }) => path === '/auth');
  return requests.map(({ parameters }) => Object.fromEntries(parameters)).filter(({ prompt }) => prompt === 'none');
}

/** Puts an answer into a cache that belongs to the user. */
async function fillUserCache(page: Page): Promise<void> {
  await page.evaluate(async () => (await caches.open('tokenward-notes')).put('/note', new Response('of Ada')));
}

const userCaches = (page: Page): Promise<readonly string[]> => page.evaluate(() => caches.keys());

/** Loses the session: the API refuses the access token, and the server the refresh token. The page then renews it. */
async function loseSession(page: Page): Promise<void> {
  stack.authorizationServer.revokeTokens();
  revokeAccessToken(stack.api);
  await callApi(page, stack).catch(() => undefined);
}

/** Loads the page again, and waits until it is back from the authorization server that it then asks by itself. */
async function reloadAndReturn(page: Page): Promise<void> {
  await numberDocuments(page);
  await page.reload();
  await documentShown(page, 2);
  await connected(page);
}

const session = (page: Page): Promise<Session | undefined> => sessionOf(page).catch(() => undefined);

describe('the silent renewal of a session that was lost', () => {
  test('asks for the user, with the parameters and the scopes of the sign-in', async ({ page }) => {
    await signInWith(page, { scopes: ['openid', 'notes:read', 'email'], parameters: { connection: 'acme' } });
    expect(await session(page)).toMatchObject({ claims: { email: ADA.username } });

    await markDocument(page);
    await loseSession(page);

    await connectedAnew(page);
    expect(silentRequests()).toMatchObject([
      {
        connection: 'acme',
        scope: 'openid offline_access notes:read email',
        id_token_hint: expect.stringMatching(/^ey/),
      },
    ]);
    expect(await session(page)).toMatchObject({
      status: 'signed-in',
      claims: { sub: ADA.sub, email: ADA.username },
    });
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  });

  test('is refused by a server at which another user has signed in since, because of the hint', async ({ page }) => {
    await signInWith(page, {});
    await fillUserCache(page);
    await signInElsewhere(page, GRACE);

    await loseSession(page);

    const refused = { status: 'signed-out', reason: 'refused', lastError: { serverCode: 'login_required' } };
    await expect.poll(() => session(page), POLL).toMatchObject(refused);
    await expect.poll(() => userCaches(page), POLL).toEqual([]);
  });
});

describe('the silent renewal of a session that was lost with the memory of the worker', () => {
  beforeEach(() => stack.app.configure({ workerServing: 'static' }));

  test('asks with the parameters and scopes that the page has noted', async ({ page }) => {
    await signInWith(page, { scopes: ['openid', 'notes:read', 'email'], parameters: { connection: 'acme' } });

    await stopWorker(page);
    await reloadAndReturn(page);

    expect(await session(page)).toMatchObject({ status: 'signed-in', claims: { email: ADA.username } });
    expect(silentRequests()).toMatchObject([{ connection: 'acme', scope: 'openid offline_access notes:read email' }]);
    expect(new URL(page.url()).pathname).toBe('/bare');
  });

  test('never brings back another user: the session ends, its caches are deleted, and the app decides', async ({
    page,
  }) => {
    await signInWith(page, {});
    await fillUserCache(page);
    await signInElsewhere(page, GRACE);

    await stopWorker(page);
    await reloadAndReturn(page);

    const ended = { status: 'signed-out', reason: 'other-user', lastError: { code: 'user_changed' } };
    expect(await session(page)).toMatchObject(ended);
    await expect.poll(() => userCaches(page), POLL).toEqual([]);
    expect(await callApi(page, stack)).toMatchObject({ status: 401 });
    // The page has forgotten the user: it renews nothing by itself, now or later.
    await page.reload();
    await connected(page);
    expect(silentRequests()).toHaveLength(1);

    await page.evaluate(() => void window.tokenward.login());
    await expect.poll(() => session(page), POLL).toMatchObject({ status: 'signed-in', claims: { sub: GRACE.sub } });
  });

  test('by the app itself never brings back another user either', async ({ page }) => {
    stack.app.pages.set('/bare.js', connectScript({ renewal: 'manual' }));
    stack.app.pages.set('/manual', {
      body: '<!doctype html><title>Manual</title><script type="module" src="/bare.js"></script>',
    });
    await page.goto(`${stack.app.origin}/manual`);
    await connected(page);
    await goToLoginPage(page, stack);
    await endSignIn(page, stack);
    await signInElsewhere(page, GRACE);
    await stopWorker(page);
    await page.reload();
    await connected(page);
    expect(await session(page)).toMatchObject({ status: 'signed-out', reason: 'not-signed-in' });

    await page.evaluate(() => void window.tokenward.login({ silent: true }));

    await expect.poll(() => session(page), POLL).toMatchObject({ status: 'signed-out', reason: 'other-user' });
  });
});

describe('a server that takes no notice of prompt=none', () => {
  /** Loses the memory of the worker, and opens the app in a tab that has made no attempt yet. */
  async function loseMemory(page: Page): Promise<Page> {
    await stopWorker(page);
    const next = await page.context().newPage();
    await page.close();
    await next.goto(`${stack.app.origin}/bare`).catch(() => {});
    return next;
  }

  test('is visited once, though the user signs in on the page that it shows', async ({ page }) => {
    stack.app.configure({ workerServing: 'static' });
    await signInWith(page, {});
    stack.authorizationServer.endUserSessions();
    stack.authorizationServer.faults.setRule(({ endpoint, path, parameters }) => {
      if (endpoint !== 'authorization' || path !== '/auth' || parameters.get('prompt') !== 'none') return undefined;
      const query = new URLSearchParams(parameters);
      query.delete('prompt');
      const body = `<a href="/auth?${String(query).replaceAll('&', '&amp;')}">Sign in</a>`;
      return { stage: 'before', answer: { status: 200, headers: { 'content-type': 'text/html' }, body } };
    });

    const second = await loseMemory(page);
    await second.getByRole('link').click();
    await second.waitForSelector('[name=username]');
    await endSignIn(second, stack);
    expect(await session(second)).toMatchObject({ status: 'signed-in' });
    const third = await loseMemory(second);
    await connected(third);

    expect(await session(third)).toMatchObject({ status: 'signed-out', reason: 'not-signed-in' });
    expect(silentRequests()).toHaveLength(1);
  });

  test('is told apart from one that answers with a redirect, which is visited again', async ({ page }) => {
    stack.app.configure({ workerServing: 'static' });
    await signInWith(page, {});

    await numberDocuments(page);

    let tab = page;
    for (const count of [1, 2]) {
      tab = await loseMemory(tab);
      await documentShown(tab, 2);
      await connected(tab);
      expect(await session(tab)).toMatchObject({ status: 'signed-in' });
      expect(silentRequests()).toHaveLength(count);
    }
  });
});

describe('a link on another site to a silent sign-in', () => {
  test('does not end or change the session that is there, though another user has signed in at the server', async ({
    page,
  }) => {
    await signIn(page, stack);
    await signInElsewhere(page, GRACE);
    await page.setContent(
      `<a href="${stack.app.origin}/auth/login?prompt=none&returnTo=/bare&session_user=${GRACE.sub}&session_memory=none">A present</a>`,
    );

    await page.getByRole('link').click();
    await page.waitForURL(({ pathname }) => pathname === '/bare');
    await connected(page);

    expect(await session(page)).toMatchObject({
      status: 'signed-in',
      claims: { sub: ADA.sub },
      lastError: { code: 'user_changed' },
    });
  });
});
