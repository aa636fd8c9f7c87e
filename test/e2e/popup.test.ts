import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, connected, fillLoginPage, sessionOf, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { noteOf, openFormPage, outcomesOf } from '../support/popup-page.ts';
import { stopWorker, tokenExpired } from '../support/worker-life.ts';

const POLL = { timeout: 20_000 };
const SIGNED_OUT = { status: 'signed-out', reason: 'not-signed-in' };

let stack: Stack;
let isolated: Stack;
beforeAll(async () => {
  [stack, isolated] = await Promise.all([startStack(), startStack({ app: { isolatedCallback: {} } })]);
});
afterAll(async () => void (await Promise.all([stack.close(), isolated.close()])));
beforeEach(() => {
  stack.app.configure({ securityHeaders: 'on', policy: {} });
  stack.authorizationServer.faults.clear();
  stack.authorizationServer.endUserSessions();
});

/** Clicks the button, and returns the pop-up when it shows the login page. */
async function openPopup(page: Page): Promise<Page> {
  const opened = page.waitForEvent('popup');
  await page.click('#sign-in');
  const popup = await opened;
  await popup.waitForSelector('[name=username]');
  return popup;
}

/** Returns the time at which the user of the session has signed in, in seconds since the epoch. */
async function authTimeOf(page: Page): Promise<unknown> {
  const session = await sessionOf(page);
  return session.status === 'signed-in' ? session.claims['auth_time'] : undefined;
}

/** Loses the session: the server refuses the refresh token. */
async function loseSession(page: Page): Promise<void> {
  await tokenExpired(page);
  stack.authorizationServer.revokeTokens();
  await callApi(page, stack);
  await expect.poll(() => sessionOf(page), POLL).toMatchObject({ status: 'signed-out', reason: 'lost' });
}

describe('a sign-in in a pop-up', () => {
  test('that the token endpoint refuses rejects with the code of that, and leaves the session as it was', async ({
    page,
  }) => {
    stack.authorizationServer.faults.plan(({ grantType }) => grantType === 'authorization_code', {
      stage: 'before',
      answer: { status: 400, body: JSON.stringify({ error: 'unauthorized_client' }) },
    });
    await openFormPage(page, stack);
    const popup = await openPopup(page);
    const closed = popup.waitForEvent('close');

    await fillLoginPage(popup);

    await expect.poll(() => outcomesOf(page), POLL).toEqual(['token_request_refused']);
    await closed;
    expect(await sessionOf(page)).toEqual(SIGNED_OUT);
  });

  test('that asks for what the configuration does not allow opens no window for long', async ({ page }) => {
    await openFormPage(page, stack, { scopes: ['made-up'] });
    await page.click('#sign-in');

    await expect.poll(() => outcomesOf(page), POLL).toEqual(['request_invalid']);
    await expect.poll(() => page.context().pages(), POLL).toEqual([page]);
  });

  test('rejects with popup_superseded when the page begins a second one, which goes on', async ({ page }) => {
    await openFormPage(page, stack);
    await openPopup(page);
    const second = await openPopup(page);

    expect(await outcomesOf(page)).toEqual(['popup_superseded', 'pending']);
    await fillLoginPage(second);
    await expect.poll(() => outcomesOf(page), POLL).toEqual(['popup_superseded', 'signed in']);
  });

  test('brings the session though its window was taken for closed: the user was back in the page before', async ({
    page,
  }) => {
    await openFormPage(page, stack);
    const popup = await openPopup(page);
    await page.click('#text');
    await expect.poll(() => outcomesOf(page), POLL).toEqual(['popup_closed']);

    await fillLoginPage(popup);

    await expect.poll(() => sessionOf(page), POLL).toMatchObject({ status: 'signed-in' });
  });

  test('goes on while the user is in the page, where no policy takes the handle of the window', async ({ page }) => {
    stack.app.configure({ securityHeaders: 'on', policy: { popups: 'keep' } });
    await openFormPage(page, stack);
    const popup = await openPopup(page);
    await page.click('#text');
    await page.fill('#note', 'written meanwhile');
    expect(await outcomesOf(page)).toEqual(['pending']);

    await fillLoginPage(popup);

    await expect.poll(() => outcomesOf(page), POLL).toEqual(['signed in']);
    expect(await noteOf(page)).toBe('written meanwhile');
  });

  test('ends in a worker that was stopped meanwhile', async ({ page }) => {
    await openFormPage(page, stack);
    const popup = await openPopup(page);
    await stopWorker(page);

    await fillLoginPage(popup);

    await expect.poll(() => outcomesOf(page), POLL).toEqual(['signed in']);
  });

  test('signs in the page that was loaded again meanwhile', async ({ page }) => {
    await openFormPage(page, stack);
    const popup = await openPopup(page);
    await page.reload();
    await connected(page);
    const closed = popup.waitForEvent('close');

    await fillLoginPage(popup);

    await closed;
    await expect.poll(() => sessionOf(page), POLL).toMatchObject({ status: 'signed-in' });
  });

  test('takes the response of an isolated callback', async ({ page }) => {
    await openFormPage(page, isolated);
    const popup = await openPopup(page);
    const closed = popup.waitForEvent('close');

    await fillLoginPage(popup);

    await expect.poll(() => outcomesOf(page), POLL).toEqual(['signed in']);
    await closed;
  });
});

describe('a step-up in a pop-up', () => {
  test('makes the sign-in one whose time is proven, and the page stays', async ({ page }) => {
    await signIn(page, stack);
    await openFormPage(page, stack, { maxAge: 0 });
    await page.fill('#note', 'half written');
    expect(await authTimeOf(page)).toBeUndefined();

    // The server asks the user, whom it knows.
    await fillLoginPage(await openPopup(page));

    await expect.poll(() => outcomesOf(page), POLL).toEqual(['signed in']);
    expect(await authTimeOf(page)).toEqual(expect.any(Number));
    expect(await noteOf(page)).toBe('half written');
  });

  test('that the user cancels leaves the session as it was', async ({ page }) => {
    await signIn(page, stack);
    await openFormPage(page, stack, { maxAge: 0 });
    const before = await sessionOf(page);

    await (await openPopup(page)).click('button[value=cancel]');

    await expect.poll(() => outcomesOf(page), POLL).toEqual(['popup_cancelled']);
    expect(await sessionOf(page)).toEqual(before);
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  });
});

describe('the document in which a pop-up ends', () => {
  test('says that the user may close the window, where script may not', async ({ page }) => {
    await signIn(page, stack);

    // A link in the app, and so a second entry of the history.
    await page.evaluate(() => window.location.assign('/auth/login?closing'));

    await expect.poll(() => page.textContent('main'), POLL).toBe('You are signed in.You can close this window.');
    expect(page.url()).toBe(`${stack.app.origin}/auth/login?closing`);
  });
});

describe("a session that was lost, with renewal: 'popup'", () => {
  test('is renewed in a pop-up at the next click, and the page stays', async ({ page }) => {
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 1 });
    await signIn(page, stack);
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
    await openFormPage(page, stack, {}, { renewal: 'popup' });
    await page.fill('#note', 'half written');
    await loseSession(page);
    await page.keyboard.press('a');
    expect(page.context().pages()).toEqual([page]);

    await page.click('#text');

    await expect.poll(() => sessionOf(page), POLL).toMatchObject({ status: 'signed-in' });
    await expect.poll(() => page.context().pages(), POLL).toEqual([page]);
    expect(await noteOf(page)).toBe('half writtena');
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  });
});
