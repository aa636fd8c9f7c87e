import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { beginSignIn, callApi, endSignIn, sessionOf, signIn } from '../support/app-page.ts';
import { test } from '../support/engines/engine-test.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ app: { isolatedCallback: {} } });
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.requests.clear();
  stack.app.requests.clear();
});

/** The requests for the app's callback that reached the server. */
const callbackRequests = (): readonly string[] => stack.app.requests.list('/auth/callback').map(({ method }) => method);

describe.each([
  ['query', 'code'],
  ['fragment', 'code'],
  ['query.jwt', 'code'],
] as const)('with an isolated callback and the response mode %s', (responseMode, responseType) => {
  beforeEach(() => stack.app.configure({ worker: { responseMode, responseType, redirectUri: stack.app.redirectUri } }));

  test('a sign-in ends with a session, and the server of the app sees no response', async ({ page }) => {
    await signIn(page, stack);

    expect(new URL(stack.app.redirectUri).origin).not.toBe(stack.app.origin);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', claims: { plan: 'pro' } });
    expect(await page.url()).not.toMatch(/code=|response=/);
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    expect(callbackRequests()).toEqual([]);
  });
});

describe('with an isolated callback', () => {
  beforeEach(() => stack.app.configure({ worker: { redirectUri: stack.app.redirectUri } }));

  test('a sign-in succeeds even if the worker was stopped meanwhile', async ({ page, profile }) => {
    await beginSignIn(page, stack);

    await profile.stopWorkers();
    await endSignIn(page, stack);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    expect(callbackRequests()).toEqual([]);
  });
});

describe('with responseMode form_post', () => {
  beforeEach(() =>
    stack.app.configure({
      worker: { responseMode: 'form_post', redirectUri: `${stack.app.origin}/auth/callback` },
    }),
  );

  test('a sign-in ends with a session', async ({ page }) => {
    stack.authorizationServer.addApp(stack.app.origin);

    await signIn(page, stack);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    expect(callbackRequests()).toEqual([]);
  });
});
