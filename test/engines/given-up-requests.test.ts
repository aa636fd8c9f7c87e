import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { EndpointRequest } from '../servers/authorization-server-log.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, openBarePage, signIn } from '../support/app-page.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';
import { type ForeignServer, startForeignServer } from '../support/foreign-server.ts';
import { gateRequest } from '../support/gate.ts';
import { type Mirror, startMirror } from '../support/mirror.ts';
import { tokenExpired } from '../support/worker-life.ts';

const POLL = { timeout: 20_000 };

/** Lists the pages and workers that the browser shows to the worker, by their ids. */
const CLIENTS = `
self.addEventListener('message', async ({ data, source }) => {
  if (data !== 'clients') return;
  const all = await self.clients.matchAll({ type: 'all', includeUncontrolled: true });
  source.postMessage({ clients: all.map(({ id }) => id) });
});
`;

let stack: Stack;
let foreign: ForeignServer;
/** An API that allows credentials, which every beacon brings. */
let mirror: Mirror;
beforeAll(async () => {
  [foreign, mirror] = await Promise.all([startForeignServer(), startMirror()]);
  stack = await startStack({ app: { securityHeaders: 'off', workerScript: (script) => `${CLIENTS}\n${script}` } });
  const protectedResources = [{ url: stack.api.url }, { url: `${mirror.origin}/api` }];
  // A refresh waits here for as long as a test takes.
  stack.app.configure({ worker: { protectedResources, requestTimeoutMs: 120_000 } });
  stack.app.pages.set('/frame', { body: '<!doctype html><title>Frame</title>' });
  const worker = `onmessage = ({ data }) => void fetch(data, { method: 'PUT', body: 'text' });`;
  stack.app.pages.set('/sender.js', { body: worker, contentType: 'text/javascript' });
});
afterAll(() => Promise.all([stack.close(), foreign.close(), mirror.close()]));
beforeEach(() => {
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
  for (const server of [stack.authorizationServer, stack.api]) server.faults.clear();
  stack.api.requests.clear();
});

const isRefresh = ({ grantType }: EndpointRequest): boolean => grantType === 'refresh_token';

/** Signs in, and waits until the token has expired: the next request waits for a fresh one. */
async function signInWithExpiredToken(page: EnginePage): Promise<void> {
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 1 });
  await signIn(page, stack);
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
  await tokenExpired(page);
}

function listClients(page: EnginePage): Promise<readonly string[]> {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        const { serviceWorker } = navigator;
        serviceWorker.addEventListener('message', ({ data }) => data.clients && resolve(data.clients));
        serviceWorker.startMessages();
        serviceWorker.controller?.postMessage('clients');
      }),
  );
}

async function countClients(page: EnginePage): Promise<number> {
  return (await listClients(page)).length;
}

/** How many writes to a path came to the API. */
function arrived(path: string): number {
  return stack.api.requests.count(`/api${path}`, 'PUT');
}

/** Sends a write, whose answer nobody waits for. */
function put(page: EnginePage, path: string): Promise<void> {
  return page.evaluate((url) => {
    void fetch(url, { method: 'PUT', body: 'text' }).catch(() => {});
  }, `${stack.api.url}${path}`);
}

/** Waits until the API has answered requests that were sent later: one that was let through has come too. */
async function laterRequestsAnswered(page: EnginePage): Promise<void> {
  for (let left = 2; left > 0; left -= 1) expect(await callApi(page, stack)).toMatchObject({ status: 200 });
}

/** How a sender of a request goes away: each gives a function that sends it, and one that ends the sender. */
const SENDERS: readonly {
  readonly name: string;
  /** Whether the request is sent by a client that is made for it, and not by the page. */
  readonly isOwnClient: boolean;
  readonly send: (page: EnginePage, url: string) => Promise<void>;
  readonly end: (page: EnginePage) => Promise<unknown>;
}[] = [
  {
    name: 'a tab that is closed',
    isOwnClient: false,
    send: (page, url) => page.evaluate((to) => void fetch(to, { method: 'PUT', body: 'text' }), url),
    end: (page) => page.close(),
  },
  {
    name: 'a page that goes to another site, by XHR',
    isOwnClient: false,
    send: (page, url) =>
      page.evaluate((to) => {
        const xhr = new XMLHttpRequest();
        xhr.open('PUT', to);
        xhr.send('text');
      }, url),
    end: (page) => page.goto(foreign.origin),
  },
  {
    name: 'a frame that is removed',
    isOwnClient: true,
    send: (page, url) =>
      page.evaluate(async (to) => {
        const frame = document.createElement('iframe');
        frame.src = '/frame';
        await new Promise((resolve) => {
          frame.addEventListener('load', resolve);
          document.body.append(frame);
        });
        void frame.contentWindow?.fetch(to, { method: 'PUT', body: 'text' });
      }, url),
    end: (page) => page.evaluate(() => document.querySelector('iframe')?.remove()),
  },
  {
    name: 'a dedicated worker that is terminated',
    isOwnClient: true,
    send: (page, url) =>
      page.evaluate((to) => {
        const sender = new Worker('/sender.js');
        sender.postMessage(to);
        document.addEventListener('end', () => sender.terminate());
      }, url),
    end: (page) => page.evaluate(() => void document.dispatchEvent(new Event('end'))),
  },
];

