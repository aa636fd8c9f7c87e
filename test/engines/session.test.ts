import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished } from 'vitest';
import type { EndpointRequest } from '../servers/authorization-server-log.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import {
  beginSignIn,
  callApi,
  connected,
  endSignIn,
  openBarePage,
  sessionIfAny,
  sessionOf,
  signIn,
} from '../support/app-page.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';
import { gateRequest } from '../support/gate.ts';
import { tokenExpired } from '../support/worker-life.ts';

const POLL = { timeout: 15_000 };
const INVALID_TOKEN = {
  stage: 'before',
  answer: {
    status: 401,
    headers: {
      'www-authenticate': 'Bearer error="invalid_token"',
      'access-control-expose-headers': 'www-authenticate',
    },
  },
} as const;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.requests.clear();
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
  stack.authorizationServer.faults.clear();
  stack.api.faults.clear();
  stack.app.configure({ worker: {}, workerServing: 'sealed' });
});

const isRefresh = (request: EndpointRequest): boolean => request.grantType === 'refresh_token';

/** Signs in, and forgets what the authorization server was asked until then. */
async function beginSession(page: EnginePage): Promise<void> {
  await signIn(page, stack);
  stack.authorizationServer.requests.clear();
}

/** Signs in with a token that expires at once; the next ones last. */
async function beginSessionWithExpiredToken(page: EnginePage): Promise<void> {
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 1 });
  await beginSession(page);
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
  await tokenExpired(page);
}

/** Expects that the session goes on, and that nobody has seen a login page since it began. */
async function expectSessionWithoutLoginPage(page: EnginePage): Promise<void> {
  await expect.poll(() => sessionIfAny(page), POLL).toMatchObject({ status: 'signed-in' });
  expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  expect(stack.authorizationServer.requests.count('interaction')).toBe(0);
}

describe('a sign-in', () => {
  test('ends with a session, its claims and scopes, and no code in the URL', async ({ page }) => {
    await signIn(page, stack);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'sealed', claims: { plan: 'pro' } });
    expect(await page.url()).not.toContain('code=');
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  });

  test('succeeds even if the worker was stopped while the login page was open', async ({ page, profile }) => {
    await beginSignIn(page, stack);
    stack.authorizationServer.requests.clear();

    await profile.stopWorkers();
    await endSignIn(page, stack);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    expect(stack.authorizationServer.requests.count('token', 'authorization_code')).toBe(1);
  });

  test('binds the tokens to a key (DPoP), which outlives the worker', async ({ page, profile }) => {
    stack.app.configure({ worker: { dpop: 'required' } });
    await signIn(page, stack);
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    stack.authorizationServer.requests.clear();

    await profile.stopWorkers();

    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    expect(stack.api.requests.list('/api/me').at(-1)?.authorizationScheme).toBe('DPoP');
    expect(stack.authorizationServer.requests.count('token')).toBe(0);
  });
});

