import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { type Listener, listen } from '../servers/listener.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import { openBarePage, sessionOf, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { WHAT_TO_DO } from '../support/error-message.ts';

const POLL = { timeout: 20_000 };

let stack: Stack;
/** A server of another origin, which answers everything, without CORS headers. */
let other: Listener;
beforeAll(async () => {
  [stack, other] = await Promise.all([
    startStack(),
    listen(
      () => (_request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
    ),
  ]);
});
afterAll(() => Promise.all([stack.close(), other.close()]));
beforeEach(() => stack.authorizationServer.faults.clear());

/** Lets the metadata name another origin for an endpoint. */
async function moveEndpoint(name: string): Promise<void> {
  const response = await fetch(`${stack.authorizationServer.issuer}/.well-known/openid-configuration`);
  const metadata: object = Object(await response.json());
  const body = JSON.stringify({ ...metadata, [name]: `${other.origin}/${name}?tenant=secret` });
  const headers = { 'content-type': 'application/json' };
  stack.authorizationServer.faults.plan(
    ({ endpoint }) => endpoint === 'discovery',
    { stage: 'before', answer: { status: 200, headers, body } },
    Infinity,
  );
}

/** Signs in, beside a page that collects the warnings of the worker. @returns the message that the page sees, and the warnings */
async function failToSignIn(page: Page): Promise<{ readonly message: string; readonly listener: Page }> {
  const listener = await listenForWarnings(page);
  await signIn(page, stack);
  await expect.poll(async () => (await sessionOf(page)).lastError, POLL).toBeDefined();
  return { message: (await sessionOf(page)).lastError?.message ?? '', listener };
}

async function listenForWarnings(page: Page): Promise<Page> {
  const listener = await page.context().newPage();
  await openBarePage(listener, stack);
  await listener.evaluate(() => {
    Object.assign(window, { warnings: [] });
    new BroadcastChannel('warnings').addEventListener('message', ({ data }) => window.warnings.push(String(data)));
  });
  return listener;
}

function warningsOf(listener: Page): Promise<readonly string[]> {
  return listener.evaluate(() => window.warnings);
}

/** A worker that tells the pages what it writes to the console. */
function tellWarnings(script: string): string {
  return `console.warn = (message) => new BroadcastChannel('warnings').postMessage(message);\n${script}`;
}

describe.for(['token_endpoint', 'jwks_uri'])('a %s of another origin', (name) => {
  test('that the policy of the worker script does not name is called blocked, by its origin, with the option', async ({
    page,
  }) => {
    stack.app.configure({ workerScript: tellWarnings, workerConnections: [] });
    await moveEndpoint(name);

    const { message, listener } = await failToSignIn(page);

    expect(message).toContain(`the policy of the worker script (connect-src) blocks ${other.origin}`);
    expect(message).toContain('"authorizationServers" of tokenward/server');
    expect(message).toMatch(WHAT_TO_DO);
    expect(message).not.toMatch(/secret|Try again/);
    await expect
      .poll(() => warningsOf(listener), POLL)
      .toEqual([expect.stringMatching(new RegExp(`blocked ${other.origin}\\..*"authorizationServers"`))]);
  });

  test('without CORS headers is named, with the header that it lacks', async ({ page }) => {
    stack.app.configure({ workerScript: tellWarnings, workerConnections: [other.origin] });
    await moveEndpoint(name);

    const { message, listener } = await failToSignIn(page);

    expect(message).toContain(`${other.origin}/${name} answers, but its CORS headers do not allow ${stack.app.origin}`);
    expect(message).toContain(`"Access-Control-Allow-Origin: ${stack.app.origin}"`);
    expect(message).not.toMatch(/secret|authorizationServers/);
    await expect
      .poll(() => warningsOf(listener), POLL)
      .toEqual([expect.stringContaining(`${other.origin}/${name} answers`)]);
  });
});

test('metadata without CORS headers are named before the page leaves', async ({ page }) => {
  stack.app.configure({ workerScript: tellWarnings, workerConnections: [] });
  stack.authorizationServer.faults.plan(
    ({ endpoint }) => endpoint === 'discovery',
    { stage: 'before', answer: { status: 200, cors: 'omit' } },
    Infinity,
  );
  const listener = await listenForWarnings(page);
  await openBarePage(page, stack);

  const message = await page.evaluate(() => window.tokenward.login().then(String, (error: unknown) => String(error)));

  expect(message).toContain('answers, but its CORS headers do not allow');
  expect(message).toContain(`"Access-Control-Allow-Origin: ${stack.app.origin}"`);
  await expect.poll(() => warningsOf(listener), POLL).toHaveLength(1);
});

declare global {
  interface Window {
    /** Warnings of the worker. */
    warnings: string[];
  }
}
