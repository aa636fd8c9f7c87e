import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { type Listener, listen } from '../servers/listener.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, openBarePage, signIn } from '../support/app-page.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';
import { tokenExpired } from '../support/worker-life.ts';

declare global {
  interface Window {
    /** The EventSource of the page, and what it has seen. */
    source: EventSource;
    seen: string[];
  }
}

const UNTIL_CLEARED = Infinity;

const POLL = { timeout: 50_000 };

/** `readyState` of an EventSource that is connected. */
const OPEN = 1;

/** An API whose answers are streams of events that a test ends. */
let events: Listener;
let stack: Stack;
const open = new Set<ServerResponse>();
/** Whether the API cuts every new connection. */
let isDown = false;
beforeAll(async () => {
  events = await listen(() => (request, response) => {
    if (isDown) return request.socket.destroy();
    const isAuthorized = request.headers.authorization?.startsWith('Bearer ') === true;
    const isPreflight = request.method === 'OPTIONS';
    response.writeHead(isPreflight ? 204 : isAuthorized ? 200 : 401, {
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'authorization',
      'content-type': 'text/event-stream',
    });
    if (isPreflight || !isAuthorized) return response.end();
    open.add(response.once('close', () => open.delete(response)));
    return response.write('retry: 500\ndata: hello\n\n');
  });
  stack = await startStack({ app: { securityHeaders: 'off' } });
  stack.app.configure({
    worker: { protectedResources: [{ url: stack.api.url }, { url: events.origin, withoutSession: 'problem' }] },
  });
});
afterAll(() => Promise.all([stack.close(), events.close()]));
beforeEach(() => {
  isDown = false;
  stack.authorizationServer.faults.clear();
  stack.authorizationServer.goOnline();
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 1 });
});

/** Opens an EventSource with a token that will have expired, and waits for its first event. */
async function openSource(page: EnginePage): Promise<void> {
  await signIn(page, stack);
  await page.evaluate((url) => {
    window.seen = [];
    window.source = new EventSource(url);
    window.source.addEventListener('message', () => window.seen.push('message'));
    window.source.addEventListener('error', () => window.seen.push(`error ${window.source.readyState}`));
  }, `${events.origin}/feed`);
  await page.waitForFunction(() => window.seen.includes('message'));
}

function endStreams(): void {
  for (const response of open) response.end();
}

/** Waits until the EventSource has failed a few times since the last event, and is still connecting. */
async function failsAgainAndAgain(page: EnginePage): Promise<void> {
  const count = (): Promise<number> => page.evaluate(() => window.seen.filter((type) => type === 'error 0').length);
  await expect.poll(count, POLL).toBeGreaterThanOrEqual(4);
}

/** Waits for the next event of the same EventSource. The worker leaves a server alone for half a minute that has failed for long. */
async function comesBack(page: EnginePage): Promise<void> {
  const latest = (): Promise<unknown> => page.evaluate(() => [window.seen.at(-1), window.source.readyState]);
  await expect.poll(latest, POLL).toEqual(['message', OPEN]);
}

describe('an EventSource comes back by itself once the authorization server does, which', () => {
  test.for<[what: string, answer: { status: number; headers?: Record<string, string> }]>([
    ['answered 503', { status: 503 }],
    ['answered 429', { status: 429, headers: { 'access-control-expose-headers': 'retry-after', 'retry-after': '1' } }],
    ['answered 500', { status: 500 }],
  ])('%s; a request of fetch() gets the problem, and when to try again', async ([, answer], { page }) => {
    await openSource(page);
    stack.authorizationServer.faults.plan(
      ({ grantType }) => grantType === 'refresh_token',
      { stage: 'before', answer },
      UNTIL_CLEARED,
    );
    await tokenExpired(page);
    endStreams();

    await failsAgainAndAgain(page);
    const problem = await page.evaluate(async (url) => {
      const response = await fetch(url, { headers: { accept: 'text/event-stream' } });
      const { status, headers } = response;
      return { status, retryAfter: headers.get('retry-after'), body: await response.json() };
    }, `${events.origin}/feed`);
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
    stack.authorizationServer.faults.clear();

    expect(problem).toMatchObject({ status: 503, body: { code: 'token_endpoint_unavailable' } });
    expect(Number(problem.retryAfter)).toBeGreaterThan(0);
    await comesBack(page);
  });

  test('was not there', async ({ page }) => {
    await openSource(page);
    stack.authorizationServer.goOffline();
    await tokenExpired(page);
    endStreams();

    await failsAgainAndAgain(page);
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
    stack.authorizationServer.goOnline();

    await comesBack(page);
  });
});

test('an EventSource comes back by itself once its API does', async ({ page }) => {
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
  await openSource(page);
  isDown = true;
  // Behind a worker, Chromium closes an EventSource whose stream breaks off, and not one whose stream ends.
  endStreams();

  await failsAgainAndAgain(page);
  isDown = false;

  await comesBack(page);
});

test('an EventSource is closed for good once the session has ended', async ({ page, profile }) => {
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
  await openSource(page);
  const other = await profile.newPage();
  await openBarePage(other, stack);
  await other.evaluate(() => void window.tokenward.logout());
  await page.waitForFunction(() => window.tokenward.session.status === 'signed-out');
  endStreams();

  await page.waitForFunction(() => window.source.readyState === EventSource.CLOSED);
  expect(await page.evaluate(() => window.seen.at(-1))).toBe('error 2');
  expect(await callApi(page, stack)).toMatchObject({ status: 401 });
});
