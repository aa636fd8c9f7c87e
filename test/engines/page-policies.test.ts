import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import {
  addBarePage,
  callApi,
  connected,
  connectScript,
  endSignIn,
  goToLoginPage,
  sessionOf,
} from '../support/app-page.ts';
import { ROOT } from '../support/build.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';

const TRUSTED = "require-trusted-types-for 'script'";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
  stack.app.configure({ securityHeaders: 'off' });
  addBarePage(stack.app);
  const auto = await readFile(join(ROOT, 'dist/auto.js'), 'utf8');
  stack.app.pages.set('/auto.js', { body: auto, contentType: 'text/javascript' });
});
afterAll(() => stack.close());

/** Opens a page with a Content Security Policy, and waits until it has connected, or failed to. */
async function openWith(page: EnginePage, policy: string, head: string = ''): Promise<void> {
  stack.app.pages.set('/bare', {
    body: `<!doctype html><title>Policy</title>${head}<script nonce="x" type="module" src="/bare.js"></script>`,
    headers: { 'content-security-policy': policy },
  });
  await page.goto(`${stack.app.origin}/bare`);
  await connected(page);
}

function failureOf(page: EnginePage): Promise<{ code: string; message: string } | undefined> {
  return page.evaluate(() => window.connectError);
}

/** A script that makes a policy of Trusted Types before the library does. */
function policyScript(path: string, body: string): string {
  stack.app.pages.set(path, { body, contentType: 'text/javascript' });
  return `<script nonce="x" src="${path}"></script>`;
}

describe('a page with a policy of its own', () => {
  test.for([
    TRUSTED,
    `${TRUSTED}; trusted-types tokenward`,
    `${TRUSTED}; trusted-types tokenward angular dompurify`,
    "script-src 'nonce-x' 'strict-dynamic'; object-src 'none'",
    `script-src 'nonce-x' 'strict-dynamic'; worker-src 'self'; ${TRUSTED}; trusted-types tokenward`,
    "worker-src 'self'; script-src 'self'",
  ])('signs in, and its requests get their token: %s', async (policy, { page }) => {
    const { origin } = stack.app;
    await openWith(page, policy);
    expect(await failureOf(page)).toBeUndefined();

    await goToLoginPage(page, stack);
    await endSignIn(page, stack);

    expect(await page.url()).toBe(`${origin}/bare`);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  });

  test.for<[policy: string, says: string]>([
    [`${TRUSTED}; trusted-types 'none'`, 'Add the name tokenward to its directive trusted-types'],
    [`${TRUSTED}; trusted-types angular`, 'Add the name tokenward to its directive trusted-types'],
    ["worker-src /other.js; script-src 'self'", "Add the worker's URL to its directive worker-src"],
    ["worker-src 'none'", "Add the worker's URL to its directive worker-src"],
    ["default-src 'none'; script-src 'nonce-x'", "Add the worker's URL to its directive worker-src"],
  ])('is told which directive forbids the worker: %s', async ([policy, says], { page }) => {
    await openWith(page, policy);

    expect(await failureOf(page)).toMatchObject({
      code: 'worker_script_blocked',
      message: expect.stringContaining(says),
    });
  });

  test('does not ask its default policy for the URL of the worker', async ({ page }) => {
    const script = policyScript(
      '/default.js',
      "trustedTypes.createPolicy('default', { createScriptURL: () => null });",
    );

    await openWith(page, `${TRUSTED}; trusted-types tokenward default`, script);

    expect(await failureOf(page)).toBeUndefined();
  });

  test('is told of a policy of that name that it has made before the library', async ({ page }) => {
    const script = policyScript('/first.js', "trustedTypes.createPolicy('tokenward', {});");

    await openWith(page, `${TRUSTED}; trusted-types tokenward`, script);

    expect(await failureOf(page)).toMatchObject({
      code: 'worker_script_blocked',
      message: expect.stringContaining("'allow-duplicates'"),
    });
  });

  test('gives a script that gets hold of the policy no other URL than that of the worker', async ({ page }) => {
    const script = policyScript(
      '/thief.js',
      `const { createPolicy } = TrustedTypePolicyFactory.prototype;
      TrustedTypePolicyFactory.prototype.createPolicy = function (...call) {
        window.stolen = Reflect.apply(createPolicy, this, call);
        return window.stolen;
      };`,
    );
    await openWith(page, `${TRUSTED}; trusted-types tokenward`, script);
    expect(await failureOf(page)).toBeUndefined();

    const tried = await page.evaluate(() => {
      const stolen: unknown = Reflect.get(window, 'stolen');
      if (typeof stolen !== 'object' || stolen === null) return ['nothing was stolen'];
      const make: unknown = Reflect.get(stolen, 'createScriptURL');
      return ['/evil.js', 'data:text/javascript,0', '/tokenward-sw.js?evil', '//evil.example/tokenward-sw.js'].map(
        (url) => {
          try {
            return typeof make === 'function' ? String(Reflect.apply(make, stolen, [url])) : 'no function';
          } catch {
            return 'refused';
          }
        },
      );
    });

    expect(tried).toEqual(['refused', 'refused', 'refused', 'refused']);
  });

  test('shows the inspector, and connects by one line of HTML, with Trusted Types', async ({ page }) => {
    stack.app.pages.set('/line.js', {
      body: `import '/inspector.js'; import { client } from '/auto.js';
        await client;
        document.body.append(document.createElement('tokenward-inspector'));
        document.documentElement.dataset.connected = 'yes';`,
      contentType: 'text/javascript',
    });
    stack.app.pages.set('/line', {
      body: '<!doctype html><title>Line</title><body><script type="module" src="/auto.js" data-login="manual"></script><script type="module" src="/line.js"></script>',
      headers: { 'content-security-policy': `${TRUSTED}; trusted-types tokenward` },
    });

    await page.goto(`${stack.app.origin}/line`);
    await connected(page);

    await page.waitForFunction(
      () => document.querySelector('tokenward-inspector')?.shadowRoot?.textContent?.includes('Signed out') ?? false,
    );
  });

  test('connects though its connect-src allows no request: the worker sends its own', async ({ page }) => {
    stack.app.pages.set('/bare.js', connectScript());
    await openWith(page, "connect-src 'none'");

    expect(await failureOf(page)).toBeUndefined();
    await goToLoginPage(page, stack);
    await endSignIn(page, stack);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  });
});
