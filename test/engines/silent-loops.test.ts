import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { addBarePage, fillLoginPage, signIn } from '../support/app-page.ts';
import { ROOT } from '../support/build.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test as base } from '../support/engines/engine-test.ts';
import { untilTrue } from '../support/until.ts';

/** Most sign-ins without a user that a tab may begin in a minute. */
const MAX_PER_MINUTE = 3;
/** Time in milliseconds for which a page that has connected stays, if its tab is at rest: a loop leaves it at once. */
const REST_MS = 6000;
/** Longest time, in milliseconds, until a tab is at rest: it may have been sent to the authorization server a few times before. */
const TIMEOUT_MS = 100_000;

declare global {
  interface Window {
    /** When the test saw first that the page has connected. */
    connectedAtMs?: number;
  }
}

/** Each test has servers of its own, so that tests can watch side by side, and count for themselves. */
const test = base.extend('stack', async ({}, { onCleanup }): Promise<Stack> => {
  const stack = await startStack({ app: { securityHeaders: 'off' } });
  onCleanup(() => stack.close());
  const auto = await readFile(join(ROOT, 'dist/auto.js'), 'utf8');
  stack.app.pages.set('/auto.js', { body: auto, contentType: 'text/javascript' });
  return stack;
});

/** An app that signs in by itself, and the header and script that clear what it has stored. */
interface ClearingApp {
  readonly clears?: string;
  readonly script?: string;
}

function addApp({ app }: Stack, { clears, script = '' }: ClearingApp): void {
  app.pages.set('/clear.js', { body: script, contentType: 'text/javascript' });
  app.pages.set('/app', {
    body: `<!doctype html><title>App</title><script src="/clear.js"></script><script type="module" src="/auto.js" data-login="auto"></script>`,
    ...(clears !== undefined && { headers: { 'clear-site-data': clears } }),
  });
}

/** How often the tab was sent to the authorization server. */
function countSignIns({ authorizationServer }: Stack): number {
  return authorizationServer.requests.list('authorization').filter(({ path }) => path === '/auth').length;
}

/** Whether the tab shows a page that connected a while ago; each page that a loop loads begins anew. */
function isAtRest(page: EnginePage): Promise<boolean> {
  const look = (restMs: number): boolean => {
    const { connected, tokenward } = document.documentElement.dataset;
    if (connected === undefined && tokenward === undefined) return false;
    window.connectedAtMs ??= performance.now();
    return performance.now() - window.connectedAtMs > restMs;
  };
  // A page that is being left does not answer.
  return page.evaluate(look, REST_MS).catch(() => false);
}

const DENIED = `for (const kind of ['sessionStorage', 'localStorage'])
  Object.defineProperty(window, kind, { get() { throw new DOMException('Denied.', 'SecurityError'); } });`;

const CLEARING_APPS: readonly (readonly [what: string, app: ClearingApp])[] = [
  ['its pages clear the storage, and the worker with it', { clears: '"storage"' }],
  ['its pages clear cache and storage', { clears: '"cache", "storage"' }],
  ['its pages clear the storage, and what is left of it throws', { clears: '"storage"', script: DENIED }],
];

/** Expects that the tab has come to rest in the app, after few sign-ins. */
async function expectRest(page: EnginePage, stack: Stack, path: string): Promise<void> {
  const hasEnded = async (): Promise<boolean> => countSignIns(stack) > MAX_PER_MINUTE || isAtRest(page);
  await untilTrue(hasEnded, () => 'a tab at rest', { timeoutMs: TIMEOUT_MS, intervalMs: 200 });
  console.info(`${page.engine}: ${countSignIns(stack)} sign-ins until the tab was at rest`);
  expect(countSignIns(stack)).toBeLessThanOrEqual(MAX_PER_MINUTE);
  expect(await page.url()).toBe(stack.app.origin + path);
}

describe.concurrent('an app that signs in by itself', { timeout: 300_000 }, () => {
  test.for(CLEARING_APPS)('goes round in no circle though %s', async ([, app], { page, stack }) => {
    // The user signs in once, so that the authorization server answers each request after it without a page.
    addApp(stack, {});
    await page.goto(`${stack.app.origin}/app`);
    await page.waitForURL(({ origin }) => origin === stack.authorizationServer.origin);
    await fillLoginPage(page);
    await page.waitForFunction(() => document.documentElement.dataset['tokenward'] === 'signed-in');
    await page.evaluate(() => sessionStorage.clear());
    stack.authorizationServer.requests.clear();
    addApp(stack, app);

    await page.goto(`${stack.app.origin}/app?cleared`);

    await expectRest(page, stack, '/app?cleared');
  });

  test.for([
    ['clears the storage of the tab', 'sessionStorage.clear();'],
    ['denies the storage of the tab', DENIED.replace(", 'localStorage'", '')],
    ['denies all storage', DENIED],
  ])('renews a lost session at most once where its page %s', async ([, script], { page, stack }) => {
    addBarePage(stack.app);
    await signIn(page, stack);
    // The note that there was a session is all that is left of it, and the authorization server knows nobody.
    await page.evaluate(async () => {
      for (const each of await navigator.serviceWorker.getRegistrations()) await each.unregister();
      for (const { name } of await indexedDB.databases()) if (name !== undefined) indexedDB.deleteDatabase(name);
    });
    stack.authorizationServer.endUserSessions();
    stack.authorizationServer.requests.clear();
    stack.app.pages.set('/clear.js', { body: script ?? '', contentType: 'text/javascript' });
    stack.app.pages.set('/bare', {
      body: '<!doctype html><title>Bare</title><script src="/clear.js"></script><script type="module" src="/bare.js"></script>',
    });

    await page.goto(`${stack.app.origin}/bare?cleared`);

    await expectRest(page, stack, '/bare?cleared');
  });

  test('comes back to the same address', async ({ page, stack }) => {
    addApp(stack, {});
    await page.goto(`${stack.app.origin}/app?list=1#/top`);
    await page.waitForURL(({ origin }) => origin === stack.authorizationServer.origin);
    await fillLoginPage(page);
    await page.waitForFunction(() => document.documentElement.dataset['tokenward'] === 'signed-in');

    expect(await page.url()).toBe(`${stack.app.origin}/app?list=1#/top`);
    expect(await page.evaluate(() => location.href)).not.toContain('landed');
  });
});
