import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { BrowserContext, Locator, Page } from 'playwright';

import type { Demo } from './demo-servers.ts';
import { ADA } from '../test/servers/users.ts';
import { findBarriers } from '../test/support/barriers.ts';
import { untilTrue } from '../test/support/until.ts';

/** What a step works with. */
export interface Scene {
  readonly stack: Demo;
  readonly context: BrowserContext;
  readonly page: Page;
}

/** One line of the check. */
export interface Step {
  readonly name: string;
  /** Resolves to what there is to say, or throws. */
  readonly run: (scene: Scene) => Promise<string | void>;
}

/** Time limit of each wait, in milliseconds. */
export const TIMEOUT_MS = 45_000;

/** Life of an access token: long enough for ten calls on a busy machine, and shorter than the session without activity. */
export const ACCESS_TOKEN_TTL_SECONDS = 60;

/** Where the pictures go. */
export const PICTURES: string = fileURLToPath(new URL('../test-results/demo/', import.meta.url));

/** From signed out to signed out again; each step stands on those before. */
export const STEPS: readonly Step[] = [
  {
    name: 'starts signed out, with the worker in control',
    run: async ({ stack, page }) => {
      await page.goto(stack.app.origin);
      await page.locator('html[data-ready="yes"][data-session="signed-out"]').waitFor();
      expect(await page.evaluate(() => navigator.serviceWorker.controller !== null), 'a worker controls the page');
      await look(page, 'signed-out');
    },
  },
  {
    name: 'sends a call without a token while signed out, and the API refuses it',
    run: async ({ page }) => await callAndExpect(page, '#call-fetch', { path: '/me', status: 401 }),
  },
  {
    name: 'says why a cancelled sign-in failed',
    run: async ({ stack, page }) => {
      await page.locator('#sign-in').click();
      await page.waitForURL((url) => url.origin === stack.authorizationServer.origin);
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.waitForURL((url) => url.origin === stack.app.origin);
      await page.locator('html[data-ready="yes"][data-session="signed-out"]').waitFor();
      const problem = (await page.locator('#last-error').textContent()) ?? '';
      expect(problem.startsWith('authorization_refused'), `authorization_refused, not "${problem}"`);
      await look(page, 'cancelled');
      return problem;
    },
  },
  {
    name: 'signs in on the authorization server’s own page',
    run: async ({ stack, page }) => {
      await page.locator('#sign-in').click();
      await page.waitForURL((url) => url.origin === stack.authorizationServer.origin);
      await look(page, 'sign-in-page');
      await page.getByLabel('Email').fill(ADA.username);
      await page.getByLabel('Password').fill(ADA.password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL((url) => url.origin === stack.app.origin);
      await page.locator('html[data-ready="yes"][data-session="signed-in"]').waitFor();
      expect(page.url() === `${stack.app.origin}/`, `a clean URL, not ${page.url()}`);
      const name = await page.locator('#name').textContent();
      const plan = await page.locator('#plan').textContent();
      expect(name === ADA.claims['name'] && plan === 'pro', `${name}, plan ${plan}`);
      return `${name}, plan ${plan}, back at ${page.url().slice(stack.app.origin.length)}`;
    },
  },
  {
    name: 'calls by fetch',
    run: async ({ page }) => await callAndExpect(page, '#call-fetch', { path: '/me', status: 200 }),
  },
  {
    name: 'posts JSON by fetch',
    run: async ({ page }) => await callAndExpect(page, '#call-note', { path: '/notes', status: 201 }),
  },
  {
    name: 'calls by XMLHttpRequest',
    run: async ({ page }) => await callAndExpect(page, '#call-xhr', { path: '/notes', status: 200 }),
  },
  {
    name: 'calls by axios',
    run: async ({ page }) => await callAndExpect(page, '#call-axios', { path: '/notes', status: 200 }),
  },
  {
    name: 'uploads a file',
    run: async ({ page }) => {
      const buffer = randomBytes(300_000);
      const sha256 = createHash('sha256').update(buffer).digest('hex');
      const before = await page.locator('#log > li').count();
      await page
        .locator('#file')
        .setInputFiles({ name: 'tide-table.bin', mimeType: 'application/octet-stream', buffer });
      const answer = await newestAnswer(page, before);
      expect(answer.status === '200' && answer.text.includes(sha256), `the same bytes at the API, not ${answer.text}`);
      return `${buffer.byteLength} bytes, the same SHA-256 at the API`;
    },
  },
  {
    name: 'follows a feed by EventSource',
    run: async ({ page }) => {
      await page.locator('#call-feed').click();
      await page.waitForFunction(() => Number(document.getElementById('feed')?.dataset['count']) >= 3);
      await look(page, 'signed-in');
      const text = await page.locator('#feed-text').textContent();
      await page.locator('#call-feed').click();
      return text ?? '';
    },
  },
  {
    name: 'renews an expired access token once for ten calls',
    run: async ({ stack, context, page }) => {
      const { requests } = stack.authorizationServer;
      await setClocksForward({ context, page }, ACCESS_TOKEN_TTL_SECONDS);
      await page.locator('#dial[data-state="expired"]').waitFor();
      const before = requests.count('token', 'refresh_token');
      const logged = await page.locator('#log > li').count();
      await page.locator('#call-many').click();
      await page.waitForFunction(
        (count) => document.querySelectorAll('#log > li[data-status]').length >= count,
        logged + 10,
      );
      const statuses = await page
        .locator('#log > li')
        .evaluateAll((items) => items.map((item) => item.dataset['status']));
      expect(
        statuses.slice(0, 10).every((status) => status === '200'),
        `ten times 200, not ${statuses.join(' ')}`,
      );
      const refreshes = requests.count('token', 'refresh_token') - before;
      expect(refreshes === 1, `one refresh, not ${refreshes}`);
      await page.locator('#dial[data-state="alive"]').waitFor();
      expect(Number(await page.locator('#renewals').getAttribute('data-count')) >= 1, 'the page shows the renewal');
      return 'one refresh request, ten answers 200';
    },
  },
  {
    name: 'inspects which requests get the token, and why or why not',
    run: async ({ stack, page }) => {
      const { url } = stack.api;
      await page.evaluate(async (api) => {
        const headers = { authorization: 'Basic YTpi' };
        await Promise.all([fetch(`${api}/status`, { headers }), fetch(`${api}/..%2fapi/status`)]);
      }, url);
      const inspector = page.locator('tokenward-inspector');
      const reasons = ['covered', 'own_authorization', 'ambiguous_path'];
      for (const reason of reasons) await inspector.locator(`tbody tr[data-reason="${reason}"]`).first().waitFor();
      await inspector.getByLabel('Method').selectOption('POST');
      await inspector.getByLabel('URL').fill(`${url}/notes`);
      await inspector.getByRole('button', { name: 'Explain' }).click();
      await inspector.locator('.explained [data-action="authorize"][data-reason="covered"]').waitFor();
      await look(page, 'inspector', inspector);
      return reasons.join(', ');
    },
  },
  {
    name: 'finds a barrier that is planted, so that the look for barriers can fail',
    run: async ({ page }) => {
      const button = page.locator('#sign-out');
      const name = await button.textContent();
      const rename = (text: string | null): Promise<void> =>
        button.evaluate((element, given) => void (element.textContent = given), text);
      await rename('');
      const barriers = await findBarriers(page);
      await rename(name);
      expect(barriers.join().startsWith('button-name: '), `a button without a name, not ${barriers.join(', ')}`);
    },
  },
  {
    name: 'is signed in in a second tab at once',
    run: async ({ stack, context }) => {
      const second = await context.newPage();
      await second.goto(stack.app.origin);
      await second.locator('html[data-ready="yes"][data-session="signed-in"]').waitFor();
      return await callAndExpect(second, '#call-fetch', { path: '/me', status: 200 });
    },
  },
  {
    name: 'finds no token by page script',
    run: async ({ stack, page }) => {
      await page.locator('#search').click();
      await page.locator('#verdict:not([data-kind="busy"])').waitFor();
      const verdict = (await page.locator('#verdict').textContent()) ?? '';
      await look(page, 'token-search');
      expect((await page.locator('#verdict').getAttribute('data-kind')) === 'clean', verdict);
      const issued = stack.authorizationServer.issued.all();
      const leaked = findSecrets(await collectEverything(page), issued);
      expect(issued.length > 4 && leaked === 0, `none of ${issued.length} secrets in reach, not ${leaked}`);
      return `${verdict} None of the ${issued.length} secrets of this run either.`;
    },
  },
  {
    name: 'finds a token that is planted, so that the search can fail',
    run: async ({ stack, page }) => {
      const issued = stack.authorizationServer.issued.all();
      const [planted = ''] = issued;
      await page.evaluate((token) => Object.assign(window, { planted: { deep: [token] } }), planted);
      await page.locator('#search').click();
      await page.locator('#verdict[data-kind="found"]').waitFor();
      const leaked = findSecrets(await collectEverything(page), issued);
      expect(leaked === 1, `the planted token, not ${leaked} secrets`);
      await page.evaluate(() => Object.assign(window, { planted: undefined }));
    },
  },
  {
    name: 'signs out in both tabs, and revokes the refresh token',
    run: async ({ stack, context, page }) => {
      const { authorizationServer, app } = stack;
      const { requests } = authorizationServer;
      const second = context.pages().find((candidate) => candidate !== page);
      const before = requests.count('end_session');
      await page.locator('#sign-out').click();
      // Its page, then its form: until then, the page before may show the end of the session.
      await untilTrue(
        () => requests.count('end_session') >= before + 2,
        () => 'the authorization server to end its session',
        { timeoutMs: TIMEOUT_MS },
      );
      await page.waitForURL((url) => url.origin === app.origin);
      await page.locator('html[data-ready="yes"][data-session="signed-out"]').waitFor();
      await second?.locator('html[data-session="signed-out"]').waitFor();
      await callAndExpect(page, '#call-fetch', { path: '/me', status: 401 });
      const refreshToken = [...authorizationServer.issued.refreshTokens].at(-1) ?? '';
      const response = await fetch(`${authorizationServer.issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          client_id: authorizationServer.clientId,
          refresh_token: refreshToken,
        }),
      });
      expect(response.status === 400, `the refresh token is dead, not ${response.status}`);
    },
  },
  {
    name: 'signs in in a pop-up, and the page stays as it is',
    run: async ({ stack, page }) => {
      const logged = await page.locator('#log > li').count();
      expect(logged > 0, 'a response in the log, which a page that was loaded again would have lost');
      const opened = page.waitForEvent('popup');
      await page.locator('#sign-in-popup').click();
      const popup = await opened;
      await popup.waitForURL((url) => url.origin === stack.authorizationServer.origin);
      await look(popup, 'pop-up');
      const closed = popup.waitForEvent('close');
      await popup.getByLabel('Email').fill(ADA.username);
      await popup.getByLabel('Password').fill(ADA.password);
      await popup.getByRole('button', { name: 'Sign in' }).click();
      await closed;
      await page.locator('html[data-session="signed-in"]').waitFor();
      expect((await page.locator('#log > li').count()) === logged, 'the same log');
      await look(page, 'after-pop-up');
      return await callAndExpect(page, '#call-fetch', { path: '/me', status: 200 });
    },
  },
];

/** Sets the clocks of the page and of its worker forward, so that nobody has to wait for a token to expire. */
async function setClocksForward({ context, page }: Omit<Scene, 'stack'>, seconds: number): Promise<void> {
  const setForward = (ms: number): void => {
    const { now } = Date;
    Date.now = () => now() + ms;
  };
  const worker = context.serviceWorkers().at(-1);
  expect(worker !== undefined, 'a running worker');
  await worker?.evaluate(setForward, 1000 * seconds);
  await page.evaluate(setForward, 1000 * seconds);
}

/** Presses a button of the page and waits for what the log says of it. */
async function callAndExpect(page: Page, button: string, expected: { path: string; status: number }): Promise<string> {
  const before = await page.locator('#log > li').count();
  await page.locator(button).click();
  const { status, path, text } = await newestAnswer(page, before);
  expect(
    path === expected.path && status === String(expected.status),
    `${expected.status} from ${expected.path}, not ${status}: ${text}`,
  );
  return `${status} ${text.slice(0, 60)}${text.length > 60 ? '…' : ''}`;
}

async function newestAnswer(page: Page, before: number): Promise<{ status: string; path: string; text: string }> {
  await page.waitForFunction((count) => document.querySelectorAll('#log > li[data-status]').length > count, before);
  const newest = page.locator('#log > li').first();
  return {
    status: (await newest.getAttribute('data-status')) ?? '',
    path: (await newest.getAttribute('data-path')) ?? '',
    text: (await newest.locator('.answer').textContent()) ?? '',
  };
}

/** Everything that page script can reach, collected by the page's own search. */
async function collectEverything(page: Page): Promise<string> {
  // A string, because the bundler of this file must not resolve the page's module.
  const text: unknown = await page.evaluate("import('/token-search.js').then((search) => search.collectEverything())");
  return typeof text === 'string' ? text : '';
}

/** How many of the secrets stand in a text: whole, by half, or base64-encoded. */
function findSecrets(text: string, secrets: readonly string[]): number {
  return secrets.filter((secret) => {
    const half = Math.floor(secret.length / 2);
    const forms = [
      secret,
      secret.slice(0, half),
      secret.slice(half),
      Buffer.from(secret).toString('base64').slice(0, -4),
    ];
    return forms.some((form) => text.includes(form));
  }).length;
}

/** Takes a picture of the page, or of a part of it, by day and by night, and expects no barrier to any user in it. */
async function look(page: Page, name: string, part?: Locator): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(() => window.scrollTo(0, 0));
    const path = join(PICTURES, `${name}-${colorScheme}.png`);
    if (part) await part.screenshot({ path, animations: 'disabled' });
    else await page.screenshot({ path, fullPage: true, animations: 'disabled' });
    const barriers = await findBarriers(page);
    expect(
      barriers.length === 0,
      `no barrier that axe-core finds (${name}, ${colorScheme}), not ${barriers.join(', ')}`,
    );
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

/** Throws unless the condition holds. */
export function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(`expected ${what}`);
}
