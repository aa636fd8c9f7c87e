import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Page } from 'playwright';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, connected, sessionOf, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { searchHeap } from '../support/heap-search.ts';
import { refuseAccessToken } from '../support/refused-token.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ authorizationServer: { accessTokenTtlSeconds: 600 } });
});
afterAll(() => stack.close());

/** Signs in, calls the API in several ways, makes it ask for a refresh, and calls again. */
async function useTheApp(page: Page): Promise<void> {
  stack.authorizationServer.issued.clear();
  await signIn(page, stack);
  await callApi(page, stack);
  await callApi(page, stack, '/echo', { method: 'POST', body: 'a body' });
  refuseAccessToken(stack.api);
  expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  await expect.poll(() => sessionOf(page), { timeout: 10_000 }).toMatchObject({ status: 'signed-in' });
}

describe('the heap of the page', () => {
  test('holds no token, code or code verifier after sign-in, calls, a refresh and a reload', async ({ page }) => {
    await useTheApp(page);
    const { issued } = stack.authorizationServer;
    expect(issued.accessTokens.size).toBe(2);
    expect(issued.refreshTokens.size).toBe(2);
    expect(issued.idTokens.size).toBeGreaterThan(0);
    expect(issued.codes.size).toBe(1);
    expect(issued.codeVerifiers.size).toBe(1);

    const before = await searchHeap(page, issued.all());
    await page.reload();
    await connected(page);
    await callApi(page, stack);
    const after = await searchHeap(page, issued.all());

    expect(before.found).toEqual([]);
    expect(after.found).toEqual([]);
    expect(before.stringCount).toBeGreaterThan(1000);
    // The search can find what a page does hold: the claims are for it to see.
    const claim = 'https://tokenward.example/roles';
    expect((await searchHeap(page, [claim])).found).toEqual([claim]);
  });

  test('holds none of a session that was signed out', async ({ page }) => {
    await useTheApp(page);

    await page.evaluate(() => void window.tokenward.logout());
    await page.waitForURL((url) => url.origin === stack.app.origin && url.pathname === '/');

    expect((await searchHeap(page, stack.authorizationServer.issued.all())).found).toEqual([]);
  });
});

describe('the same search', () => {
  test('finds each of them in a page that keeps it in any form', async ({ page }) => {
    await useTheApp(page);
    const { accessTokens, refreshTokens, idTokens, codes, codeVerifiers } = stack.authorizationServer.issued;
    const secrets = [accessTokens, refreshTokens, idTokens, codes, codeVerifiers].map((kind) => [...kind].at(-1) ?? '');
    expect(secrets.every((secret) => secret.length > 20)).toBe(true);

    for (const [where, keep] of WAYS_TO_KEEP) {
      await page.goto(naivePage(secrets, keep));
      await page.waitForFunction((count) => Reflect.get(window, 'kept')?.length === count, secrets.length);

      expect((await searchHeap(page, secrets)).found, where).toEqual(secrets);
    }

    // They were found because they were kept: another page of the same tab has none.
    await page.goto(naivePage(secrets, 'keep(secret.length)'));
    await page.waitForFunction((count) => Reflect.get(window, 'kept')?.length === count, secrets.length);
    expect((await searchHeap(page, secrets)).found).toEqual([]);
  });
});

const WAYS_TO_KEEP: readonly [where: string, keep: string][] = [
  ['in a global variable', 'keep(secret)'],
  ['in a closure', 'keep(() => secret.length)'],
  ['in an object in a closure', 'const session = { tokens: [secret] }; keep(() => session)'],
  ['within a header', 'const headers = { authorization: `Bearer ${secret}` }; keep(() => headers)'],
  ['in two halves', 'const half = secret.length >> 1; keep([secret.slice(0, half), secret.slice(half)])'],
  ['in base64', 'keep(btoa(secret))'],
  ['in a private field', 'keep(new (class { #secret = secret; length() { return this.#secret.length; } })())'],
];

/** A page with one script for each secret, which gets it as naive code does, by fetch, and keeps it somehow. */
function naivePage(secrets: readonly string[], keep: string): string {
  const scripts = secrets.map((secret, index) => {
    stack.app.pages.set(`/secret-${index}`, { body: secret, contentType: 'text/plain' });
    stack.app.pages.set(`/keep-${index}.js`, {
      body: `const keep = (value) => (globalThis.kept ??= []).push(value);
async function run() {
  const secret = await (await fetch('/secret-${index}', { cache: 'no-store' })).text();
  ${keep};
}
await run();`,
      contentType: 'text/javascript',
    });
    return `<script type="module" src="/keep-${index}.js"></script>`;
  });
  stack.app.pages.set('/naive', { body: `<!doctype html><title>Naive</title>${scripts.join('')}` });
  return `${stack.app.origin}/naive`;
}
