import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { CLIENT_ID } from '../servers/authorization-server-configuration.ts';
import type { TokenwardOptions } from 'tokenward/sw';
import { APP_SCOPES } from '../servers/app-server.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import { ADA } from '../servers/users.ts';
import { callApi, connected, fillLoginPage } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { ROOT } from '../support/build.ts';
import { listCacheEntries } from '../support/cache-dump.ts';

const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.html': 'text/html; charset=utf-8' };
const POLL = { timeout: 15_000 };

/** The tools, by what they are called. */
const WAYS = {
  'workbox-build, injectManifest': 'inject-manifest',
  'workbox-build, generateSW': 'generate-sw',
  'vite-plugin-pwa': 'vite-plugin-pwa',
} as const;
type Way = keyof typeof WAYS;
const NAMES: readonly Way[] = ['workbox-build, injectManifest', 'workbox-build, generateSW', 'vite-plugin-pwa'];

type Kind = 'before' | 'with Tokenward';

/** Files of a built app, by their URLs' paths. */
type Build = ReadonlyMap<string, string>;

let stack: Stack;
/** Pages of the server without an app. */
let ownPages: Stack['app']['pages'];
/** Builds of the app, by the options of its build. */
const builds = new Map<string, Build>();
beforeAll(async () => {
  stack = await startStack();
  stack.app.pages.set('/live', { body: '<!doctype html><title>Live</title>' });
  ownPages = new Map(stack.app.pages);
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.app.goOnline();
  stack.api.goOnline();
  stack.app.pages.clear();
  for (const [path, page] of ownPages) stack.app.pages.set(path, page);
});

/** Puts a build of the app onto the server in the place of the one before. */
function deploy(way: Way, kind: Kind, release: string): void {
  const { app } = stack;
  for (const [path, body] of builds.get([way, kind, release].join()) ?? []) {
    if (path === app.workerPath) app.configure({ workerScript: () => body, workerConnections: ["'self'"] });
    else app.pages.set(path, { body, contentType: TYPES[extname(path)] ?? 'text/plain' });
    if (path === '/index.html') app.pages.set('/', { body });
  }
}

