import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, fillLoginPage, openBarePage, sessionOf } from '../support/app-page.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';
import { noteOf, openFormPage, outcomesOf, signInUnasked } from '../support/popup-page.ts';
import { until } from '../support/until.ts';

const POLL = { timeout: 20_000 };

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.app.configure({ securityHeaders: 'on' });
  stack.authorizationServer.faults.clear();
});

/** Clicks the button, and returns the pop-up when it shows the login page. */
async function openPopup(page: EnginePage): Promise<EnginePage> {
  const before = await page.profile.pages();
  await page.click('#sign-in');
  const popup = await until(
    async () => (await page.profile.pages()).find((each) => !before.includes(each)),
    () => 'the pop-up',
  );
  await popup.waitForURL(({ origin }) => origin === stack.authorizationServer.origin);
  await popup.waitForSelector('[name=username]', { state: 'attached' });
  return popup;
}

/** The pop-up is gone, and the page is as it was. */
async function expectUnchanged(page: EnginePage): Promise<void> {
  await expect.poll(() => page.profile.pages(), POLL).toEqual([page]);
  expect(await noteOf(page)).toBe('half written');
  expect(await sessionOf(page)).toEqual({ status: 'signed-out', reason: 'not-signed-in' });
}

describe('a sign-in in a pop-up, by the policies that the server sends', () => {
  test('signs every tab in, closes its window, and the page keeps what was written', async ({ page, profile }) => {
    const other = await profile.newPage();
    await openBarePage(other, stack);
    await openFormPage(page, stack);
    await page.bringToFront();
    await page.fill('#note', 'half written');

    const popup = await openPopup(page);
    expect(await outcomesOf(page)).toEqual(['pending']);
    await fillLoginPage(popup);

    await expect.poll(() => outcomesOf(page), POLL).toEqual(['signed in']);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    await expect.poll(() => sessionOf(other), POLL).toMatchObject({ status: 'signed-in' });
    await expect.poll(async () => (await profile.pages()).length, POLL).toBe(2);
    expect(await noteOf(page)).toBe('half written');
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  });

  test('ends with popup_closed when the user has closed the window, and is back in the page', async ({ page }) => {
    await openFormPage(page, stack);
    await page.fill('#note', 'half written');
    const popup = await openPopup(page);

    await popup.close();
    await page.bringToFront();
    await page.click('#text');

    await expect.poll(() => outcomesOf(page), POLL).toEqual(['popup_closed']);
    await expectUnchanged(page);
  });

  test('ends with popup_cancelled when the user cancels at the server', async ({ page }) => {
    await openFormPage(page, stack);
    await page.fill('#note', 'half written');
    const popup = await openPopup(page);

    await popup.click('button[value=cancel]');

    await expect.poll(() => outcomesOf(page), POLL).toEqual(['popup_cancelled']);
    await expectUnchanged(page);
  });

  test('ends with popup_superseded when the page begins a second one, which goes on', async ({ page }) => {
    await openFormPage(page, stack);
    await openPopup(page);
    await page.bringToFront();

    const second = await openPopup(page);

    expect((await outcomesOf(page))[0]).toMatch(/^popup_(superseded|closed)$/);
    await fillLoginPage(second);
    await expect.poll(async () => (await outcomesOf(page))[1], POLL).toBe('signed in');
  });

  test('ends with popup_blocked if no user has asked for it', async ({ page, profile }) => {
    const other = await profile.newPage();
    await openBarePage(other, stack);
    await openFormPage(page, stack);

    await signInUnasked(other);

    await other.waitForFunction(() => localStorage.getItem('outcome') !== null);
    expect(await outcomesOf(page)).toEqual(['popup_blocked']);
    expect(await profile.pages()).toHaveLength(2);
  });
});
