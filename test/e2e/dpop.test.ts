import { createHash } from 'node:crypto';
import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, sessionOf, signIn } from '../support/app-page.ts';
import { readProofs } from '../support/dpop-proof.ts';
import { startForeignServer, type ForeignServer } from '../support/foreign-server.ts';
import { testWithHeldPage } from '../support/held-page.ts';
import { stopWorker, tokenExpired, updateWorker } from '../support/worker-life.ts';

let stack: Stack;
let foreign: ForeignServer;
const test = testWithHeldPage(() => stack);
beforeAll(async () => {
  stack = await startStack({ app: { worker: { dpop: 'required' } }, api: { dpop: 'required' } });
  foreign = await startForeignServer();
});
afterAll(() => Promise.all([stack.close(), foreign.close()]));
beforeEach(() => {
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600, dpop: 'required', dpopNonce: 'off' });
  stack.api.configure({ dpopNonce: 'off' });
  stack.app.configure({ securityHeaders: 'on' });
  for (const { requests, faults } of [stack.authorizationServer, stack.api]) {
    requests.clear();
    faults.clear();
  }
});

/** Signs in with nonces wanted by both servers, and makes a first call, so that the worker knows them. */
async function signInWithNonces(page: Page): Promise<void> {
  stack.authorizationServer.configure({ dpopNonce: 'required' });
  await signIn(page, stack);
  await requireNonceOfApi(page);
  stack.authorizationServer.requests.clear();
}

/** Makes the API want nonces, and a first call, so that the worker knows one. */
async function requireNonceOfApi(page: Page): Promise<void> {
  stack.api.configure({ dpopNonce: 'required' });
  expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  stack.api.requests.clear();
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

describe('a sign-in', () => {
  test('binds code and tokens to one key', async ({ page }) => {
    await signIn(page, stack);
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });

    const { requests } = stack.authorizationServer;
    const jkt = requests.list('authorization')[0]?.parameters.get('dpop_jkt');
    const proofs = await readProofs([...requests.list('token'), ...stack.api.requests.list()]);
    expect(proofs).toHaveLength(2);
    expect(proofs.map((proof) => proof.jkt)).toEqual([jkt, jkt]);
  });

  test('has another key than the sign-in before it', async ({ page }) => {
    await signIn(page, stack);
    await Promise.all([page.waitForEvent('load'), page.evaluate(() => void window.tokenward.login())]);
    await expect.poll(() => stack.authorizationServer.requests.count('token')).toBe(2);

    const [first, second] = await readProofs(stack.authorizationServer.requests.list('token'));
    expect(first?.jkt).not.toBe(second?.jkt);
  });

  test('succeeds when the authorization server requires a nonce', async ({ page }) => {
    stack.authorizationServer.configure({ dpopNonce: 'required' });

    await signIn(page, stack);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    const requests = stack.authorizationServer.requests.list('token');
    expect(requests.map(({ status, error }) => [status, error])).toEqual([
      [400, 'use_dpop_nonce'],
      [200, undefined],
    ]);
    const [first, second] = await readProofs(requests);
    expect(second?.jti).not.toBe(first?.jti);
    expect(second?.nonce).toEqual(expect.any(String));
  });
});

