import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished } from 'vitest';
import { startApi, type Api } from '../servers/api.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import { sessionOf, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { readProofs } from '../support/dpop-proof.ts';
import { gateRequest } from '../support/gate.ts';
import { revokeAccessToken } from '../support/refused-token.ts';
import { stopWorker, tokenExpired } from '../support/worker-life.ts';

const NOTES = 'urn:tokenward:test:notes';
const REPORTS = 'https://reports.example/';
const LONG = { accessTokenTtlSeconds: 3600 };

let stack: Stack;
let reports: Api;
beforeAll(async () => {
  stack = await startStack({ authorizationServer: { audiences: [NOTES, REPORTS] } });
  const { issuer } = stack.authorizationServer;
  reports = await startApi({ issuer, audience: REPORTS, allowedOrigins: [stack.app.origin] });
  stack.app.configure({ connections: [reports.url], worker: { protectedResources: resources() } });
});
afterAll(() => Promise.all([stack.close(), reports.close()]));
beforeEach(() => {
  stack.authorizationServer.configure(LONG);
  for (const { requests, faults } of [stack.authorizationServer, stack.api, reports]) {
    requests.clear();
    faults.clear();
  }
});

function resources() {
  return [
    { url: stack.api.url, resource: NOTES, scopes: ['notes:read', 'notes:write'] },
    { url: reports.url, resource: REPORTS, scopes: ['reports:read'] },
  ];
}

function status(page: Page, url: string): Promise<number> {
  return page.evaluate(async (target) => (await fetch(target)).status, url);
}

/** Calls both APIs, each a few times, all at once. */
function callBoth(page: Page): Promise<readonly number[]> {
  const urls = [`${reports.url}/reports`, `${stack.api.url}/notes`, `${reports.url}/me`, `${stack.api.url}/me`];
  return page.evaluate((targets) => Promise.all(targets.map(async (url) => (await fetch(url)).status)), urls);
}

const OK = [200, 200, 200, 200];

test('an API of the app’s own origin gets the token under the policy of the worker script', async ({ page }) => {
  const [notes] = resources();
  stack.app.configure({ worker: { protectedResources: [...resources(), { ...notes, url: '/own' }] } });
  onTestFinished(() => stack.app.configure({ worker: { protectedResources: resources() } }));
  stack.app.pages.set('/own/report', { body: 'Report' });
  await signIn(page, stack);

  expect(await status(page, '/own/report')).toBe(200);

  expect(stack.app.requests.list('/own/report').map(({ authorizationScheme }) => authorizationScheme)).toEqual([
    'Bearer',
  ]);
});

describe('two APIs', () => {
  test('get an access token each, which never goes to the other', async ({ page }) => {
    await signIn(page, stack);

    expect(await callBoth(page)).toEqual(OK);
    expect(await callBoth(page)).toEqual(OK);

    const { requests } = stack.authorizationServer;
    expect(requests.list('authorization')[0]?.parameters.getAll('resource')).toEqual([NOTES, REPORTS]);
    expect(
      requests.list('token').map(({ grantType, parameters }) => [grantType, parameters.getAll('resource')]),
    ).toEqual([
      ['authorization_code', [NOTES]],
      ['refresh_token', [REPORTS]],
    ]);
    expect(new Set(stack.api.requests.list().map(({ audience }) => audience))).toEqual(new Set([NOTES]));
    expect(new Set(reports.requests.list().map(({ audience }) => audience))).toEqual(new Set([REPORTS]));
    expect(await sessionOf(page)).toMatchObject({ scopes: expect.arrayContaining(['notes:read', 'reports:read']) });
  });

  test('show it in their logs when a naive page sends the token of one to the other', async ({ page }) => {
    await signIn(page, stack);
    const [accessToken = ''] = [...stack.authorizationServer.issued.accessTokens].slice(-1);

    const refused = await page.evaluate(
      async ({ url, token }) => (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status,
      { url: `${reports.url}/me`, token: accessToken },
    );

    expect(refused).toBe(401);
    expect(reports.requests.list().map(({ audience }) => audience)).toEqual([NOTES]);
  });

  test('whose tokens are refused together use each refresh token once', async ({ page }) => {
    await signIn(page, stack);
    await callBoth(page);
    stack.authorizationServer.requests.clear();
    for (const api of [stack.api, reports]) revokeAccessToken(api);
    const { requests, faults } = stack.authorizationServer;
    const refresh = gateRequest(faults, ({ grantType }) => grantType === 'refresh_token');

    const answered = callBoth(page);
    await expect.poll(() => stack.api.requests.count() + reports.requests.count()).toBe(OK.length);
    refresh.open();

    expect(await answered).toEqual(OK);
    const refreshes = requests.list('token', 'refresh_token');
    expect(new Set(refreshes.map(({ parameters }) => parameters.get('resource')))).toEqual(new Set([NOTES, REPORTS]));
    expect(new Set(refreshes.map(({ parameters }) => parameters.get('refresh_token'))).size).toBe(2);
    expect(refreshes).toHaveLength(2);
    expect(requests.countRefreshTokenReuses()).toBe(0);
  });

  test('whose tokens have expired get new ones, each by itself', async ({ page }) => {
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 1 });
    await signIn(page, stack);
    await callBoth(page);
    await tokenExpired(page);
    stack.authorizationServer.configure(LONG);

    await expect.poll(() => callBoth(page)).toEqual(OK);

    expect(stack.authorizationServer.requests.countRefreshTokenReuses()).toBe(0);
    expect(new Set(stack.api.requests.list().map(({ audience }) => audience))).toEqual(new Set([NOTES]));
    expect(new Set(reports.requests.list().map(({ audience }) => audience))).toEqual(new Set([REPORTS]));
  });

  test('keep their tokens when the worker is stopped', async ({ page }) => {
    await signIn(page, stack);
    await callBoth(page);
    stack.authorizationServer.requests.clear();

    await stopWorker(page);

    expect(await callBoth(page)).toEqual(OK);
    expect(stack.authorizationServer.requests.count('token')).toBe(0);
  });

  test('lose their tokens together at sign-out: each is revoked', async ({ page }) => {
    await signIn(page, stack);
    await callBoth(page);

    await page.evaluate(() => void window.tokenward.logout());
    await page.waitForURL((url) => url.origin === stack.app.origin && url.pathname === '/');

    const revoked = stack.authorizationServer.requests.list('revocation');
    const { accessTokens, refreshTokens } = stack.authorizationServer.issued;
    expect(new Set(revoked.map(({ parameters }) => parameters.get('token')))).toEqual(
      new Set([...[...accessTokens].slice(-2), [...refreshTokens].at(-1)]),
    );
    expect(revoked).toHaveLength(3);
  });
});

