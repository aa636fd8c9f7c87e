import type { Locator, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { ADA } from '../servers/users.ts';
import { callApi, openBarePage, signIn } from '../support/app-page.ts';
import { findBarriers } from '../support/barriers.ts';
import { test as base } from '../support/browser-test.ts';
import { addInspectedPage, factOf, openInspectedPage } from '../support/inspected-page.ts';
import { type Mirror, startMirror } from '../support/mirror.ts';
import { setWorkerClockForward, withClock } from '../support/worker-clock.ts';
import { stopWorker } from '../support/worker-life.ts';

const TTL_SECONDS = 3600;

declare global {
  interface Window {
    /** Everything that the worker has told a page. */
    told: unknown[];
  }
}

let mirror: Mirror;
let stack: Stack;
beforeAll(async () => {
  [mirror, stack] = await Promise.all([
    startMirror(),
    startStack({
      authorizationServer: { accessTokenTtlSeconds: TTL_SECONDS },
      app: { securityHeaders: 'off', workerScript: withClock },
    }),
  ]);
  stack.app.configure({
    worker: {
      protectedResources: [
        { url: stack.api.url, exclude: ['status'] },
        { url: mirror.urlOf('read'), methods: ['GET'] },
      ],
    },
  });
  addInspectedPage(stack.app);
});
afterAll(() => Promise.all([stack.close(), mirror.close()]));

/** A page with the inspector that has signed in once for all tests. */
const test = base.extend('held', { scope: 'file' }, async ({ browser }, { onCleanup }): Promise<Page> => {
  const context = await browser.newContext();
  onCleanup(() => context.close());
  const page = await context.newPage();
  await page.addInitScript(() => {
    window.told = [];
    navigator.serviceWorker.addEventListener('message', ({ data }) => window.told.push(data));
  });
  await signIn(page, stack);
  await openInspectedPage(page, stack.app);
  return page;
});

function rowsOf(page: Page, reason: string): Locator {
  return page.locator(`tokenward-inspector tbody tr[data-reason="${reason}"]`);
}

/** Everything that the inspector shows, attributes and all. */
function contentOf(page: Page): Promise<string> {
  return page.evaluate(() => document.querySelector('tokenward-inspector')?.shadowRoot?.innerHTML ?? '');
}

function requestsTold(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    window.told.map((data) => JSON.stringify(data)).filter((text) => text.includes(':request"')),
  );
}

describe('the inspector', () => {
  test('shows who is signed in, the expiry of the token, and the state of the worker', async ({ held }) => {
    await held
      .locator('tokenward-inspector')
      .getByRole('status')
      .getByText(`Signed in as ${String(ADA.claims['name'])}`)
      .waitFor();

    expect(await factOf(held, 'Access token').textContent()).toMatch(/^expires in \d+ min$/);
    expect(await factOf(held, 'Tokens kept').textContent()).toBe('sealed on disk');
    expect(await factOf(held, 'Version').textContent()).toBe('0.1.0, protocol 1');
    expect(await factOf(held, 'Answered in').textContent()).toMatch(/^[\d.]+ ms$/);
    await held.getByText('activated, controls this page').waitFor();
  });

  test('shows each request with the rule that applied, or the reason why none did', async ({ held }) => {
    await callApi(held, stack, '/notes?secret=of-the-app', { method: 'POST', body: '{}' });
    await callApi(held, stack, '/me', { headers: { authorization: 'Basic YTpi' } });
    await callApi(held, stack, '/status');
    await held.evaluate((url) => fetch(url, { method: 'DELETE' }), mirror.urlOf('read/it'));

    const post = rowsOf(held, 'covered').filter({ hasText: 'POST /api/notes' });
    await post.getByText('protectedResources[0]').waitFor();
    await post.getByText('renews on invalid_token').waitFor();
    await post.getByText(/201 · \d+ ms/).waitFor();
    await rowsOf(held, 'own_authorization').getByText('GET /api/me').waitFor();
    await rowsOf(held, 'excluded_path').getByText('GET /api/status').waitFor();
    await rowsOf(held, 'other_method').getByText('DELETE /api/read/it').waitFor();
    await held.getByLabel(/^Signed in\..* [1-9]\d* with the token, [1-9]\d* left alone/).waitFor();
  });

  test('shows requests of other tabs too', async ({ held }) => {
    const other = await held.context().newPage();
    await openBarePage(other, stack);
    await callApi(other, stack, '/notes');
    await other.close();

    await rowsOf(held, 'covered').filter({ hasText: 'GET /api/notes' }).waitFor();
  });

  test('shows a refresh when it happens', async ({ held }) => {
    const before = await held.locator('tokenward-inspector circle.renewal').count();
    await setWorkerClockForward(held, TTL_SECONDS + 1);
    await callApi(held, stack);

    await held.getByText('Access token renewed').first().waitFor();
    expect(await factOf(held, 'Renewed').textContent()).toMatch(/^once, last at/);
    await held.locator('tokenward-inspector circle.renewal').nth(before).waitFor({ state: 'attached' });
  });

  test('explains a request without sending it', async ({ held }) => {
    stack.api.requests.clear();
    await held.getByLabel('Method').selectOption('POST');
    await held.getByLabel('URL').fill(`${stack.api.url}/never-sent`);
    await held.getByLabel('Kind of request').selectOption('image');
    await held.getByRole('button', { name: 'Explain' }).click();
    await held.locator('.explained [data-action="pass"][data-reason="other_destination"]').waitFor();

    expect(stack.api.requests.list('/api/never-sent')).toEqual([]);
  });

  test('shows no token, no header and no query, and gets none', async ({ held }) => {
    const shown = await contentOf(held);
    const told = await held.evaluate(() => JSON.stringify(window.told));
    const secrets = [...stack.authorizationServer.issued.all(), 'YTpi', 'of-the-app'];

    expect(shown).toContain('POST');
    expect(told).toContain('tokenward:request');
    expect(secrets.filter((secret) => shown.includes(secret) || told.includes(secret))).toEqual([]);
  });

  test('shows as a GET a request that a stopped worker has not reported', async ({ held }) => {
    await stopWorker(held);
    await callApi(held, stack, '/echo', { method: 'PUT', body: 'x' });
    await rowsOf(held, 'covered').getByText('GET? /api/echo').waitFor();

    await held
      .getByText(/Worker started/)
      .nth(1)
      .waitFor();
    await callApi(held, stack, '/echo', { method: 'PUT', body: 'x' });
    await rowsOf(held, 'covered').getByText('PUT /api/echo').waitFor();
  });

  test('ends with its element', async ({ held }) => {
    const rows = rowsOf(held, 'covered');
    await held.evaluate(() => {
      const element = document.querySelector('tokenward-inspector');
      element?.remove();
      document.querySelector('main')?.append(element ?? '');
    });
    await factOf(held, 'Version').waitFor();
    await callApi(held, stack, '/me?again');

    await rows.getByText('GET /api/me').first().waitFor();
    // One that went on would have added it twice.
    const ids = await rows.filter({ hasText: 'GET /api/me' }).count();
    expect(ids).toBeLessThanOrEqual(stack.api.requests.count('/api/me'));
  });
});

