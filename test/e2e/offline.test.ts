import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished } from 'vitest';
import type { Fault } from '../servers/faults.ts';
import type { Stack } from '../servers/stack.ts';
import { ADA } from '../servers/users.ts';
import { addBarePage, callApi, connected, sessionOf, signIn } from '../support/app-page.ts';
import { bundleWorker, startStackWithWorker } from '../support/app-worker.ts';
import { CHROMIUM_SHELL } from '../support/browser-engine.ts';
import { test } from '../support/browser-test.ts';
import { launchPersistentBrowser } from '../support/browser.ts';
import { CUT_BEFORE } from '../support/gate.ts';
import { OFFLINE_WORKER } from '../support/offline-app.ts';
import { refuseAccessToken } from '../support/refused-token.ts';
import { endTimeLimits, withTimeLimits } from '../support/time-limits.ts';
import { stopWorker, tokenExpired } from '../support/worker-life.ts';

const POLL = { timeout: 15_000 };
const SIGNED_IN = { status: 'signed-in', claims: { sub: ADA.sub, name: ADA.claims['name'] } };

let stack: Stack;
beforeAll(async () => {
  stack = await startStackWithWorker(withTimeLimits(await bundleWorker(OFFLINE_WORKER)));
  addBarePage(stack.app);
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
  stack.authorizationServer.faults.clear();
  stack.api.faults.clear();
  for (const server of [stack.app, stack.api, stack.authorizationServer]) server.goOnline();
  stack.authorizationServer.requests.clear();
});

function goOffline(): void {
  for (const server of [stack.app, stack.api, stack.authorizationServer]) server.goOffline();
}

/** Signs in, fills the cache, and gets a token that expires at once; the tokens that come later last. */
async function signInAndFillCache(page: Page): Promise<{ status: number; body: string }> {
  await signIn(page, stack);
  const answer = await callApi(page, stack, '/notes');
  await expect
    .poll(() => page.evaluate(async () => (await (await caches.open('tokenward-notes')).keys()).length))
    .toBe(1);
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 1 });
  refuseAccessToken(stack.api);
  // The answer does not matter: the new token may have expired before the API has seen it.
  await callApi(page, stack);
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
  await tokenExpired(page);
  stack.authorizationServer.requests.clear();
  return answer;
}

/** Makes refreshes wait to the end of the test, and the time limit of the worker end once they have come. */
function holdRefresh(page: Page): () => Promise<Fault> {
  let letGo = (): void => {};
  const over = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  onTestFinished(() => letGo());
  return async () => {
    await endTimeLimits(page);
    await over;
    return CUT_BEFORE;
  };
}

/** A browser that can be closed and started again, with other arguments. */
async function startBrowser(profile: string, args: readonly string[] = []): Promise<BrowserContext> {
  const context = await launchPersistentBrowser(CHROMIUM_SHELL, profile, { args: [...args] });
  onTestFinished(() => context.close());
  return context;
}

async function makeProfile(): Promise<string> {
  const profile = await mkdtemp(join(tmpdir(), 'tokenward-offline-'));
  onTestFinished(() => rm(profile, { recursive: true, force: true }));
  return profile;
}

function networkOf(page: Page): Promise<string | undefined> {
  return page.evaluate(() => {
    const { session } = window.tokenward;
    return session.status === 'signed-in' ? session.network : undefined;
  });
}

function countSignIns(): number {
  return stack.authorizationServer.requests.count('authorization');
}

describe('a cold start without a network', () => {
  test('shows the app signed in, with claims and cached answers, and back online the session is renewed', async () => {
    const profile = await makeProfile();
    const first = await startBrowser(profile);
    const kept = await signInAndFillCache(await first.newPage());
    await first.close();

    goOffline();
    const context = await startBrowser(profile);
    await context.setOffline(true);
    const page = await context.newPage();
    await page.goto(`${stack.app.origin}/some/page/of/the/app`);
    await connected(page);

    expect(await sessionOf(page)).toMatchObject({ ...SIGNED_IN, storage: 'sealed' });
    expect(await callApi(page, stack, '/notes')).toEqual(kept);
    // Playwright tells a worker that has just started a little late that it is offline.
    await expect.poll(() => networkOf(page)).toBe('offline');
    await expect(callApi(page, stack, '/me')).rejects.toThrow('Failed to fetch');
    await expect.poll(() => sessionOf(page), POLL).toMatchObject({ ...SIGNED_IN, network: 'offline' });

    for (const server of [stack.app, stack.api, stack.authorizationServer]) server.goOnline();
    await context.setOffline(false);

    await expect.poll(() => networkOf(page), POLL).toBe('online');
    expect(await callApi(page, stack, '/me')).toMatchObject({ status: 200 });
    expect(stack.authorizationServer.requests.count('token', 'refresh_token')).toBe(1);
    expect(countSignIns()).toBe(0);
  });

  test('notifies the page when the network goes and comes, without a request', async ({ page, context }) => {
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
    await signIn(page, stack);
    stack.authorizationServer.requests.clear();
    expect(await networkOf(page)).toBe('online');

    await context.setOffline(true);
    await expect.poll(() => networkOf(page)).toBe('offline');
    await context.setOffline(false);
    await expect.poll(() => networkOf(page)).toBe('online');

    expect(stack.authorizationServer.requests.count()).toBe(0);
  });
});

