import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { type Listener, listen } from '../servers/listener.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import { signIn } from '../support/app-page.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';

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

/** An API of events, whose answers to preflights allow `Authorization` and nothing else, as those of many an API. */
let events: Listener;
let stack: Stack;
beforeAll(async () => {
  events = await listen(() => (request, response) => {
    const isPreflight = request.method === 'OPTIONS';
    const isAuthorized = request.headers.authorization?.startsWith('Bearer ') === true;
    response.writeHead(isPreflight ? 204 : isAuthorized ? 200 : 401, {
      'access-control-allow-origin': request.headers.origin ?? '',
      'access-control-allow-headers': 'authorization',
      'content-type': 'text/event-stream',
    });
    if (isPreflight) response.end();
    else response.write('data: hello\n\n');
  });
  stack = await startStack({ app: { securityHeaders: 'off' } });
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
  stack.app.configure({ worker: { protectedResources: [{ url: stack.api.url }, { url: events.origin }] } });
});
afterAll(() => Promise.all([stack.close(), events.close()]));
beforeEach(() => stack.api.faults.clear());

/** Posts with `keepalive`; gives what came of it. */
function postKeptAlive(page: EnginePage): Promise<{ status: number; body: string }> {
  return page.evaluate(async (url) => {
    const response = await fetch(url, { method: 'POST', body: 'kept', keepalive: true });
    return { status: response.status, body: await response.text() };
  }, `${stack.api.url}/echo`);
}

describe('an EventSource', () => {
  test('gets its events, though the API allows no Cache-Control in a preflight', async ({ page }) => {
    await signIn(page, stack);

    const seen = await page.evaluate(
      (url) =>
        new Promise<readonly string[]>((resolve) => {
          const types: string[] = [];
          const source = new EventSource(url);
          const note = ({ type }: Event): void => {
            types.push(type);
            if (type === 'open') return;
            source.close();
            resolve(types);
          };
          for (const type of ['open', 'message', 'error']) source.addEventListener(type, note);
        }),
      `${events.origin}/feed`,
    );

    expect(seen).toEqual(['open', 'message']);
  });
});

describe('a request with keepalive and a body', () => {
  test('is sent with the token, and once more after a refresh', async ({ page, lacks }) => {
    await signIn(page, stack);
    const isMissing = await lacks({
      engine: 'firefox',
      reason: 'shows requests with keepalive to no worker: they go without the token, and the API says so',
      isShownBy: async () => expect(await postKeptAlive(page)).toMatchObject({ status: 401 }),
    });
    if (isMissing) return;

    expect(await postKeptAlive(page)).toMatchObject({ status: 200 });
    stack.api.faults.plan(({ authorizationScheme }) => authorizationScheme === 'Bearer', INVALID_TOKEN);
    const again = await postKeptAlive(page);
    expect(again).toMatchObject({ status: 200 });
    expect(JSON.parse(again.body)).toMatchObject({ method: 'POST', size: 4 });
  });
});
