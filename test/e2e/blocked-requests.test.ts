import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { openBarePage, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';

const POLL = { timeout: 20_000 };

/** An origin that no option names; nothing listens there, and nothing has to. */
const ELSEWHERE = 'http://localhost:9';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());
beforeEach(() =>
  stack.app.configure({ worker: {}, policy: {}, securityHeaders: 'on', workerScript: (script) => script }),
);

/** Collects what the library says of policies in the console of a page. */
function collectWarnings(page: Page): readonly string[] {
  const warnings: string[] = [];
  page.on('console', (message) => {
    if (/^tokenward: .*Content Security Policy/.test(message.text())) warnings.push(message.text());
  });
  return warnings;
}

const LAST_WARNING = 'tokenward: the end of the Content Security Policy test';

/** Writes a warning of the test, and waits for it: whatever the page has written before comes before it. */
async function writeLastWarning(page: Page, warnings: readonly string[]): Promise<void> {
  await page.evaluate((warning) => console.warn(warning), LAST_WARNING);
  await expect.poll(() => warnings, POLL).toContain(LAST_WARNING);
}

/** Does what the strict policy blocks, each twice. */
const BLOCKED = {
  fetch: (url: string) => `for (const query of ['a', 'b']) fetch('${url}/path?secret=' + query).catch(() => {});`,
  frame: (url: string) => `for (const query of ['a', 'b']) {
    const frame = document.createElement('iframe');
    frame.src = '${url}/path?secret=' + query;
    document.body.append(frame);
  }`,
  form: (url: string) => `for (const query of ['a', 'b']) {
    const form = document.createElement('form');
    form.method = 'post';
    form.action = '${url}/path?secret=' + query;
    document.body.append(form);
    form.submit();
  }`,
  object: (url: string) => `for (const query of ['a', 'b']) {
    const object = document.createElement('object');
    object.data = '${url}/path?secret=' + query;
    document.body.append(object);
  }`,
  base: (url: string) => `const base = document.createElement('base');
    base.href = '${url}/path?secret';
    document.head.append(base);`,
  worker: () => `for (const code of ['1', '2']) {
    try {
      new Worker(URL.createObjectURL(new Blob([code]))).addEventListener('error', () => {});
    } catch {}
  }`,
} as const;

describe('the page', () => {
  test.for<[kind: keyof typeof BLOCKED, directive: string, blocked: string, option: string]>([
    ['fetch', 'connect-src', ELSEWHERE, 'connections'],
    ['frame', 'frame-src', ELSEWHERE, 'frames'],
    ['form', 'form-action', ELSEWHERE, 'forms'],
    ['object', 'object-src', ELSEWHERE, 'objects'],
    ['base', 'base-uri', ELSEWHERE, 'baseUri'],
    ['worker', 'worker-src', 'blob', 'workers'],
  ])('names the option for a blocked %s once: %s', async ([kind, directive, blocked, option], { page }) => {
    const warnings = collectWarnings(page);
    await openBarePage(page, stack);

    await page.evaluate(BLOCKED[kind](ELSEWHERE));

    await expect.poll(() => warnings, POLL).toHaveLength(1);
    await writeLastWarning(page, warnings);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain(`(${directive}) blocked ${blocked}. `);
    expect(warnings[0]).toContain(
      `"pages.${option}" in tokenward.config.js, or with "${option}" of createSecurityPolicy()`,
    );
    expect(warnings[0]).not.toMatch(/secret|path/);
  });

  test.for<[what: string, policy: string, action: string]>([
    ['of a directive that is not Tokenward’s', "img-src 'none'", `new Image().src = '${ELSEWHERE}/';`],
    ['of a policy that blocks by default-src', "default-src 'self'", BLOCKED.frame(ELSEWHERE)],
    ['of a policy that is only reported', '', BLOCKED.fetch(ELSEWHERE)],
  ])('says nothing %s', async ([, policy, action], { page }) => {
    // The frames of the app's own policy are those of Tokenward's: only the other one is to block.
    stack.app.configure({
      securityHeaders: 'policy',
      policy: policy === '' ? { mode: 'report' } : { frames: [ELSEWHERE] },
    });
    const warnings = collectWarnings(page);
    if (policy !== '')
      await page.route(`${stack.app.origin}/bare`, async (route) => {
        const response = await route.fetch();
        const own = response.headers()['content-security-policy'] ?? '';
        await route.fulfill({
          response,
          headers: { ...response.headers(), 'content-security-policy': `${own}, ${policy}` },
        });
      });
    await openBarePage(page, stack);
    await page.evaluate(() => {
      window.violations = 0;
      document.addEventListener('securitypolicyviolation', () => (window.violations += 1));
    });

    await page.evaluate(action);

    await expect.poll(() => page.evaluate(() => window.violations), POLL).toBeGreaterThan(0);
    await writeLastWarning(page, warnings);
    expect(warnings).toEqual([LAST_WARNING]);
  });
});

describe('the worker', () => {
  test('names the options of the server for an API that its own policy does not name', async ({ page }) => {
    stack.app.configure({
      policy: { protectedResources: [ELSEWHERE] },
      // The configuration of the worker has the API, the server was not told of it.
      workerScript: (script) =>
        `console.warn = (message) => new BroadcastChannel('warnings').postMessage(message);\n` +
        script.replace('"protectedResources": [', `"protectedResources": [{ "url": "${ELSEWHERE}" },`),
    });
    await signIn(page, stack);
    await page.evaluate(() => {
      Object.assign(window, { warnings: [] });
      new BroadcastChannel('warnings').addEventListener('message', ({ data }) => window.warnings.push(String(data)));
    });

    await page.evaluate((url) => fetch(url).catch(() => {}), `${ELSEWHERE}/notes?secret`);

    await expect
      .poll(() => page.evaluate(() => window.warnings), POLL)
      .toEqual([
        expect.stringMatching(/policy of the worker script.*blocked http:\/\/localhost:9\. .*"protectedResources"/),
      ]);
  });
});

declare global {
  interface Window {
    /** Violations of a policy that the page was told of. */
    violations: number;
  }
}
