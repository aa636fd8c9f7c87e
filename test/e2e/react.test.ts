import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { AuthorizationOptions } from 'tokenward';
import type { TestClient } from 'tokenward/testing';
import { fillLoginPage } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { type ReactVersion, serveReactApp } from '../support/react-app.ts';
import { type Backend, startBackend, type ViteApp } from '../support/vite-app.ts';

declare global {
  interface Window {
    /** How often effects have run. */
    effects: number;
    /** How often the page has registered a worker. */
    registrations?: number;
    /** Ends a wait of the page. */
    load: () => void;
    connected: () => void;
    fail: () => void;
    comeBack: () => void;
    client: TestClient;
    logins: AuthorizationOptions[];
  }
}

let backend: Backend;
beforeAll(async () => {
  backend = await startBackend();
});
afterAll(() => backend.close());

const heading = (page: Page): Promise<string> => page.getByRole('heading').innerText();
const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
const SIGNED_IN = 'Signed in as Ada Lovelace';

/** Collects what React warns of, and what goes wrong in a page. */
function watch(page: Page): readonly string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  return problems;
}

describe.each<ReactVersion>([18, 19])('tokenward/react with React %i in StrictMode', (version) => {
  let app: ViteApp;
  beforeAll(async () => {
    app = await serveReactApp(backend, version);
  });
  afterAll(() => app.close());

  async function open(page: Page, path: string): Promise<void> {
    await page.addInitScript(() => {
      if (window.registrations !== undefined) return;
      window.registrations = 0;
      const register = ServiceWorkerContainer.prototype.register;
      ServiceWorkerContainer.prototype.register = function (...parameters) {
        window.registrations = (window.registrations ?? 0) + 1;
        return register.apply(this, parameters);
      };
    });
    await page.goto(`${app.origin}/${path}`);
  }

  async function signIn(page: Page, path = ''): Promise<void> {
    await open(page, path);
    await press(page, 'Sign in');
    await page.waitForURL(({ origin }) => origin === backend.authorizationServer.origin);
    await fillLoginPage(page);
    await page.waitForURL(({ origin }) => origin === app.origin);
    await expect.poll(() => heading(page)).toBe(SIGNED_IN);
  }

  test('shows a sign-in, and a sign-out in another tab; effects run twice, the page connects once', async ({
    context,
    page,
  }) => {
    const problems = watch(page);
    await signIn(page);
    expect(await page.evaluate(() => [window.effects, window.registrations])).toEqual([2, 1]);

    const other = await context.newPage();
    await open(other, '');
    await press(other, 'Sign out');

    await expect.poll(() => heading(page)).toBe('Signed out');
    // The page is the same: it was not loaded again.
    expect(await page.evaluate(() => [window.effects, window.registrations])).toEqual([2, 1]);
    expect(problems).toEqual([]);
  });

  test('shows the fallback until the page is connected', async ({ page }) => {
    await open(page, '?fallback');
    await expect.poll(() => page.locator('body').innerText()).toBe('Connecting');

    await page.evaluate(() => window.connected());

    await expect.poll(() => heading(page)).toBe('Signed out');
  });

  test('shows the error of a sign-in that did not begin, or was refused', async ({ page }) => {
    await open(page, '');
    await press(page, 'Sign in wrongly');
    await expect.poll(() => page.locator('output').innerText()).toBe('request_invalid');

    await press(page, 'Sign in');
    await page.waitForURL(({ origin }) => origin === backend.authorizationServer.origin);
    await press(page, 'Cancel');
    await page.waitForURL(({ origin }) => origin === app.origin);

    await expect.poll(() => page.locator('output').innerText()).toBe('authorization_refused');
  });

  test('connects once, and has the session, where a component below the provider suspends', async ({ page }) => {
    await signIn(page);
    await open(page, '?lazy');
    await expect.poll(() => heading(page)).toBe('Suspended');
    await page.waitForFunction(() => window.registrations === 1);

    await page.evaluate(() => window.load());

    await expect.poll(() => heading(page)).toBe(SIGNED_IN);
    expect(await page.evaluate(() => window.registrations)).toBe(1);
  });

  // React 18 has no use().
  if (version === 19) {
    test('has the session at once where use() waits for the client', async ({ page }) => {
      await signIn(page, '?use');

      expect(await page.evaluate(() => window.registrations)).toBe(1);
    });
  }

  test.for(['hydrate', 'late'])(
    'hydrates what a server has rendered, without a warning: %s',
    async (kind, { page }) => {
      const rendered = await (await fetch(`${app.origin}/rendered.html`)).text();
      expect(rendered).toContain('<h1>Signed out</h1>');
      await signIn(page);
      const problems = watch(page);

      await open(page, `rendered.html?${kind}`);

      await expect.poll(() => heading(page)).toBe(SIGNED_IN);
      await press(page, 'Sign out');
      await expect.poll(() => heading(page)).toBe('Signed out');
      expect(problems).toEqual([]);
    },
  );

  test('is warned of, if a server has rendered another thing', async ({ page }) => {
    const problems = watch(page);

    await open(page, 'rendered.html?mismatch');

    await expect.poll(() => problems.join()).toMatch(/[Hh]ydrat/);
  });

  test('begins one sign-in for two clicks, also before the page is connected, and can sign in again after it', async ({
    page,
  }) => {
    await open(page, '?test');
    await page.getByRole('button', { name: 'Sign in', exact: true }).evaluate((button: HTMLElement) => {
      button.click();
      button.click();
    });
    await expect.poll(() => page.getByRole('button', { name: 'Leaving' }).isDisabled()).toBe(true);
    expect(await page.evaluate(() => window.logins.length)).toBe(0);

    await page.evaluate(() => window.connected());
    await page.waitForFunction(() => window.logins.length > 0);
    await page.evaluate(() => window.comeBack());
    await press(page, 'Sign in');

    await page.waitForFunction(() => window.logins.length === 2);
    // The event of a click is no option.
    expect(await page.evaluate(() => window.logins)).toEqual([{}, {}]);
    await page.evaluate(() => window.client.loginAs({ claims: { sub: 'ada', name: 'Ada Lovelace' } }));
    await expect.poll(() => heading(page)).toBe(SIGNED_IN);
    await page.evaluate(() => window.client.end('refused'));
    await expect.poll(() => heading(page)).toBe('Signed out');
  });

  test('gives the error of connect() to the error boundary', async ({ page }) => {
    await open(page, '?test');
    await expect.poll(() => heading(page)).toBe('Signed out');

    await page.evaluate(() => window.fail());

    await expect.poll(() => heading(page)).toBe('Failed: worker_timeout');
  });
});