describe('a request to the API', () => {
  test('carries a proof for its method, its URL without the query, and its token, another one each time', async ({
    page,
  }) => {
    await signIn(page, stack);

    await callApi(page, stack, '/echo?page=2#top', { method: 'PATCH', body: 'x' });
    await callApi(page, stack, '/me');
    await callApi(page, stack, '/me');

    const requests = stack.api.requests.list();
    expect(requests.map(({ authorizationScheme, status }) => [authorizationScheme, status])).toEqual(
      Array.from({ length: 3 }, () => ['DPoP', 200]),
    );
    const proofs = await readProofs(requests);
    expect(proofs.map(({ method, url }) => [method, url])).toEqual([
      ['PATCH', `${stack.api.url}/echo`],
      ['GET', `${stack.api.url}/me`],
      ['GET', `${stack.api.url}/me`],
    ]);
    const accessToken = [...stack.authorizationServer.issued.accessTokens].at(-1) ?? '';
    expect(new Set(proofs.map(({ accessTokenHash }) => accessTokenHash))).toEqual(new Set([hashOf(accessToken)]));
    expect(new Set(proofs.map(({ jti }) => jti)).size).toBe(3);
  });

  test('is sent once more with its whole body when the API requires a nonce', async ({ page }) => {
    stack.api.configure({ dpopNonce: 'required' });
    await signIn(page, stack);
    const body = 'Ünicode and more\n'.repeat(10_000);

    const { status, body: answer } = await callApi(page, stack, '/echo', { method: 'POST', body });

    expect(status).toBe(200);
    expect(JSON.parse(answer)).toMatchObject({ size: new TextEncoder().encode(body).byteLength });
    const requests = stack.api.requests.list();
    expect(requests.map((request) => request.status)).toEqual([401, 200]);
    const [first, second] = await readProofs(requests);
    expect(first?.nonce).toBeUndefined();
    expect(second?.nonce).toEqual(expect.any(String));
    expect(second?.jti).not.toBe(first?.jti);
  });

  test('holds the newest nonce, so that a new one costs one response', async ({ held }) => {
    await requireNonceOfApi(held);
    stack.api.renewNonce();

    for (let round = 0; round < 3; round += 1) await callApi(held, stack);

    expect(stack.api.requests.list().map(({ status }) => status)).toEqual([401, 200, 200, 200]);
  });

  test('gets its answer though many are refused with the same nonce at once', async ({ held }) => {
    await requireNonceOfApi(held);
    stack.api.renewNonce();

    const answers = await Promise.all(Array.from({ length: 8 }, () => callApi(held, stack)));

    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(stack.api.requests.count()).toBeLessThanOrEqual(16);
  });

  test('gets the response of an API that always requires another nonce, after one more attempt', async ({ held }) => {
    const headers = { 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': 'never the right one' };
    stack.api.faults.plan(() => true, { stage: 'before', answer: { status: 401, headers } }, 5);

    expect(await callApi(held, stack)).toMatchObject({ status: 401 });

    expect(stack.api.requests.count('/api/me')).toBe(2);
    expect(await sessionOf(held)).toMatchObject({ status: 'signed-in' });
  });

  test('carries no proof, nor a token, where no rule matches', async ({ page }) => {
    stack.app.configure({ securityHeaders: 'off' });
    await signIn(page, stack);
    stack.app.requests.clear();

    await page.evaluate(
      async (urls) => {
        await Promise.all(urls.map((url) => fetch(url).catch(() => undefined)));
      },
      [
        `${stack.app.origin}/api/me`,
        `${stack.api.origin}/apix`,
        `${stack.api.url}/..%2fadmin`,
        `${foreign.origin}/api/me`,
      ],
    );

    const seen = [...stack.app.requests.list('/api/me'), ...stack.api.requests.list()];
    expect(seen.length).toBeGreaterThanOrEqual(3);
    expect(seen.map(({ dpop, authorizationScheme }) => dpop ?? authorizationScheme)).toEqual(seen.map(() => undefined));
    expect(foreign.requests.length).toBeGreaterThan(0);
    expect(foreign.requests.some(({ headers }) => 'dpop' in headers || 'authorization' in headers)).toBe(false);
  });
});

describe('a refresh', () => {
  test('uses the same key, and the nonce that the server gave with the tokens before', async ({ page }) => {
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 1, dpopNonce: 'required' });
    await signIn(page, stack);
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
    await tokenExpired(page);

    expect(await callApi(page, stack)).toMatchObject({ status: 200 });

    const { requests } = stack.authorizationServer;
    expect(requests.list('token').map(({ grantType, status }) => [grantType, status])).toEqual([
      ['authorization_code', 400],
      ['authorization_code', 200],
      ['refresh_token', 200],
    ]);
    const proofs = await readProofs([...requests.list('token'), ...stack.api.requests.list()]);
    expect(new Set(proofs.map(({ jkt }) => jkt)).size).toBe(1);
  });
});