describe('the worker', () => {
  test('reports no requests unless a page has subscribed to them', async ({ page, held }) => {
    await page.addInitScript(() => {
      window.told = [];
      navigator.serviceWorker.addEventListener('message', ({ data }) => window.told.push(data));
    });
    await openBarePage(page, stack);
    await callApi(page, stack, '/me');
    await page.evaluate(() => window.tokenward.explain('/'));

    expect(await requestsTold(page)).toEqual([]);
    expect((await requestsTold(held)).length).toBeGreaterThan(0);
  });
});

describe('the inspector, for every user,', () => {
  test.for([
    ['light', 1240],
    ['dark', 1240],
    ['light', 420],
    ['dark', 420],
  ] as const)('has no barrier that axe-core can find: %s, %i px wide', async ([colorScheme, width], { held }) => {
    await held.emulateMedia({ colorScheme });
    await held.setViewportSize({ width, height: 900 });

    expect(await findBarriers(held, 'tokenward-inspector')).toEqual([]);
    expect(await held.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });

  test('has barriers that axe-core finds where there are any', async ({ held }) => {
    await held.evaluate(() =>
      document
        .querySelector('tokenward-inspector')
        ?.shadowRoot?.querySelector('[aria-label="Method"]')
        ?.removeAttribute('aria-label'),
    );

    expect((await findBarriers(held, 'tokenward-inspector')).join()).toMatch(/^select-name: /);
  });

  test('works with the keyboard alone', async ({ held }) => {
    await openInspectedPage(held, stack.app);
    await callApi(held, stack);
    await rowsOf(held, 'covered').first().waitFor();
    const focused = (): Promise<string> =>
      held.evaluate(() => document.querySelector('tokenward-inspector')?.shadowRoot?.activeElement?.outerHTML ?? '');
    const visited: string[] = [];
    await held.locator('h1').click();
    for (let index = 0; index < 10; index++) {
      await held.keyboard.press('Tab');
      visited.push(
        /(Clear|name="span"|name="filter"|Check now|role="group"|Explain|aria-label="URL")/.exec(
          await focused(),
        )?.[0] ?? '',
      );
    }
    await held.getByRole('radio', { name: '1 min' }).focus();
    await held.keyboard.press('ArrowRight');

    expect(await held.getByRole('radio', { name: '5 min' }).isChecked()).toBe(true);
    expect(visited).toEqual(
      expect.arrayContaining([
        'Clear',
        'name="span"',
        'name="filter"',
        'role="group"',
        'Check now',
        'aria-label="URL"',
        'Explain',
      ]),
    );
  });

  test('moves less for users who prefer reduced motion', async ({ page }) => {
    const ticksInFourSeconds = async (reducedMotion: 'reduce' | 'no-preference'): Promise<number> => {
      await page.emulateMedia({ reducedMotion });
      await openInspectedPage(page, stack.app);
      // Far enough ahead that it has not passed when the browser is told of it.
      await page.clock.pauseAt(await page.evaluate(() => Date.now() + 600_000));
      await page.evaluate(() => {
        window.told = [];
        const timeLine = document.querySelector('tokenward-inspector')?.shadowRoot?.querySelector('[part="time-line"]');
        const observer = new MutationObserver((changes) => window.told.push(...changes));
        if (timeLine) observer.observe(timeLine, { attributes: true, attributeFilter: ['viewBox'] });
      });
      await page.clock.runFor(4000);
      const ticks = await page.evaluate(() => window.told.length);
      await page.clock.resume();
      return ticks;
    };
    await page.clock.install();

    expect(await ticksInFourSeconds('reduce')).toBe(4);
    expect(await ticksInFourSeconds('no-preference')).toBe(16);
  });
});
