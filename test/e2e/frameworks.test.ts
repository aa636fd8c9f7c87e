import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { fillLoginPage } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { ROOT } from '../support/build.ts';
import { type Backend, serveBuilt, startBackend } from '../support/vite-app.ts';

const FRAMEWORKS = join(ROOT, 'demo/frameworks');
let backend: Backend;
beforeAll(async () => {
  backend = await startBackend();
});
afterAll(() => backend.close());

// Each test builds its app: a busy machine takes long.
describe('an app of each framework', { timeout: 120_000 }, () => {
  test.for([
    ['plain', 'main.js'],
    ['react', 'app.jsx'],
    ['vue', 'App.vue'],
    ['svelte', 'App.svelte'],
    ['angular', 'app.component.ts'],
  ] as const)(
    '%s: signs in, shows the session, calls, and signs out',
    async ([name, file], { page, onTestFinished }) => {
      const app = await serveBuilt(backend, {
        root: join(FRAMEWORKS, name),
        configFile: join(FRAMEWORKS, 'vite.config.js'),
      });
      onTestFinished(() => app.close());
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(error.message));
      const heading = page.getByRole('heading');
      const press = (button: string): Promise<void> => page.getByRole('button', { name: button }).click();

      await page.goto(app.origin);
      await expect.poll(() => heading.textContent()).toBe('Signed out');
      await press('Read notes');
      await expect.poll(() => page.getByRole('listitem').allTextContents()).toEqual(['Status 401']);

      await press('Sign in');
      await page.waitForURL((url) => url.origin === backend.authorizationServer.origin);
      await fillLoginPage(page);
      await page.waitForURL((url) => url.origin === app.origin);
      await expect.poll(() => heading.textContent()).toBe('Signed in as Ada Lovelace');
      await press('Read notes');
      await expect.poll(() => page.getByRole('listitem').allTextContents()).toEqual(['Buy a second padlock']);

      await press('Sign out');
      await page.waitForURL((url) => url.origin === app.origin);
      await expect.poll(() => heading.textContent()).toBe('Signed out');
      expect(problems).toEqual([]);
      // A page of code.
      expect(readFileSync(join(FRAMEWORKS, name, file), 'utf8').split('\n').length).toBeLessThan(60);
    },
  );
});