describe('two APIs and an authorization server that require pushed requests, DPoP and nonces', () => {
  test('get an access token each, bound to one key', async ({ page }) => {
    const strict = { dpop: 'required', dpopNonce: 'required' } as const;
    const own = await startStack({
      authorizationServer: { ...strict, ...LONG, audiences: [NOTES, REPORTS], pushedAuthorizationRequests: 'required' },
      api: strict,
    });
    const { issuer, requests } = own.authorizationServer;
    const second = await startApi({ ...strict, issuer, audience: REPORTS, allowedOrigins: [own.app.origin] });
    onTestFinished(async () => {
      await Promise.all([own.close(), second.close()]);
    });
    own.app.configure({
      connections: [second.url],
      worker: {
        dpop: 'required',
        protectedResources: [
          { url: own.api.url, resource: NOTES },
          { url: second.url, resource: REPORTS },
        ],
      },
    });
    await signIn(page, own);

    expect(await status(page, `${second.url}/me`)).toBe(200);
    expect(await status(page, `${own.api.url}/me`)).toBe(200);

    const [pushed] = requests.list('pushed_authorization_request');
    expect(pushed?.parameters.getAll('resource')).toEqual([NOTES, REPORTS]);
    const calls = [...own.api.requests.list(), ...second.requests.list()].filter((call) => call.status === 200);
    expect(calls.map(({ audience, authorizationScheme }) => [audience, authorizationScheme])).toEqual([
      [NOTES, 'DPoP'],
      [REPORTS, 'DPoP'],
    ]);
    const proofs = await readProofs([...requests.list('token'), ...calls]);
    expect(new Set(proofs.map(({ jkt }) => jkt))).toEqual(new Set([pushed?.parameters.get('dpop_jkt')]));
  });
});

describe('an API that the authorization server does not know', () => {
  test('gets an error of its own, and the other still works', async ({ page }) => {
    const own = await startStack({ authorizationServer: { audiences: [NOTES, REPORTS] } });
    onTestFinished(() => own.close());
    own.app.configure({
      connections: [reports.url],
      worker: {
        protectedResources: [
          { url: own.api.url, resource: NOTES },
          { url: reports.url, resource: REPORTS },
        ],
      },
    });
    await signIn(page, own);
    const answer = {
      status: 400,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ error: 'invalid_target' }),
    };
    own.authorizationServer.faults.plan(
      ({ grantType }) => grantType === 'refresh_token',
      { stage: 'before', answer },
      9,
    );

    const problem = await page.evaluate(async (url) => {
      const response = await fetch(url);
      return { status: response.status, body: await response.json() };
    }, `${reports.url}/me`);

    expect(problem).toMatchObject({ status: 503, body: { code: 'token_request_refused' } });
    expect(await status(page, `${own.api.url}/me`)).toBe(200);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    expect(reports.requests.count()).toBe(0);
  });
});
