import type { ConsoleMessage, Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, connected, openBarePage, sessionOf, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { WHAT_TO_DO } from '../support/error-message.ts';
import { FOREIGN_WORKERS } from '../support/foreign-workers.ts';
import { startNaiveFront } from '../support/naive-front.ts';
import { runClockUntil } from '../support/page-clock.ts';
import { comesTrue } from '../support/until.ts';
import { waitInPage } from '../support/wait-in-page.ts';
import { openManualPage, stopWorker } from '../support/worker-life.ts';

const POLL = { timeout: 20_000 };
/** Time after which a worker that has asked for the place is taken to be forgotten. */
const FORGOTTEN_MS = 15_000;

let stack: Stack;
/** The same app, at a server that lets every script be a worker. */
let front: Stack;
beforeAll(async () => {
  stack = await startStack();
  front = await startNaiveFront(stack, {
    workerScript: 'gated',
    rogueWorkers: FOREIGN_WORKERS,
    scripts: { '/js/tokenward-sw.js': '', '/subfolder.js': SUBFOLDER, '/late.js': LATE },
    pages: {
      '/plain': '<!doctype html><title>Plain</title>',
      '/late': '<!doctype html><title>Late</title><script type="module" src="/late.js"></script>',
      '/subfolder': '<!doctype html><title>Subfolder</title><script type="module" src="/subfolder.js"></script>',
    },
  });
});
afterAll(async () => {
  await front.close();
  await stack.close();
});
beforeEach(() => {
  stack.app.configure({
    worker: {},
    workerServing: 'sealed',
    workerScript: (script) => script,
    securityHeaders: 'off',
  });
});

/** Opens a page without Tokenward, in which another worker is registered. */
async function openWith(page: Page, script: string, until: 'activated' | 'gone' = 'activated'): Promise<void> {
  await page.goto(`${front.app.origin}/plain`);
  await register(page, script);
  if (until === 'activated') await active(page, script);
  // A worker that removes itself may load the page again.
  if (until === 'gone') await waitInPage(page, isGone, script);
}

/** Runs in the page: whether it has registered a worker that has gone meanwhile. */
async function isGone(script: string): Promise<boolean> {
  if (sessionStorage.getItem('registered') !== script) {
    await navigator.serviceWorker.register(script).catch(() => {});
    sessionStorage.setItem('registered', script);
  }
  return (await navigator.serviceWorker.getRegistration()) === undefined;
}

async function register(page: Page, script: string, scope: string = '/'): Promise<void> {
  await page.evaluate(
    ([url, path]) => {
      navigator.serviceWorker.register(url, { scope: path }).catch(() => {});
    },
    [script, scope] as const,
  );
}

/**
 * Waits until a script is the active worker. Chromium forgets that a worker has asked for the place if the active one is started again
 * meanwhile, and then waits until that one has nothing to do: half a minute, or five where the developer tools are open, as they are here.
 * Then the test stops it.
 */
async function active(page: Page, script: string): Promise<void> {
  const isActive = async (path: string): Promise<boolean> => {
    const registration = await navigator.serviceWorker.getRegistration('/');
    const worker = registration?.active;
    registration?.waiting?.postMessage('skip waiting');
    return worker?.state === 'activated' && new URL(worker.scriptURL).pathname === path;
  };
  if (await comesTrue(() => page.evaluate(isActive, script), FORGOTTEN_MS)) return;
  await stopWorker(page);
  await waitInPage(page, isActive, script);
}

/** Collects what the page is warned of. */
function warningsOf(page: Page): string[] {
  const warnings: string[] = [];
  page.on('console', (message: ConsoleMessage) => {
    if (message.type() === 'warning' && message.text().startsWith('tokenward:')) warnings.push(message.text());
  });
  return warnings;
}

function connectError(page: Page): Promise<{ code: string; message: string } | undefined> {
  return page.evaluate(() => window.connectError);
}

function controllerOf(page: Page): Promise<string | undefined> {
  return page.evaluate(() => {
    const url = navigator.serviceWorker.controller?.scriptURL;
    return url && new URL(url).pathname;
  });
}

/** Makes each call of the client, and says what became of it: its code, or that it was good. */
function callAll(page: Page): Promise<Record<string, string>> {
  return page.evaluate(async () => {
    const { tokenward } = window;
    const calls = {
      login: () => tokenward.login(),
      logout: () => tokenward.logout(),
      userinfo: () => tokenward.userinfo(),
      explain: () => tokenward.explain('/api'),
      adopt: () => tokenward.adopt({ accessToken: 'a', idToken: 'b', expiresInSeconds: 1 }),
    };
    const outcomes: Record<string, string> = {};
    for (const [name, call] of Object.entries(calls)) {
      outcomes[name] = await call().then(
        () => 'good',
        (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
      );
    }
    return outcomes;
  });
}

describe('connect() where another worker has the scope', () => {
  test.for(['/empty.js', '/precaching.js', '/mocking.js'])(
    'replaces %s, and says so once',
    async (script, { page }) => {
      const warnings = warningsOf(page);
      await openWith(page, script);

      await signIn(page, front);

      expect(await connectError(page)).toBeUndefined();
      expect(await controllerOf(page)).toBe(front.app.workerPath);
      expect(await callApi(page, front)).toMatchObject({ status: 200 });
      await expect.poll(() => warnings, POLL).toHaveLength(1);
      expect(warnings[0]).toContain(script);
    },
  );

  test.for<[what: string, script: string]>([
    ['has removed itself', '/self-destroying.js'],
    ['has failed to start', '/throwing.js'],
    ['has failed to install', '/rejecting.js'],
  ])('succeeds if the other one %s', async ([, script], { page }) => {
    await openWith(page, script, 'gone');

    await openBarePage(page, front);

    expect(await connectError(page)).toBeUndefined();
    expect(await controllerOf(page)).toBe(front.app.workerPath);
  });

  test('makes an app’s own worker take over too, although it waits for no one', async ({ page, context }) => {
    stack.app.configure({ workerScript: withoutSkipWaiting });
    await openWith(page, '/precaching.js');
    const next = await context.newPage();

    await openBarePage(next, front);

    expect(await connectError(next)).toBeUndefined();
    expect(await controllerOf(next)).toBe(front.app.workerPath);
  });

  test('succeeds while another one waits to replace it', async ({ page }) => {
    await openBarePage(page, front);
    await register(page, '/empty.js');
    await waitInPage(page, async () => (await navigator.serviceWorker.getRegistration())?.waiting);

    await page.reload();
    await connected(page);

    expect(await connectError(page)).toBeUndefined();
    expect(await controllerOf(page)).toBe(front.app.workerPath);
  });

  test('takes its place back from one that was registered just before, and takes it while the page asks', async ({
    page,
  }) => {
    // The page waits for the answer of this version until the other worker has its place.
    stack.app.configure({ workerScript: withoutAnswers });
    await openWith(page, front.app.workerPath);
    stack.app.configure({
      workerScript: (script) => script,
      answerFirst: ({ url }) => (new URL(url).pathname === front.app.workerPath ? later() : later(0)),
    });
    stack.app.pages.set('/after.js', { contentType: 'text/javascript', body: AFTER });
    stack.app.pages.set('/after', {
      body: '<!doctype html><title>After</title><script type="module" src="/after.js"></script>',
    });

    await page.goto(`${front.app.origin}/after`);
    await connected(page);

    expect(await connectError(page)).toBeUndefined();
    expect(await controllerOf(page)).toBe(front.app.workerPath);
    expect(await sessionOf(page)).toEqual({ status: 'signed-out', reason: 'not-signed-in' });
  });

  test.for(['/installing.js', '/activating.js'])('does not wait for ever for %s', async (script, { page }) => {
    await page.clock.install();

    // The page is there first: the browser holds a navigation while the worker of its scope is activating.
    await page.goto(`${front.app.origin}/late?${new URLSearchParams({ script })}`);
    await runClockUntil(page, connected(page));

    const error = await connectError(page);
    expect(error).toMatchObject({ code: 'worker_timeout' });
    expect(error?.message).toContain(script);
    expect(error?.message).toMatch(WHAT_TO_DO);
  });

  test('says so where the other one has a narrower scope, with the page in it', async ({ page }) => {
    await page.goto(`${front.app.origin}/plain`);
    await register(page, '/precaching.js', '/bare');
    await waitInPage(page, async () => {
      const registration = await navigator.serviceWorker.getRegistration('/bare');
      return registration?.active?.state === 'activated';
    });

    await openBarePage(page, front);

    const error = await connectError(page);
    expect(error).toMatchObject({ code: 'worker_replaced' });
    expect(error?.message).toContain('/precaching.js');
    expect(error?.message).toContain('/bare');
    expect(error?.message).toMatch(WHAT_TO_DO);
  });

  test('leaves the page responsive while two libraries register their workers at once', async ({ page }) => {
    const warnings = warningsOf(page);
    stack.app.pages.set('/both.js', { contentType: 'text/javascript', body: BOTH });
    stack.app.pages.set('/both', {
      body: '<!doctype html><title>Both</title><script type="module" src="/both.js"></script>',
    });

    for (let load = 0; load < 3; load++) {
      await page.goto(`${front.app.origin}/both`);
      await connected(page);
      await active(page, '/mocking.js');
      await expect.poll(() => warnings.at(-1), POLL).toContain('/mocking.js');
    }
  });
});

test('the error of a worker in a subfolder says to move it, or to allow it the wider scope', async ({ page }) => {
  await page.goto(`${front.app.origin}/subfolder`);
  await connected(page);

  const error = await connectError(page);
  expect(error).toMatchObject({ code: 'worker_script_failed' });
  expect(error?.message).toContain('/js/tokenward-sw.js is in /js/ and may not have the wider scope /.');
  expect(error?.message).toContain('"Service-Worker-Allowed: /"');
  expect(error?.message).toMatch(WHAT_TO_DO);
});

describe('a page that is connected, in whose scope another worker is registered', () => {
  test.for(['/precaching.js', '/mocking.js'])(
    'warns once of %s, and every call ends with its name',
    async (script, { page }) => {
      const warnings = warningsOf(page);
      await signIn(page, front);
      await openManualPage(page, front);
      await page.evaluate(() => {
        window.alarms = [];
        window.tokenward.onAlarm((alarm) => window.alarms.push(alarm));
      });

      await register(page, script);
      await active(page, script);

      await expect.poll(() => warnings, POLL).toHaveLength(1);
      expect(warnings[0]).toContain(script);
      expect(await sessionOf(page)).toMatchObject({
        status: 'signed-out',
        reason: 'lost',
        lastError: { code: 'worker_replaced', message: expect.stringContaining(script) },
      });
      expect(await callAll(page)).toEqual({
        login: 'worker_replaced',
        logout: 'worker_replaced',
        userinfo: 'worker_replaced',
        explain: 'worker_replaced',
        adopt: 'worker_replaced',
      });
      // From the worker that was replaced, unless it has ended before it noticed.
      await expect
        .poll(() => page.evaluate(() => window.alarms.map(({ tripwire }) => tripwire)), POLL)
        .toContain('worker_replaced');
      expect(warnings).toHaveLength(1);
    },
  );

  test('takes no message of a worker of another scope, which may name the scope of this one', async ({ page }) => {
    await signIn(page, front);

    const session = await page.evaluate(async () => {
      const forged = new Promise<void>((resolve) => {
        // Added after the listener of the library, so called after it.
        navigator.serviceWorker.addEventListener(
          'message',
          ({ data }) => data.type === 'tokenward:session' && resolve(),
        );
      });
      const registration = await navigator.serviceWorker.register('/forging.js', { scope: '/elsewhere/' });
      (registration.installing ?? registration.waiting ?? registration.active)?.postMessage('');
      await forged;
      return window.tokenward.session;
    });

    expect(session).toMatchObject({ status: 'signed-in' });
  });

  test('works again when it is loaded again', async ({ page }) => {
    await openBarePage(page, front);
    await register(page, '/precaching.js');
    await active(page, '/precaching.js');

    await signIn(page, front);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    expect(await callApi(page, front)).toMatchObject({ status: 200 });
  });
});

describe('a page whose worker is updated', () => {
  test('has an answer to each call that it makes meanwhile', async ({ page }) => {
    await signIn(page, front);

    stack.app.setWorkerRelease(`release ${performance.now()}`);

    expect(await callDuringUpdate(page)).toEqual({
      states: ['installing', 'installed', 'activating', 'activated'],
      login: ['request_invalid'],
      // The demo's access token is for its API alone.
      userinfo: ['userinfo_invalid'],
      explain: ['good'],
      adopt: ['adoption_not_allowed'],
    });
    await page.evaluate(() => void window.tokenward.logout());

    await page.waitForURL((url) => url.pathname === '/');
    await openBarePage(page, front);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-out', reason: 'signed-out' });
  });
});

/** Has the browser look for a new version of the worker, and makes all calls in each state of it; says how they ended. */
function callDuringUpdate(page: Page): Promise<Record<string, readonly string[]>> {
  return page.evaluate(async () => {
    const { tokenward } = window;
    const calls = {
      login: () => tokenward.login({ scopes: ['not-configured'] }),
      userinfo: () => tokenward.userinfo(),
      explain: () => tokenward.explain('/api'),
      adopt: () => tokenward.adopt({ accessToken: 'a', idToken: 'b', expiresInSeconds: 1 }),
    };
    const outcomes = new Map<string, Set<string>>([['states', new Set()]]);
    const running: Promise<unknown>[] = [];
    const note = (name: string, outcome: string): void => {
      outcomes.set(name, (outcomes.get(name) ?? new Set()).add(outcome));
    };
    const registration = await navigator.serviceWorker.ready;
    await new Promise<void>((resolve, reject) => {
      registration.addEventListener('updatefound', () => {
        const next = registration.installing;
        const look = (): void => {
          note('states', next?.state ?? 'none');
          for (const [name, call] of Object.entries(calls)) {
            const settled = call().then(
              () => 'good',
              (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
            );
            running.push(settled.then((outcome) => note(name, outcome)));
          }
          if (!next || ['activated', 'redundant'].includes(next.state)) resolve();
        };
        next?.addEventListener('statechange', look);
        look();
      });
      registration.update().catch(reject);
    });
    await Promise.all(running);
    return Object.fromEntries([...outcomes].map(([name, seen]) => [name, [...seen]]));
  });
}

const SUBFOLDER = `
import { connect } from '/tokenward.js';
await connect({ worker: '/js/tokenward-sw.js', scope: '/' }).catch(({ code, message }) => {
  window.connectError = { code, message };
});
document.documentElement.dataset.connected = 'yes';
`;

/** Connects when another library's worker has begun to install, or to activate, and does not end. */
const LATE = `
import { connect } from '/tokenward.js';
const script = new URLSearchParams(location.search).get('script');
const registration = await navigator.serviceWorker.register(script, { scope: '/' });
const worker = registration.installing ?? registration.waiting ?? registration.active;
const isStuck = () => worker.state + '.js' === script.slice(1);
while (!isStuck()) await new Promise((resolve) => worker.addEventListener('statechange', resolve, { once: true }));
await connect({ worker: '/tokenward-sw.js' }).catch(({ code, message }) => {
  window.connectError = { code, message };
});
document.documentElement.dataset.connected = 'yes';
`;

/** Connects while another library starts its own worker. */
const BOTH = `
import { connect } from '/tokenward.js';
const starting = navigator.serviceWorker.register('/mocking.js', { scope: '/' });
await connect({ worker: '/tokenward-sw.js' }).catch(({ code, message }) => {
  window.connectError = { code, message };
  console.warn('tokenward:', message);
});
await starting;
await navigator.serviceWorker.register('/mocking.js', { scope: '/' });
document.documentElement.dataset.connected = 'yes';
`;

/** Connects after another library has registered its own worker. */
const AFTER = `
import { connect } from '/tokenward.js';
void navigator.serviceWorker.register('/mocking.js', { scope: '/' });
try {
  window.tokenward = await connect({ worker: '/tokenward-sw.js' });
} catch ({ code, message }) {
  window.connectError = { code, message };
}
document.documentElement.dataset.connected = 'yes';
`;

/** Makes a request wait, and leaves its answer to the server. */
async function later(waitMs: number = 500): Promise<undefined> {
  await new Promise((resolve) => setTimeout(resolve, waitMs));
}

/** A worker that answers no page. */
function withoutAnswers(script: string): string {
  return `self.addEventListener('message', (event) => event.stopImmediatePropagation());\n${script}`;
}

/** A worker that leaves it to the browser when it takes over. */
function withoutSkipWaiting(script: string): string {
  return `{
  const { skipWaiting } = self;
  let installed = false;
  self.addEventListener('install', () => { setTimeout(() => { installed = true; }); });
  self.skipWaiting = () => (installed ? skipWaiting.call(self) : Promise.resolve());
}
${script}`;
}
