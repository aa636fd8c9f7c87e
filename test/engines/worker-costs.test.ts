import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { type Listener, listen } from '../servers/listener.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import { openBarePage, signIn } from '../support/app-page.ts';
import type { EngineName, EnginePage } from '../support/engines/engine.ts';
import { test as base } from '../support/engines/engine-test.ts';

const POLL = { timeout: 20_000 };

/** What a page sees of requests. */
interface Seen {
  /** Events of an upload by XMLHttpRequest. */
  readonly upload: string;
  /** Event of an XMLHttpRequest whose body breaks off. */
  readonly brokenOff: string;
  /** Code points of a header field that holds U+00FC as one byte. */
  readonly header: string;
  /** What an EventSource does that CORS refuses. */
  readonly refusedEvents: 'ends' | 'tries again';
}

const ALL_EVENTS = 'loadstart progress load loadend';

/** What is seen of requests that no worker answers. */
const UNANSWERED: Readonly<Record<EngineName, Seen>> = {
  chromium: { upload: ALL_EVENTS, brokenOff: 'error', header: 'fc', refusedEvents: 'ends' },
  firefox: { upload: ALL_EVENTS, brokenOff: 'error', header: 'fc', refusedEvents: 'ends' },
  webkit: { upload: ALL_EVENTS, brokenOff: 'error', header: 'ef bf bd', refusedEvents: 'ends' },
};

/** What is seen of requests that any worker answers, also by `fetch(event.request)`. */
const ANSWERED: Readonly<Record<EngineName, Seen>> = {
  chromium: { upload: 'loadstart', brokenOff: 'abort', header: 'c3 bc', refusedEvents: 'tries again' },
  firefox: { upload: 'loadstart load loadend', brokenOff: 'error', header: 'fc', refusedEvents: 'ends' },
  webkit: { upload: 'loadstart', brokenOff: 'error', header: 'ef bf bd', refusedEvents: 'tries again' },
};

/** A worker that answers each request of a page from the network, and one that answers none. */
const EMPTY_WORKERS = {
  answering: `addEventListener('fetch', (event) => event.request.mode !== 'navigate' && event.respondWith(fetch(event.request)));`,
  listening: `addEventListener('fetch', (event) => { self.latest = event.request.url; });`,
};

let eventRequests = 0;
let server: Listener;
let stack: Stack;
beforeAll(async () => {
  server = await listen(() => (request, response) => {
    const { headers, method, url = '' } = request;
    const cors = {
      'access-control-allow-origin': headers.origin ?? '*',
      // WebKit shows a worker the Cache-Control of an EventSource, and so sends it in a preflight.
      'access-control-allow-headers': 'authorization, cache-control',
      'access-control-expose-headers': 'x-name',
    };
    if (method === 'OPTIONS') return response.writeHead(204, cors).end();
    if (url.endsWith('/events')) {
      eventRequests += 1;
      return response.writeHead(200, { 'content-type': 'text/event-stream' }).end('retry: 10\ndata: x\n\n');
    }
    if (url.endsWith('/broken-off')) {
      response.writeHead(200, { ...cors, 'content-length': '1000', 'content-type': 'text/plain' });
      // Late enough for the page to have seen that there is an answer.
      return response.write('half', () => setTimeout(() => response.destroy(), 1000));
    }
    // Node writes header fields as Latin-1.
    request.resume().on('end', () => response.writeHead(200, { ...cors, 'x-name': '\u00fc' }).end('ok'));
    return response;
  });
  stack = await startStack({
    app: {
      securityHeaders: 'off',
      worker: { protectedResources: [{ url: `${server.origin}/api` }, { url: '/own' }] },
    },
  });
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
  for (const path of ['/own/upload', '/other/upload']) stack.app.pages.set(path, { body: 'ok' });
});
afterAll(() => Promise.all([stack.close(), server.close()]));
beforeEach(() => {
  eventRequests = 0;
});

const test = base.extend('signedIn', async ({ page }): Promise<EnginePage> => {
  await signIn(page, stack);
  return page;
});

/** Uploads a megabyte; gives the events of the upload, each once. */
function uploadTo(page: EnginePage, url: string): Promise<string> {
  return page.evaluate(
    (to) =>
      new Promise((resolve) => {
        const xhr = new XMLHttpRequest();
        xhr.open('POST', to);
        const types = new Set<string>();
        for (const type of ['loadstart', 'progress', 'load', 'error', 'abort', 'loadend'] as const) {
          xhr.upload.addEventListener(type, () => types.add(type));
        }
        xhr.addEventListener('loadend', () => resolve([...types].join(' ')));
        xhr.send(new Blob([new Uint8Array(1_000_000)]));
      }),
    url,
  );
}