async function buildApp(way: Way, kind: Kind, release: string): Promise<Build> {
  const { api, authorizationServer } = stack;
  const configuration: TokenwardOptions = {
    issuer: authorizationServer.issuer,
    clientId: CLIENT_ID,
    protectedResources: [{ url: api.url }],
    scopes: APP_SCOPES,
  };
  // In the tree, so that packages are found.
  const results = join(ROOT, 'test-results');
  await mkdir(results, { recursive: true });
  const folder = await mkdtemp(join(results, 'build-'));
  try {
    const commandLine = [join(ROOT, 'demo/workers/build.js'), WAYS[way], folder, release];
    if (kind === 'with Tokenward') commandLine.push(JSON.stringify(configuration));
    await promisify(execFile)(process.execPath, commandLine, { cwd: ROOT });
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = files.filter((entry) => entry.isFile()).map((file) => join(file.parentPath, file.name));
    return new Map(
      await Promise.all(
        paths.map(async (path) => [`/${relative(folder, path)}`, await readFile(path, 'utf8')] as const),
      ),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Opens the app and waits until its worker controls it. */
async function open(page: Page): Promise<void> {
  await page.goto(`${stack.app.origin}/`);
  await connected(page);
  await page.reload();
  await connected(page);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
}

/** Runs in the page: puts another document in the place of every one that a cache of the origin has. */
async function plantDocuments(): Promise<void> {
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const planted = new Response('<title>Planted</title>', { headers: { 'content-type': 'text/html' } });
      if (/\.html/.test(request.url)) await cache.put(request, planted);
    }
  }
}

function shownRelease(page: Page): Promise<string | null> {
  return page.locator('#release').textContent();
}

describe.each(NAMES)('%s:', (way) => {
  // One takes seconds, and on a busy machine as long as a test may.
  beforeAll(async () => {
    for (const kind of ['before', 'with Tokenward'] as const) {
      for (const release of ['1', '2']) builds.set([way, kind, release].join(), await buildApp(way, kind, release));
    }
  }, 300_000);

  for (const kind of ['before', 'with Tokenward'] as const) {
    test(`${kind}, the precache and the navigation fallback answer without a server`, async ({ page }) => {
      deploy(way, kind, '1');
      await open(page);

      stack.app.goOffline();
      await page.goto(`${stack.app.origin}/a/page/of/the/app`);
      await connected(page);

      expect(await shownRelease(page)).toBe('1');
    });

    test(`${kind}, a navigation that goes to the network is loaded ahead, once`, async ({ page }) => {
      deploy(way, kind, '1');
      await open(page);
      stack.app.requests.clear();

      await page.goto(`${stack.app.origin}/live`);

      expect(await page.title()).toBe('Live');
      expect(stack.app.requests.list('/live').map(({ status }) => status)).toEqual([200]);
      expect(
        await page.evaluate(
          async () => (await (await navigator.serviceWorker.ready).navigationPreload.getState()).enabled,
        ),
      ).toBe(true);
    });

    test(`${kind}, a new release waits until the user accepts it`, async ({ page }) => {
      deploy(way, kind, '1');
      await open(page);
      deploy(way, kind, '2');

      await page.evaluate(async () => void (await navigator.serviceWorker.ready).update());
      await page.locator('#update').waitFor();
      await page.reload();
      await page.locator('#update').waitFor();
      expect(await shownRelease(page)).toBe('1');
      await page.locator('#update').click();

      await expect.poll(() => shownRelease(page).catch(() => undefined), POLL).toBe('2');
      await connected(page);
    });
  }

  test('with Tokenward, a document that script has put into the precache is given under the policy, or not at all', async ({
    page,
  }) => {
    deploy(way, 'with Tokenward', '1');
    await open(page);
    await page.evaluate(plantDocuments);

    const document = await page.goto(`${stack.app.origin}/a/page/of/the/app`);

    const policies = document?.headers()['content-security-policy'];
    expect(document?.fromServiceWorker()).toBe(true);
    expect(policies).toContain("frame-src 'none'; object-src 'none'");
    // Where the manifest has hashes, the network takes the place of what was planted.
    expect(await page.title()).toBe(
      way === 'workbox-build, generateSW' ? 'Planted' : 'An app with a worker of its own',
    );
  });

  test('with Tokenward, the user signs in, a route keeps its answer, and both outlive an update', async ({ page }) => {
    deploy(way, 'with Tokenward', '1');
    await open(page);

    await page.evaluate(() => void window.tokenward.login());
    await page.waitForURL((url) => url.origin === stack.authorizationServer.origin);
    await fillLoginPage(page);
    await page.waitForURL((url) => url.origin === stack.app.origin);
    await connected(page);
    const answer = await callApi(page, stack, '/notes');
    expect(answer).toMatchObject({ status: 200 });
    expect(await callApi(page, stack, '/me')).toMatchObject({ status: 200 });
    await expect
      .poll(async () => (await listCacheEntries(page)).map(({ url }) => url))
      .toContain(`${stack.api.origin}/tokenward-user=${ADA.sub}/api/notes`);

    deploy(way, 'with Tokenward', '2');
    await page.evaluate(async () => void (await navigator.serviceWorker.ready).update());
    await page.locator('#update').click();
    await expect.poll(() => shownRelease(page).catch(() => undefined), POLL).toBe('2');
    await connected(page);
    stack.api.goOffline();

    expect(await page.evaluate(() => window.tokenward.session)).toMatchObject({
      status: 'signed-in',
      storage: 'sealed',
      claims: { sub: ADA.sub },
    });
    expect(await callApi(page, stack, '/notes')).toEqual(answer);
  });

  test('before, the app signs no user in, and its route gets 401', async ({ page }) => {
    deploy(way, 'before', '1');
    await open(page);

    expect(await callApi(page, stack, '/notes')).toMatchObject({ status: 401 });
    expect(await page.evaluate(() => 'tokenward' in window)).toBe(false);
  });
});