describe('the key', () => {
  test('outlives the worker', async ({ page }) => {
    await signInWithNonces(page);

    await stopWorker(page);
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    stack.api.configure({ dpopNonce: 'off' });
    await stopWorker(page);
    const answer = { status: 401, headers: { 'www-authenticate': 'DPoP error="invalid_token"' } };
    stack.api.faults.plan(() => true, { stage: 'before', answer });
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });

    // A worker that was stopped has forgotten the nonces, and is told them again.
    const { requests } = stack.authorizationServer;
    expect(requests.list('token').map(({ grantType, status }) => [grantType, status])).toEqual([
      ['refresh_token', 400],
      ['refresh_token', 200],
    ]);
    const proofs = await readProofs([...requests.list('token'), ...stack.api.requests.list()]);
    expect(new Set(proofs.map(({ jkt }) => jkt)).size).toBe(1);
    expect(requests.count('authorization')).toBe(0);
  });

  test('goes to the next version of the worker', async ({ page }) => {
    await signIn(page, stack);
    await callApi(page, stack);
    stack.app.setWorkerRelease(`release ${performance.now()}`);

    await updateWorker(page);
    await stopWorker(page);
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });

    const [before, after] = await readProofs(stack.api.requests.list());
    expect(after?.jkt).toBe(before?.jkt);
    expect(stack.authorizationServer.requests.count('token')).toBe(1);
  });
});

describe('a redirect of the API', () => {
  test('to another origin carries no proof: the request fails', async ({ page }) => {
    stack.app.configure({ securityHeaders: 'off' });
    await signIn(page, stack);
    const before = foreign.requests.length;
    const redirect = { status: 302, headers: { location: `${foreign.origin}/elsewhere` } };
    stack.api.faults.plan(() => true, { stage: 'before', answer: redirect });

    expect(await callApi(page, stack).catch(() => 'failed')).toBe('failed');

    expect(foreign.requests.length).toBe(before);
  });

  test('carries the proof of a naive page', async ({ page }) => {
    stack.app.configure({ securityHeaders: 'off' });
    await signIn(page, stack);
    const redirect = { status: 302, headers: { location: `${foreign.origin}/elsewhere` } };
    stack.api.faults.plan(() => true, { stage: 'before', answer: redirect });

    await callApi(page, stack, '/me', { headers: { authorization: 'DPoP a-token', dpop: 'a-proof' } });

    const last = foreign.requests.at(-1);
    expect(last).toMatchObject({ method: 'GET', path: '/elsewhere', headers: { dpop: 'a-proof' } });
    expect(last?.headers).not.toHaveProperty('authorization');
  });

  test('is returned to a page that requested it', async ({ held }) => {
    const redirect = { status: 302, headers: { location: `${stack.api.url}/notes` } };
    stack.api.faults.plan(() => true, { stage: 'before', answer: redirect });

    const type = await held.evaluate(
      async (url) => (await fetch(url, { redirect: 'manual' })).type,
      `${stack.api.url}/me`,
    );

    expect(type).toBe('opaqueredirect');
    expect(stack.api.requests.count()).toBe(1);
  });
});

describe('sign-out', () => {
  test('revokes the tokens', async ({ page }) => {
    await signIn(page, stack);

    await page.evaluate(() => void window.tokenward.logout());
    await page.waitForURL((url) => url.origin === stack.app.origin && url.pathname === '/');

    const { issued, requests } = stack.authorizationServer;
    await expect
      .poll(() => new Set(requests.list('revocation').map(({ parameters }) => parameters.get('token'))))
      .toEqual(new Set([[...issued.refreshTokens].at(-1), [...issued.accessTokens].at(-1)]));
  });
});