describe('a write that waits for a token is not sent for', () => {
  test.for(SENDERS)('$name', async ({ send, end, isOwnClient }, { page, profile }) => {
    await signInWithExpiredToken(page);
    const alone = await listClients(page);
    const sender = await profile.newPage();
    await openBarePage(sender, stack);
    const opened = await listClients(page);
    const gate = gateRequest(stack.authorizationServer.faults, isRefresh);

    await send(sender, `${stack.api.url}/given-up`);
    await gate.arrived;
    const waitsSinceMs = performance.now();
    await put(page, '/kept');
    const others = isOwnClient ? opened : alone;
    const listSenders = async (): Promise<readonly string[]> =>
      (await listClients(page)).filter((id) => !others.includes(id));
    await expect.poll(listSenders, POLL).not.toEqual([]);
    await end(sender);
    await expect.poll(listSenders, POLL).toEqual([]);
    // The worker asks for the sender only after a wait of 50 ms.
    await expect.poll(() => performance.now() - waitsSinceMs, POLL).toBeGreaterThan(100);
    gate.open();

    await expect.poll(() => arrived('/kept'), POLL).toBe(1);
    await laterRequestsAnswered(page);
    expect(arrived('/given-up')).toBe(0);
  });
});

describe('a write whose token was refused', () => {
  test('is not sent once more for a page that is gone', async ({ page, profile }) => {
    await signIn(page, stack);
    const sender = await profile.newPage();
    await openBarePage(sender, stack);
    const during = await countClients(page);
    const challenge = {
      'www-authenticate': 'Bearer error="invalid_token"',
      'access-control-expose-headers': 'www-authenticate',
    };
    const answer = { status: 401, headers: challenge };
    stack.api.faults.plan(({ path, method }) => path === '/api/given-up' && method === 'PUT', {
      stage: 'before',
      answer,
    });
    const gate = gateRequest(stack.authorizationServer.faults, isRefresh);

    await put(sender, '/given-up');
    await gate.arrived;
    await sender.close();
    await expect.poll(() => countClients(page), POLL).toBeLessThan(during);
    gate.open();

    await laterRequestsAnswered(page);
    expect(arrived('/given-up')).toBe(1);
  });
});

describe('a request that outlives its page', () => {
  test('is sent, though it waits for a token when the page is closed', async ({ page, profile }) => {
    await signInWithExpiredToken(page);
    const sender = await profile.newPage();
    await openBarePage(sender, stack);
    const during = await countClients(page);
    const gate = gateRequest(stack.authorizationServer.faults, isRefresh);

    await sender.evaluate(
      (url) => void navigator.sendBeacon(url, new Blob(['{}'], { type: 'application/json' })),
      `${mirror.urlOf(page.engine)}/echo`,
    );
    await gate.arrived;
    await sender.close();
    await expect.poll(() => countClients(page), POLL).toBeLessThan(during);
    gate.open();

    const schemes = (): readonly (string | undefined)[] =>
      mirror.received(page.engine).map(({ headers }) => headers['authorization']?.split(' ')[0]);
    await expect.poll(schemes, POLL).toEqual(['Bearer']);
  });
});

describe('a write while the authorization server is left alone', () => {
  test('is answered at once, and never sent', async ({ page }) => {
    await signInWithExpiredToken(page);
    const headers = { 'retry-after': '3600', 'access-control-expose-headers': 'retry-after' };
    const answer = { status: 503, headers };
    stack.authorizationServer.faults.plan(isRefresh, { stage: 'before', answer });

    expect(await callApi(page, stack)).toMatchObject({ status: 503 });
    expect(await callApi(page, stack, '/given-up', { method: 'PUT', body: 'text' })).toMatchObject({ status: 503 });
    stack.authorizationServer.faults.clear();

    expect(arrived('/given-up')).toBe(0);
  });
});

describe('a write that script aborts while it waits for a token', () => {
  test.for(['fetch', 'timeout', 'xhr'] as const)(
    'ends at once for the page, and is sent, since no engine tells the worker: %s',
    async (means, { page }) => {
      await signInWithExpiredToken(page);
      const gate = gateRequest(stack.authorizationServer.faults, isRefresh);
      await page.evaluate(
        ([url, by]) => {
          const controller = new AbortController();
          document.addEventListener('abort', () => controller.abort());
          const ended = (name: string): void => void (document.title = name);
          if (by === 'xhr') {
            const xhr = new XMLHttpRequest();
            xhr.open('PUT', url);
            xhr.addEventListener('abort', () => ended('AbortError'));
            controller.signal.addEventListener('abort', () => xhr.abort());
            xhr.send('text');
          } else {
            // Long enough for the request to have come to the worker.
            const signal = by === 'timeout' ? AbortSignal.timeout(10_000) : controller.signal;
            fetch(url, { method: 'PUT', body: 'text', signal }).catch(({ name }: Error) => ended(name));
          }
        },
        [`${stack.api.url}/given-up`, means] as const,
      );
      await gate.arrived;

      await page.evaluate(() => void document.dispatchEvent(new Event('abort')));
      await expect.poll(() => page.evaluate(() => document.title), POLL).toMatch(/^(Abort|Timeout)Error$/);
      gate.open();

      await expect.poll(() => arrived('/given-up'), POLL).toBe(1);
    },
  );
});