describe('a session', () => {
  test('is known after a reload, and to a tab that is opened later', async ({ page, profile }) => {
    await beginSession(page);

    await page.reload();
    await connected(page);
    const other = await profile.newPage();
    await openBarePage(other, stack);

    for (const tab of [page, other]) await expectSessionWithoutLoginPage(tab);
    expect(stack.authorizationServer.requests.count('token')).toBe(0);
  });

  test('continues when the worker was stopped, without a request to the authorization server', async ({
    page,
    profile,
  }) => {
    await beginSession(page);

    await profile.stopWorkers();
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    await page.reload();
    await connected(page);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'sealed' });
    expect(stack.authorizationServer.requests.count('token')).toBe(0);
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
  });

  test('costs one refresh when the token has expired, however many requests of however many tabs', async ({
    page,
    profile,
  }) => {
    await beginSessionWithExpiredToken(page);
    const tabs = [page, await profile.newPage(), await profile.newPage()];
    for (const tab of tabs.slice(1)) await openBarePage(tab, stack);

    const answers = await Promise.all(tabs.flatMap((tab) => [callApi(tab, stack), callApi(tab, stack, '/notes')]));

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(stack.authorizationServer.requests.count('token', 'refresh_token')).toBe(1);
    expect(stack.authorizationServer.requests.countRefreshTokenReuses()).toBe(0);
  });

  test('costs one refresh when the API calls the token invalid, and the request is sent again', async ({ page }) => {
    await beginSession(page);
    stack.api.faults.plan(({ authorizationScheme }) => authorizationScheme === 'Bearer', INVALID_TOKEN);

    const answer = await callApi(page, stack, '/echo', { method: 'POST', body: 'kept' });

    expect(answer).toMatchObject({ status: 200 });
    expect(JSON.parse(answer.body)).toMatchObject({ method: 'POST', size: 4 });
    expect(stack.authorizationServer.requests.count('token', 'refresh_token')).toBe(1);
  });

  test('gets its token by a refresh whose tab was closed', async ({ page, profile }) => {
    // The refresh waits for as long as it takes to close the tab.
    stack.app.configure({ worker: { requestTimeoutMs: 120_000 } });
    await beginSessionWithExpiredToken(page);
    const other = await profile.newPage();
    await openBarePage(other, stack);
    const gate = gateRequest(stack.authorizationServer.faults, isRefresh);
    await page.evaluate((url) => void fetch(url), `${stack.api.url}/me`);
    await gate.arrived;

    await page.close();
    gate.open();

    await expectSessionWithoutLoginPage(other);
    expect(stack.authorizationServer.requests.countRefreshTokenReuses()).toBe(0);
  });

  test('outlives an outage of the authorization server', async ({ page }) => {
    await beginSessionWithExpiredToken(page);
    stack.authorizationServer.faults.plan(isRefresh, { stage: 'before', answer: { status: 503 } });

    await callApi(page, stack).catch(() => undefined);

    await expect.poll(() => sessionOf(page), POLL).toMatchObject({ status: 'signed-in' });
    await expect.poll(async () => (await callApi(page, stack)).status, POLL).toBe(200);
  });

  test('ends in every tab at sign-out, and its tokens are revoked', async ({ page, profile }) => {
    await beginSession(page);
    const other = await profile.newPage();
    await openBarePage(other, stack);

    await page.evaluate(() => void window.tokenward.logout());

    await expect.poll(() => sessionOf(other), POLL).toMatchObject({ status: 'signed-out' });
    await expect.poll(() => stack.authorizationServer.requests.count('revocation'), POLL).toBeGreaterThan(0);
    expect(await callApi(other, stack)).toMatchObject({ status: 401 });
  });

  test('has also ended for a page that the browser has kept for the back button', async ({ page, profile }) => {
    await beginSession(page);
    const other = await profile.newPage();
    await openBarePage(other, stack);
    await page.goto(`${stack.app.origin}/there-is-nothing`);
    const revocations = stack.authorizationServer.requests.count('revocation');

    await other.evaluate(() => void window.tokenward.logout());
    await expect.poll(() => stack.authorizationServer.requests.count('revocation'), POLL).toBeGreaterThan(revocations);
    await page.evaluate(() => void setTimeout(() => history.back()));
    await connected(page);

    await expect.poll(() => sessionOf(page), POLL).toMatchObject({ status: 'signed-out' });
  });

  test('continues by a silent sign-in if the worker is a static file and was stopped', async ({ page, profile }) => {
    stack.app.configure({ workerServing: 'static' });
    await beginSession(page);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'memory' });

    await page.goto('about:blank');
    await profile.stopWorkers();
    await openBarePage(page, stack);

    await expectSessionWithoutLoginPage(page);
  });

  test('is in no document of the origin whose script could go where the page may not', async ({ page }) => {
    stack.app.configure({ securityHeaders: 'off' });
    onTestFinished(() => stack.app.configure({ securityHeaders: 'on' }));
    await beginSession(page);

    const isReachable = (path: string): Promise<boolean> =>
      page.evaluate(async (address) => {
        const frame = document.createElement('iframe');
        frame.src = address;
        const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
        document.body.append(frame);
        await loaded;
        return frame.contentDocument !== null;
      }, path);

    expect(await isReachable('/')).toBe(true);
    expect(await isReachable('/auth/session')).toBe(false);
    const answer = await page.evaluate(async () => {
      const { status, headers } = await fetch('/auth/session');
      return [status, headers.get('content-security-policy')];
    });
    expect(answer).toEqual([200, 'sandbox']);
  });
});
