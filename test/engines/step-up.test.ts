import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { GRACE } from '../servers/users.ts';
import { callApi, fillLoginPage, sessionOf, signIn } from '../support/app-page.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';
import { popupAfter } from '../support/popup-page.ts';
import { openStepUpPage, resultsOf } from '../support/step-up-page.ts';

const POLL = { timeout: 20_000 };
const CLAIMS = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}';
const CHALLENGE = `Bearer realm="", error="insufficient_claims", claims="${Buffer.from(CLAIMS).toString('base64url')}"`;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ authorizationServer: { accessTokenTtlSeconds: 3600 } });
  const resource = { url: stack.api.url, claimsFromChallenge: { access_token: ['acrs'] }, stepUpWaitSeconds: 60 };
  stack.app.configure({ worker: { protectedResources: [resource] } });
});
afterAll(() => stack.close());
beforeEach(() => stack.api.requireStepUp(undefined));

/** Makes the API refuse every token until the user has signed in again. */
function refuse(): void {
  const before = stack.authorizationServer.requests.count('token', 'authorization_code');
  stack.api.requireStepUp(() =>
    stack.authorizationServer.requests.count('token', 'authorization_code') > before
      ? undefined
      : { status: 401, challenge: CHALLENGE, reason: 'Sign in again.' },
  );
}

/** Sends a request that the API refuses, and waits until the page asks the user to sign in again. */
async function meetChallenge(page: EnginePage): Promise<void> {
  await signIn(page, stack);
  await openStepUpPage(page, stack, { answer: 'click' });
  stack.api.requests.clear();
  refuse();
  await page.click('#send');
  await page.waitForSelector('#confirm:not([hidden])', { state: 'attached' });
}

describe('a request that an API answers with a challenge for claims', () => {
  test('waits for the pop-up, and is sent once more with its body', async ({ page }) => {
    await meetChallenge(page);

    await page.click('#confirm');

    await expect.poll(() => resultsOf(page), POLL).toEqual([expect.stringMatching(/^200 .*"size":5/)]);
    expect(stack.api.requests.list('/api/echo').map(({ status }) => status)).toEqual([401, 200]);
    expect(stack.authorizationServer.requests.list('authorization').at(-1)?.parameters.get('claims')).toBe(CLAIMS);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  });

  test('is not sent once more if another user signs in in the pop-up', async ({ page }) => {
    await meetChallenge(page);
    stack.authorizationServer.endUserSessions();

    await fillLoginPage(await popupAfter(page, stack, () => page.click('#confirm')), GRACE);

    await expect.poll(() => resultsOf(page), POLL).toEqual(['401 Sign in again.']);
    expect(stack.api.requests.list('/api/echo').map(({ status }) => status)).toEqual([401]);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', claims: { sub: GRACE.sub } });
  });

  test('gets the answer of the API if the page does not want to', async ({ page }) => {
    await signIn(page, stack);
    await openStepUpPage(page, stack, { answer: 'refuse' });
    refuse();

    await page.click('#send');

    await expect.poll(() => resultsOf(page), POLL).toEqual(['401 Sign in again.']);
  });
});
