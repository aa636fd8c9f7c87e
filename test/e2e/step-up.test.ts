import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { ProtectedResourceOptions } from 'tokenward/sw';
import type { Refusal } from '../servers/access-token.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, connected, connectedAnew, fillLoginPage, markDocument, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { openStepUpPage, resultsOf } from '../support/step-up-page.ts';

const POLL = { timeout: 20_000 };
const CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}';
const BASE64 = Buffer.from(CLAIMS).toString('base64');

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ authorizationServer: { accessTokenTtlSeconds: 3600 }, app: { securityHeaders: 'off' } });
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.api.requireStepUp(undefined);
  configure({});
});

function configure(resource: Partial<ProtectedResourceOptions>): void {
  stack.app.configure({
    worker: {
      scopesFromPage: ['reports:read'],
      parametersFromPage: ['acr_values'],
      protectedResources: [
        { url: stack.api.url, claimsFromChallenge: { access_token: ['nbf'] }, stepUpWaitSeconds: 60, ...resource },
      ],
    },
  });
}

/** Makes the API refuse every token until the user has signed in again. */
function refuse(challenge: string, status: Refusal['status'] = 401): void {
  const grants = stack.authorizationServer.requests.count('token', 'authorization_code');
  stack.api.requireStepUp(() =>
    stack.authorizationServer.requests.count('token', 'authorization_code') > grants
      ? undefined
      : { status, challenge, reason: 'This needs more than a valid token.' },
  );
}

/** Makes the API refuse every token for ever. */
function refuseForEver(challenge: () => string): void {
  stack.api.requireStepUp(() => ({ status: 401, challenge: challenge(), reason: 'Never enough.' }));
}

/** Parameters of the last authorization request of the app. */
function lastRequest(): Readonly<Record<string, string>> {
  const requests = stack.authorizationServer.requests.list('authorization');
  // After its login page, the server goes on with the request under an address of its own.
  return Object.fromEntries(requests.filter(({ parameters }) => parameters.has('state')).at(-1)?.parameters ?? []);
}

function statuses(path: string): readonly number[] {
  return stack.api.requests.list(path).map(({ status }) => status);
}

describe('login(challenge) answers', () => {
  test.for<[what: string, challenge: string, status: 401 | 403, asked: object, page?: 'shown']>([
    ['claims in base64', `Bearer realm="", error="insufficient_claims", claims="${BASE64}"`, 401, { claims: CLAIMS }],
    [
      'claims as JSON',
      `Bearer error="interaction_required", claims="${CLAIMS.replaceAll('"', '\\"')}"`,
      401,
      { claims: CLAIMS },
    ],
    ['claims of a token that is invalid', `Bearer error="invalid_token", claims="${BASE64}"`, 401, { claims: CLAIMS }],
    [
      'scopes',
      'Bearer error="insufficient_scope", scope="reports:read"',
      403,
      { scope: expect.stringContaining('reports:read') },
    ],
    [
      'RFC 9470',
      'Bearer error="insufficient_user_authentication", acr_values="urn:mfa urn:otp", max_age="0"',
      401,
      { acr_values: 'urn:mfa urn:otp', max_age: '0' },
      'shown',
    ],
  ])('%s, and the next request has the token for it', async ([, challenge, status, asked, shown], { page }) => {
    await signIn(page, stack);
    refuse(challenge, status);
    await page.evaluate(() => {
      window.tokenward.onChallenge((met) => {
        void window.tokenward.login(met);
      });
    });
    const before = stack.authorizationServer.requests.count('authorization');
    await markDocument(page);

    await page.evaluate((url) => void fetch(url), `${stack.api.url}/me`);
    await expect.poll(() => stack.authorizationServer.requests.count('authorization'), POLL).toBe(before + 1);
    if (shown) await fillLoginPage(page);
    await connectedAnew(page);

    expect(new URL(page.url()).pathname).toBe('/bare');
    expect(lastRequest()).toMatchObject(asked);
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  });
});

