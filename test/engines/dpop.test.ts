import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, sessionOf, signIn } from '../support/app-page.ts';
import { readProofs } from '../support/dpop-proof.ts';
import { test } from '../support/engines/engine-test.ts';
import { tokenExpired } from '../support/worker-life.ts';

/** Both servers want a nonce of theirs in each proof (RFC 9449, sections 8 and 9). */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ app: { worker: { dpop: 'required' } }, api: { dpop: 'required', dpopNonce: 'required' } });
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600, dpop: 'required', dpopNonce: 'required' });
  for (const { requests } of [stack.authorizationServer, stack.api]) requests.clear();
});

/** What became of each token request. */
function tokenRequests(): readonly string[] {
  const { requests } = stack.authorizationServer;
  return requests.list('token').map(({ grantType, status, error }) => [grantType, status, error].join(' ').trim());
}

/** What became of each request to the API. */
function apiRequests(): readonly (number | undefined)[] {
  return stack.api.requests.list().map(({ status }) => status);
}

describe('an authorization server that requires nonces', () => {
  test('refuses the sign-in’s first proof, gets another with its nonce, and the refresh has the nonce already', async ({
    page,
  }) => {
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 1 });
    await signIn(page, stack);
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
    await tokenExpired(page);

    expect(await callApi(page, stack)).toMatchObject({ status: 200 });

    await expect.poll(() => sessionOf(page), { timeout: 20_000 }).toMatchObject({ status: 'signed-in' });
    expect(tokenRequests()).toEqual([
      'authorization_code 400 use_dpop_nonce',
      'authorization_code 200',
      'refresh_token 200',
    ]);
    const proofs = await readProofs(stack.authorizationServer.requests.list('token'));
    expect(proofs.map(({ nonce }) => typeof nonce)).toEqual(['undefined', 'string', 'string']);
    expect(new Set(proofs.map(({ jti }) => jti)).size).toBe(3);
  });
});

describe('an API that requires nonces', () => {
  test('refuses the first request, gets it once more with its body, and the second request has the nonce already', async ({
    page,
  }) => {
    await signIn(page, stack);
    const body = 'Ünicode and more\n'.repeat(1000);

    const first = await callApi(page, stack, '/echo', { method: 'POST', body });
    const second = await callApi(page, stack);

    expect([first.status, second.status]).toEqual([200, 200]);
    expect(JSON.parse(first.body)).toMatchObject({ method: 'POST', size: new TextEncoder().encode(body).byteLength });
    expect(apiRequests()).toEqual([401, 200, 200]);
    const [refused, again, next] = await readProofs(stack.api.requests.list());
    expect([refused?.nonce, typeof again?.nonce]).toEqual([undefined, 'string']);
    expect(next?.nonce).toBe(again?.nonce);
  });

  test('costs one response when it requires another nonce, and one when the worker was stopped meanwhile', async ({
    page,
    profile,
  }) => {
    await signIn(page, stack);
    await callApi(page, stack);
    stack.api.requests.clear();

    stack.api.renewNonce();
    for (let round = 0; round < 2; round += 1) expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    expect(apiRequests()).toEqual([401, 200, 200]);
    stack.api.requests.clear();

    await profile.stopWorkers();
    for (let round = 0; round < 2; round += 1) expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    expect(apiRequests()).toEqual([401, 200, 200]);
    expect(tokenRequests().filter((request) => request.startsWith('refresh_token'))).toEqual([]);
  });
});
