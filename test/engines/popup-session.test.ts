import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { GRACE } from '../servers/users.ts';
import { callApi, fillLoginPage, sessionOf, signIn } from '../support/app-page.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';
import { noteOf, openFormPage, openPopup, outcomesOf, popupAfter } from '../support/popup-page.ts';

const POLL = { timeout: 20_000 };

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ authorizationServer: { accessTokenTtlSeconds: 3600 } });
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.app.configure({ securityHeaders: 'on' });
  stack.api.requireStepUp(undefined);
  stack.authorizationServer.endUserSessions();
});

/** Returns the time at which the user of the session has signed in, in seconds since the epoch. */
async function authTimeOf(page: EnginePage): Promise<unknown> {
  const session = await sessionOf(page);
  return session.status === 'signed-in' ? session.claims['auth_time'] : undefined;
}

/** Loses the session: the API refuses the access token, and the server the refresh token. */
async function loseSession(page: EnginePage): Promise<void> {
  stack.authorizationServer.revokeTokens();
  stack.api.requireStepUp(() => ({ status: 401, challenge: 'Bearer error="invalid_token"', reason: 'Revoked.' }));
  await callApi(page, stack);
  await expect.poll(() => sessionOf(page), POLL).toMatchObject({ status: 'signed-out', reason: 'lost' });
  stack.api.requireStepUp(undefined);
}

/** Opens a page with a form, writes into it, and loses the session. */
async function loseSessionOfForm(page: EnginePage, renewal: 'popup' | 'manual' = 'popup'): Promise<void> {
  await signIn(page, stack);
  await openFormPage(page, stack, {}, { renewal });
  await page.fill('#note', 'half written');
  await loseSession(page);
}

describe('a step-up in a pop-up', () => {
  test('makes the sign-in one whose time is proven, and the page stays', async ({ page }) => {
    await signIn(page, stack);
    await openFormPage(page, stack, { maxAge: 0 });
    await page.fill('#note', 'half written');
    expect(await authTimeOf(page)).toBeUndefined();

    // The server asks the user, whom it knows.
    await fillLoginPage(await openPopup(page, stack));

    await expect.poll(() => outcomesOf(page), POLL).toEqual(['signed in']);
    expect(await authTimeOf(page)).toEqual(expect.any(Number));
    expect(await noteOf(page)).toBe('half written');
  });

  test('that the user cancels leaves the session as it was', async ({ page }) => {
    await signIn(page, stack);
    await openFormPage(page, stack, { maxAge: 0 });
    const before = await sessionOf(page);

    await (await openPopup(page, stack)).click('button[value=cancel]');

    await expect.poll(() => outcomesOf(page), POLL).toEqual(['popup_cancelled']);
    expect(await sessionOf(page)).toEqual(before);
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  });
});

describe("a session that was lost, with renewal: 'popup'", () => {
  test('is renewed in a pop-up at the next click, and the page stays', async ({ page }) => {
    await loseSessionOfForm(page);

    await page.click('#text');

    await expect.poll(() => sessionOf(page), POLL).toMatchObject({ status: 'signed-in' });
    await expect.poll(() => page.profile.pages(), POLL).toEqual([page]);
    expect(await noteOf(page)).toBe('half written');
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  });

  test('is renewed by the user, whom the server does not know any more', async ({ page }) => {
    await loseSessionOfForm(page);
    stack.authorizationServer.endUserSessions();

    await fillLoginPage(await popupAfter(page, stack, () => page.click('#text')));

    await expect.poll(() => sessionOf(page), POLL).toMatchObject({ status: 'signed-in' });
    await expect.poll(() => page.profile.pages(), POLL).toEqual([page]);
    expect(await noteOf(page)).toBe('half written');
  });

  test('does not become the session of another user, who signs in only where the app asks', async ({ page }) => {
    await loseSessionOfForm(page);
    stack.authorizationServer.endUserSessions();

    await fillLoginPage(await popupAfter(page, stack, () => page.click('#text')), GRACE);

    const ended = { status: 'signed-out', reason: 'other-user', lastError: { code: 'user_changed' } };
    await expect.poll(() => sessionOf(page), POLL).toMatchObject(ended);
    await expect.poll(() => page.profile.pages(), POLL).toEqual([page]);
    expect(await callApi(page, stack)).toMatchObject({ status: 401 });

    // The server knows her now: the window closes by itself.
    await page.click('#sign-in');
    await expect.poll(() => outcomesOf(page), POLL).toEqual(['user_changed']);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', claims: { sub: GRACE.sub } });
  });
});

describe('a sign-in in a pop-up of a page that another user has written in', () => {
  test('rejects with user_changed, so that what comes after it is not sent', async ({ page }) => {
    await loseSessionOfForm(page, 'manual');
    stack.authorizationServer.endUserSessions();

    await fillLoginPage(await openPopup(page, stack), GRACE);

    await expect.poll(() => outcomesOf(page), POLL).toEqual(['user_changed']);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', claims: { sub: GRACE.sub } });
    expect(await noteOf(page)).toBe('half written');
  });
});
