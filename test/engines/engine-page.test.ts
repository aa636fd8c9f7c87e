import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import { startApp, type App } from '../servers/app-server.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';

/** A worker that answers with a number that it has drawn when it started. */
const WORKER = `
const run = Math.random();
addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => {
  if (new URL(event.request.url).pathname === '/run') event.respondWith(Response.json(run));
});
`;

let app: App;
beforeAll(async () => {
  app = await startApp({ issuer: 'http://localhost:9', apiUrl: 'http://localhost:10', workerScript: () => WORKER });
  app.pages.set('/one', {
    body: '<!doctype html><title>One</title><input id="name"><button>save</button><script src="/one.js"></script>',
  });
  app.pages.set('/one.js', {
    contentType: 'text/javascript',
    body: `document.querySelector('button').onclick = ({ isTrusted }) => {
      document.title = document.querySelector('input').value + ' ' + isTrusted;
      open('/two');
    };`,
  });
  app.pages.set('/two', { body: '<!doctype html><title>Two</title>' });
});
afterAll(() => app.close());

describe('a page of an engine', () => {
  test('runs functions with JSON in and out, also asynchronous ones', async ({ page }) => {
    await page.goto(`${app.origin}/one`);

    expect(await page.url()).toBe(`${app.origin}/one`);
    expect(await page.evaluate(() => document.title)).toBe('One');
    expect(await page.evaluate(() => undefined)).toBeUndefined();
    expect(
      await page.evaluate(
        async ({ path, words }) => {
          const twice = (word: string): string => word + word;
          const response = await fetch(path);
          return { status: response.status, words: words.map(twice) };
        },
        { path: '/two', words: ['a', '"', '\u2028'] },
      ),
    ).toEqual({ status: 200, words: ['aa', '""', '\u2028\u2028'] });
    await expect(page.evaluate(() => Promise.reject(new Error('no such thing')))).rejects.toThrow('no such thing');
  });

  test('keeps no other waiting while a function of it waits', async ({ page, profile }) => {
    const other = await profile.newPage();
    await page.goto(`${app.origin}/one`);
    await other.goto(`${app.origin}/two`);

    const heard = page.evaluate(
      () =>
        new Promise<unknown>((resolve) => {
          new BroadcastChannel('tabs').addEventListener('message', ({ data }) => resolve(data));
          window.name = 'listens';
        }),
    );
    await page.waitForFunction(() => window.name === 'listens');
    await other.evaluate(() => new BroadcastChannel('tabs').postMessage('hello'));

    expect(await heard).toBe('hello');
    await other.close();
    expect(await profile.pages()).toEqual([page]);
  });

  test('clicks and types as a user does, and finds the pop-up, in whichever of its tabs', async ({ page, profile }) => {
    const other = await profile.newPage();
    await other.goto(`${app.origin}/one`);
    await other.click('button');
    await expect.poll(async () => (await profile.pages()).length).toBe(3);
    for (const tab of await profile.pages()) if (tab !== page) await tab.close();
    await page.bringToFront();
    await page.goto(`${app.origin}/one`);

    await page.fill('#name', 'Ada');
    await page.click('button');

    await page.waitForFunction(() => document.title === 'Ada true');
    await expect.poll(async () => (await profile.pages()).length).toBe(2);
    const [, popUp] = await profile.pages();
    await popUp?.waitForURL(({ pathname }) => pathname === '/two');
    expect(await popUp?.evaluate(() => document.title)).toBe('Two');
  });

  test('loads again, and follows its own navigations', async ({ page }) => {
    await page.goto(`${app.origin}/one`);
    await page.evaluate(() => {
      document.title = 'changed';
    });

    await page.reload();
    expect(await page.evaluate(() => document.title)).toBe('One');
    await page.evaluate(() => {
      window.location.href = '/two';
    });
    await page.waitForURL(({ pathname }) => pathname === '/two');
    await page.waitForFunction(() => document.title === 'Two');
    await page.goto(`${app.origin}/two#part`);
    expect(await page.url()).toBe(`${app.origin}/two#part`);
  });

  test('has a profile of its own', async ({ page, session }) => {
    await page.goto(`${app.origin}/one`);
    await page.evaluate(() => localStorage.setItem('mark', 'x'));
    const stranger = await session.newProfile();

    const elsewhere = await stranger.newPage();
    await elsewhere.goto(`${app.origin}/one`);

    expect(await elsewhere.evaluate(() => localStorage.getItem('mark'))).toBeNull();
    await stranger.close();
  });

  test('knows when its worker has been stopped, even if that of another profile runs', async ({
    page: stranger,
    session,
  }) => {
    const strangersRun = await startRun(stranger);
    await stranger.evaluate(() => void setInterval(() => void fetch('/run'), 1000));
    const profile = await session.newProfile();
    onTestFinished(() => profile.close());
    const page = await profile.newPage();
    const first = await startRun(page);

    await profile.stopWorkers();

    expect(await page.url()).toBe(`${app.origin}/one`);
    expect(await runOf(page)).not.toBe(first);
    expect(await runOf(stranger)).toBe(strangersRun);
  });
});

/** Has a page controlled by the worker. @returns what {@link runOf} tells */
async function startRun(page: EnginePage): Promise<unknown> {
  await page.goto(`${app.origin}/one`);
  await page.evaluate((path) => void navigator.serviceWorker.register(path), app.workerPath);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  return runOf(page);
}

/** The number of the worker that runs, which is another one each time that it starts. */
function runOf(page: EnginePage): Promise<unknown> {
  return page.evaluate(async () => (await fetch('/run')).json());
}
