import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { addBarePage, fillLoginPage, signIn } from '../support/app-page.ts';
import { ROOT } from '../support/build.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';

/** Most sign-ins without a user that a tab may begin in a minute. */
const MAX_PER_MINUTE = 3;
/** Time in which a tab is watched, in milliseconds: a loop goes round once a second. */
const WATCHED_MS = 12_000;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
  const auto = await readFile(join(ROOT, 'dist/auto.js'), 'utf8');
  stack.app.pages.set('/auto.js', { body: auto, contentType: 'text/javascript' });
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.requests.clear();
  stack.authorizationServer.endUserSessions();
  stack.app.configure({ securityHeaders: 'off', workerServing: 'sealed' });
});

/** An app that signs in by itself, and the header and script that clear what it has stored. */
interface ClearingApp {
  readonly clears?: string;
  readonly script?: string;
}

function addApp({ clears, script = '' }: ClearingApp): void {
  stack.app.pages.set('/clear.js', { body: script, contentType: 'text/javascript' });
  stack.app.pages.set('/app', {
    body: `<!doctype html><title>App</title><script src="/clear.js"></script><script type="module" src="/auto.js" data-login="auto"></script>`,
    ...(clears !== undefined && { headers: { 'clear-site-data': clears } }),
  });
}

/** How often the tab was sent to the authorization server. */
function countSignIns(): number {
  return stack.authorizationServer.requests.list('authorization').filter(({ path }) => path === '/auth').length;
}

/** Watches the tab for a time; the tab itself measures it, since a loop loads its page again and again. */
async function watch(page: EnginePage): Promise<void> {
  const endMs = Date.now() + WATCHED_MS;
  await page.waitForFunction((end) => Date.now() > end, endMs);
}

const DENIED = `for (const kind of ['sessionStorage', 'localStorage'])
  Object.defineProperty(window, kind, { get() { throw new DOMException('Denied.', 'SecurityError'); } });`;

const CLEARING_APPS: readonly (readonly [what: string, app: ClearingApp])[] = [
  ['its pages clear the storage, and the worker with it', { clears: '"storage"' }],
  ['its pages clear cache and storage', { clears: '"cache", "storage"' }],
  ['its pages clear the storage, and what is left of it throws', { clears: '"storage"', script: DENIED }],
];

/** Expects that the tab has come to rest in the app, after few sign-ins. */
async function expectRest(page: EnginePage, path: string): Promise<void> {
  await watch(page);
  console.info(`${page.engine}: ${countSignIns()} sign-ins in ${WATCHED_MS / 1000} s`);
  expect(countSignIns()).toBeLessThanOrEqual(MAX_PER_MINUTE);
  expect(await page.url()).toBe(stack.app.origin + path);
}

describe('an app that signs in by itself', () => {
  test.for(CLEARING_APPS)('goes round in no circle though %s', async ([, app], { page }) => {
    // The user signs in once, so that the authorization server answers each request after it without a page.
    addApp({});
    await page.goto(`${stack.app.origin}/app`);
    await page.waitForURL(({ origin }) => origin === stack.authorizationServer.origin);
    await fillLoginPage(page);
    await page.waitForFunction(() => document.documentElement.dataset['tokenward'] === 'signed-in');
    await page.evaluate(() => sessionStorage.clear());
    stack.authorizationServer.requests.clear();
    addApp(app);

    await page.goto(`${stack.app.origin}/app?cleared`);

    await expectRest(page, '/app?cleared');
  });

  test.for([
    ['clears the storage of the tab', 'sessionStorage.clear();'],
    ['denies the storage of the tab', DENIED.replace(", 'localStorage'", '')],
    ['denies all storage', DENIED],
  ])('renews a lost session at most once where its page %s', async ([, script], { page }) => {
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

    await expectRest(page, '/bare?cleared');
  });

  test('comes back to the same address', async ({ page }) => {
    addApp({});
    await page.goto(`${stack.app.origin}/app?list=1#/top`);
    await page.waitForURL(({ origin }) => origin === stack.authorizationServer.origin);
    await fillLoginPage(page);
    await page.waitForFunction(() => document.documentElement.dataset['tokenward'] === 'signed-in');

    expect(await page.url()).toBe(`${stack.app.origin}/app?list=1#/top`);
    expect(await page.evaluate(() => location.href)).not.toContain('landed');
  });
});