/** Sends a request; gives how it ended and the code points of the header field. */
function get(page: EnginePage, url: string): Promise<readonly [end: string, header: string]> {
  return page.evaluate(
    (from) =>
      new Promise((resolve) => {
        const xhr = new XMLHttpRequest();
        xhr.open('GET', from);
        const end = ({ type }: Event): void => {
          const name = type === 'load' ? (xhr.getResponseHeader('x-name') ?? '') : '';
          resolve([type, Array.from(name, (letter) => letter.charCodeAt(0).toString(16)).join(' ')]);
        };
        for (const type of ['load', 'error', 'abort'] as const) xhr.addEventListener(type, end);
        xhr.send();
      }),
    url,
  );
}

/** Opens an EventSource, and waits until it has ended or has sent a second request. */
async function openEvents(page: EnginePage, url: string): Promise<Seen['refusedEvents']> {
  await page.evaluate((from) => {
    const source = new EventSource(from);
    document.title = 'open';
    source.addEventListener('error', () => source.readyState === EventSource.CLOSED && (document.title = 'ended'));
    document.addEventListener('end', () => source.close());
  }, url);
  const hasEnded = (): Promise<boolean> => page.evaluate(() => document.title === 'ended');
  await expect.poll(async () => (await hasEnded()) || eventRequests > 1, POLL).toBe(true);
  await page.evaluate(() => void document.dispatchEvent(new Event('end')));
  return (await hasEnded()) ? 'ends' : 'tries again';
}

async function look(page: EnginePage, url: string): Promise<Seen> {
  const upload = await uploadTo(page, `${url}/upload`);
  const [brokenOff] = await get(page, `${url}/broken-off`);
  const [, header] = await get(page, `${url}/header`);
  return { upload, brokenOff, header, refusedEvents: await openEvents(page, `${url}/events`) };
}

describe('what a page sees of XMLHttpRequest and EventSource', () => {
  test('is what it sees without a worker where Tokenward adds no token', async ({ signedIn: page }) => {
    expect(await look(page, `${server.origin}/other`)).toEqual(UNANSWERED[page.engine]);
    expect(await uploadTo(page, `${stack.app.origin}/other/upload`)).toBe(ALL_EVENTS);
  });

  test('is what it sees with any worker that answers where Tokenward adds the token', async ({ signedIn: page }) => {
    const { upload } = ANSWERED[page.engine];

    // Nothing tells the worker whether CORS or the network has failed. It lets an EventSource connect again in Firefox too.
    const expected = { ...ANSWERED[page.engine], refusedEvents: 'tries again' };
    expect(await look(page, `${server.origin}/api`)).toEqual(expected);
    expect(await uploadTo(page, `${stack.app.origin}/own/upload`)).toBe(upload);
  });

  test('is what it sees without a worker while no user is signed in', async ({ page }) => {
    await openBarePage(page, stack);
    // The worker knows by now that there is no session.
    await page.evaluate(() => window.tokenward.session);

    expect(await look(page, `${server.origin}/api`)).toEqual(UNANSWERED[page.engine]);
  });
});

describe('what a page sees with a worker of two lines', () => {
  base.for([
    ['answering', ANSWERED],
    ['listening', UNANSWERED],
  ] as const)('is the same: %s', async ([kind, expected], { page }) => {
    const worker = `addEventListener('install', () => skipWaiting());
      addEventListener('activate', (event) => event.waitUntil(clients.claim()));
      ${EMPTY_WORKERS[kind]}`;
    stack.app.pages.set('/empty.html', { body: '<!doctype html><title>Empty</title>' });
    stack.app.configure({ workerServing: 'static', workerScript: () => worker });
    await page.goto(`${stack.app.origin}/empty.html`);
    await page.evaluate(async () => {
      const controlled = new Promise((resolve) => {
        navigator.serviceWorker.addEventListener('controllerchange', resolve);
      });
      await navigator.serviceWorker.register('/tokenward-sw.js');
      await controlled;
    });

    expect(await look(page, `${server.origin}/api`)).toEqual(expected[page.engine]);
  });
});
