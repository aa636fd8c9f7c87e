import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { EndpointRequest } from '../servers/authorization-server-log.ts';
import type { Fault } from '../servers/faults.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, fillLoginPage, openBarePage, sessionOf } from '../support/app-page.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';
import { noteOf, openFormPage, openPopup, outcomesOf, signInUnasked } from '../support/popup-page.ts';

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

/** The pop-up is gone, and the page is as it was. */
async function expectUnchanged(page: EnginePage): Promise<void> {
  await expect.poll(() => page.profile.pages(), POLL).toEqual([page]);
  expect(await noteOf(page)).toBe('half written');
  expect(await sessionOf(page)).toEqual({ status: 'signed-out', reason: 'not-signed-in' });
}

/** Refuses a sign-in at an endpoint, as a server does for a client that may not use the grant (RFC 6749, sections 4.1.2.1 and 5.2). */
function refusal(
  { endpoint, grantType, parameters }: EndpointRequest,
  at: 'authorization' | 'token',
): Fault | undefined {
  const error = 'unauthorized_client';
  if (endpoint !== at || (at === 'token' && grantType !== 'authorization_code')) return undefined;
  if (at === 'token') return { stage: 'before', answer: { status: 400, body: JSON.stringify({ error }) } };
  const state = parameters.get('state') ?? '';
  const answer = new URLSearchParams({ error, state, iss: stack.authorizationServer.issuer });
  const location = `${parameters.get('redirect_uri')}?${answer}`;
  return { stage: 'before', answer: { status: 303, headers: { location } } };
}

describe('a sign-in in a pop-up, by the policies that the server sends', () => {
  test('signs every tab in, closes its window, and the page keeps what was written', async ({ page, profile }) => {
    const other = await profile.newPage();
    await openBarePage(other, stack);
    await openFormPage(page, stack);
    await page.bringToFront();
    await page.fill('#note', 'half written');

    const popup = await openPopup(page, stack);
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
    const popup = await openPopup(page, stack);

    await popup.close();
    await page.bringToFront();
    await page.click('#text');

    await expect.poll(() => outcomesOf(page), POLL).toEqual(['popup_closed']);
    await expectUnchanged(page);
  });

  test('ends with popup_cancelled when the user cancels at the server', async ({ page }) => {
    await openFormPage(page, stack);
    await page.fill('#note', 'half written');
    const popup = await openPopup(page, stack);

    await popup.click('button[value=cancel]');

    await expect.poll(() => outcomesOf(page), POLL).toEqual(['popup_cancelled']);
    await expectUnchanged(page);
  });

  test.for([
    ['the authorization endpoint', 'authorization', 'authorization_refused'],
    ['the token endpoint', 'token', 'token_request_refused'],
  ] as const)('ends with the code of the refusal when %s refuses it', async ([, endpoint, code], { page }) => {
    stack.authorizationServer.faults.setRule((request) => refusal(request, endpoint));
    await openFormPage(page, stack);
    await page.fill('#note', 'half written');

    if (endpoint === 'authorization') await page.click('#sign-in');
    else await fillLoginPage(await openPopup(page, stack));

    await expect.poll(() => outcomesOf(page), POLL).toEqual([code]);
    await expectUnchanged(page);
  });

  test('ends with popup_superseded when the page begins a second one, which goes on', async ({ page }) => {
    await openFormPage(page, stack);
    await openPopup(page, stack);
    await page.bringToFront();

    const second = await openPopup(page, stack);

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
