import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { connected, fillLoginPage, sessionOf, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { noteOf, openFormPage, outcomesOf } from '../support/popup-page.ts';
import { stopWorker } from '../support/worker-life.ts';

const POLL = { timeout: 20_000 };

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

describe('a sign-in in a pop-up', () => {
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

describe('the document in which a pop-up ends', () => {
  test('says that the user may close the window, where script may not', async ({ page }) => {
    await signIn(page, stack);

    // A link in the app, and so a second entry of the history.
    await page.evaluate(() => window.location.assign('/auth/login?closing'));

    await expect.poll(() => page.textContent('main'), POLL).toBe('You are signed in.You can close this window.');
    expect(page.url()).toBe(`${stack.app.origin}/auth/login?closing`);
  });
});