describe('a page that is offline since the authorization server', () => {
  test.for<[what: string, fault: Fault]>([
    ['cannot be reached', { stage: 'before', answer: 'cut' }],
    ['answers 503', { stage: 'before', answer: { status: 503 } }],
    ['is behind a proxy that answers without CORS', { stage: 'before', answer: { status: 407, cors: 'omit' } }],
  ])('%s is online again soon after that has passed, without an event or a request', async ([, fault], { page }) => {
    await signInAndFillCache(page);
    stack.authorizationServer.faults.setRule(({ grantType }) => (grantType === 'refresh_token' ? fault : undefined));
    await callApi(page, stack).catch(() => {});
    await expect.poll(() => networkOf(page), POLL).toBe('offline');

    stack.authorizationServer.faults.clear();

    await expect.poll(() => networkOf(page), POLL).toBe('online');
    expect(countSignIns()).toBe(0);
  });
});

describe('a network that', () => {
  const CAPTIVE_PORTAL = { status: 200, body: '<h1>Pay here</h1>', headers: { 'content-type': 'text/html' } };

  test.for<[what: string, fault: Fault | 'time limit']>([
    ['cuts a refresh before it has reached the server', { stage: 'before', answer: 'cut' }],
    ['answers a refresh with the page of a captive portal', { stage: 'before', answer: CAPTIVE_PORTAL }],
    ['has a captive portal answer without CORS', { stage: 'before', answer: { ...CAPTIVE_PORTAL, cors: 'omit' } }],
    [
      'has a captive portal redirect',
      { stage: 'before', answer: { status: 302, headers: { location: 'https://portal.test/' } } },
    ],
    ['makes a refresh wait for longer than the time limit of the worker', 'time limit'],
    ['has a proxy answer 407', { stage: 'before', answer: { status: 407, cors: 'omit' } }],
    ['has a proxy answer 504', { stage: 'before', answer: { status: 504 } }],
  ])('%s loses nothing, and the app has its cache', async ([, fault], { page }) => {
    const kept = await signInAndFillCache(page);
    const strike = fault === 'time limit' ? holdRefresh(page) : (): Fault => fault;
    stack.authorizationServer.faults.setRule(({ grantType }) => (grantType === 'refresh_token' ? strike() : undefined));

    expect(await callApi(page, stack, '/notes')).toEqual(kept);
    await expect.poll(() => sessionOf(page), POLL).toMatchObject({ ...SIGNED_IN, network: 'offline' });
    await stopWorker(page);
    expect(await callApi(page, stack, '/notes')).toEqual(kept);

    // Before the server is back: the page has the worker refresh by itself, and a stop in the middle of that costs a silent sign-in.
    await stopWorker(page);
    stack.authorizationServer.faults.clear();
    await expect.poll(async () => (await callApi(page, stack)).status, POLL).toBe(200);
    await expect.poll(() => networkOf(page)).toBe('online');
    expect(countSignIns()).toBe(0);
  });

  test('loses the response to a refresh costs a silent sign-in at most, and no login page', async ({ page }) => {
    await signInAndFillCache(page);
    stack.authorizationServer.faults.plan(({ grantType }) => grantType === 'refresh_token', {
      stage: 'after',
      answer: 'cut',
    });

    await callApi(page, stack).catch(() => undefined);

    await expect.poll(async () => (await callApi(page, stack).catch(() => undefined))?.status, POLL).toBe(200);
    await expect.poll(() => sessionOf(page), POLL).toMatchObject(SIGNED_IN);
    expect(stack.authorizationServer.requests.count('interaction')).toBe(0);
  });

  test('does not find the authorization server by its name loses nothing', async () => {
    const profile = await makeProfile();
    const first = await startBrowser(profile);
    const kept = await signInAndFillCache(await first.newPage());
    await first.close();

    const { port } = stack.authorizationServer;
    const lost = await startBrowser(profile, [`--host-resolver-rules=MAP localhost:${port} ~NOTFOUND`]);
    const page = await lost.newPage();
    await page.goto(`${stack.app.origin}/bare`);
    await connected(page);
    expect(await callApi(page, stack, '/notes')).toEqual(kept);
    await expect.poll(() => sessionOf(page), POLL).toMatchObject({ ...SIGNED_IN, network: 'offline' });
    expect(stack.authorizationServer.requests.count()).toBe(0);
    await lost.close();

    const found = await (await startBrowser(profile)).newPage();
    await found.goto(`${stack.app.origin}/bare`);
    await connected(found);
    expect(await callApi(found, stack)).toMatchObject({ status: 200 });
    expect(countSignIns()).toBe(0);
  });
});