describe('a request that waits for the sign-in', () => {
  test('is sent once more with its body after a pop-up, and the page gets that answer alone', async ({ page }) => {
    await signIn(page, stack);
    await openStepUpPage(page, stack);
    refuse(`Bearer error="insufficient_claims", claims="${BASE64}"`);
    stack.api.requests.clear();

    await page.click('#send');

    await expect.poll(() => resultsOf(page), POLL).toEqual([expect.stringMatching(/^200 .*"size":5/)]);
    expect(lastRequest()).toMatchObject({ claims: CLAIMS });
    expect(statuses('/api/echo')).toEqual([401, 200]);
  });

  test('waits with all others for one pop-up', async ({ page }) => {
    await signIn(page, stack);
    await openStepUpPage(page, stack, { requests: 8 });
    const before = stack.authorizationServer.requests.count('authorization');
    refuse('Bearer error="insufficient_user_authentication", acr_values="urn:mfa"');

    await page.click('#send');

    await expect.poll(() => resultsOf(page), POLL).toHaveLength(8);
    expect(new Set((await resultsOf(page)).map((result) => result.slice(0, 3)))).toEqual(new Set(['200']));
    expect(stack.authorizationServer.requests.count('authorization') - before).toBe(1);
  });

  test('is sent once more after a sign-in in another tab', async ({ page }) => {
    await signIn(page, stack);
    await openStepUpPage(page, stack, { answer: 'session' });
    refuse('Bearer error="insufficient_user_authentication", max_age="3600"');
    await page.click('#send');
    const other = await page.context().newPage();
    await other.goto(`${stack.app.origin}/bare`);
    await connected(other);

    await other.evaluate(() => void window.tokenward.login({ silent: true }));

    await expect.poll(() => resultsOf(page), POLL).toEqual([expect.stringMatching(/^200 /)]);
  });

  test('gets the answer of the API if the sign-in fails', async ({ page }) => {
    await signIn(page, stack);
    await openStepUpPage(page, stack, { answer: 'refuse' });
    refuse(`Bearer error="insufficient_claims", claims="${BASE64}"`);
    stack.api.requests.clear();

    await page.click('#send');

    await expect.poll(() => resultsOf(page), POLL).toEqual(['401 This needs more than a valid token.']);
    expect(statuses('/api/echo')).toEqual([401]);
  });

  test.for<[what: string, resource: Partial<ProtectedResourceOptions>]>([
    ['the resource does not wait', { stepUpWaitSeconds: 0 }],
    ['its body was not kept', { replayLimitBytes: 0 }],
  ])('gets the answer of the API at once if %s', async ([, resource], { page }) => {
    configure(resource);
    await signIn(page, stack);
    await openStepUpPage(page, stack, { answer: 'never' });
    refuse(`Bearer error="insufficient_claims", claims="${BASE64}"`);

    await page.click('#send');

    await expect.poll(() => resultsOf(page), POLL).toEqual(['401 This needs more than a valid token.']);
  });
});

describe('an API that is never content', () => {
  test('costs one pop-up and one more attempt', async ({ page }) => {
    await signIn(page, stack);
    await openStepUpPage(page, stack);
    const before = stack.authorizationServer.requests.count('authorization');
    stack.api.requests.clear();
    refuseForEver(() => `Bearer error="insufficient_claims", claims="${BASE64}"`);

    await page.click('#send');
    await expect.poll(() => resultsOf(page), POLL).toEqual(['401 Never enough.']);
    await page.click('#send');
    await expect.poll(() => resultsOf(page), POLL).toHaveLength(2);

    expect(stack.authorizationServer.requests.count('authorization') - before).toBe(1);
    expect(statuses('/api/echo')).toEqual([401, 401, 401]);
    expect(await page.evaluate(() => window.refusals)).toEqual(['step_up_unmet']);
  });

  test('costs one sign-in of a page that answers each challenge by leaving, whatever time the API names', async ({
    page,
  }) => {
    configure({ stepUpWaitSeconds: 0 });
    await signIn(page, stack);
    const before = stack.authorizationServer.requests.count('authorization');
    let time = 1_604_106_651;
    refuseForEver(() => {
      time += 1;
      const claims = JSON.stringify({ access_token: { nbf: { essential: true, value: String(time) } } });
      return `Bearer error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}"`;
    });

    await openStepUpPage(page, stack, { answer: 'leave' });

    await expect
      .poll(() => page.evaluate(() => window.refusals).catch(() => undefined), POLL)
      .toEqual(['step_up_unmet']);
    expect(stack.authorizationServer.requests.count('authorization') - before).toBe(1);
  });
});

describe('explain()', () => {
  test('says what a request was required', async ({ page }: { page: Page }) => {
    await signIn(page, stack);
    refuse(`Bearer error="insufficient_claims", claims="${BASE64}"`);
    await callApi(page, stack, '/me?page=2');

    expect(await page.evaluate((url) => window.tokenward.explain(url), `${stack.api.url}/me`)).toMatchObject({
      action: 'authorize',
      challenge: { error: 'insufficient_claims', method: 'GET', url: `${stack.api.url}/me`, claims: CLAIMS },
    });
  });
});
