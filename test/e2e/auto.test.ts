import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { fillLoginPage } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { ROOT } from '../support/build.ts';
import { documentShown, numberDocuments } from '../support/next-document.ts';

const POLL = { timeout: 20_000 };
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
  stack.app.pages.set('/auto.js', {
    body: await readFile(join(ROOT, 'dist/auto.js'), 'utf8'),
    contentType: 'text/javascript',
  });
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.authorizationServer.requests.clear();
  stack.authorizationServer.endUserSessions();
  stack.api.faults.clear();
  stack.api.requests.clear();
  stack.app.configure({ worker: {} });
});

/** How the app asks its API: it knows nothing of sign-ins. */
type Client = 'fetch' | 'XMLHttpRequest';

const APPS: Readonly<Record<Client, string>> = {
  fetch: `
const response = await fetch('API/notes');
show(response.status, await response.text());
`,
  XMLHttpRequest: `
const request = new XMLHttpRequest();
request.onload = () => show(request.status, request.responseText);
request.open('GET', 'API/notes');
request.send();
`,
};

/** Adds an app that has been there before, with one line of HTML more. */
function addApp(line: string, client: Client = 'fetch'): void {
  const show = `const show = (status, text) => { document.querySelector('output').textContent = status + ' ' + text; };`;
  const body = `${show}${APPS[client].replace('API', stack.api.url)}`;
  stack.app.pages.set('/app.js', { body, contentType: 'text/javascript' });
  stack.app.pages.set('/app', {
    body: `<!doctype html><title>App</title>${line}<script type="module" src="/app.js"></script>
<output></output><a href="/auth/login?returnTo=/app">Sign in</a><button data-tokenward="sign-out">Sign out</button>`,
  });
}

async function openApp(page: Page): Promise<void> {
  await page.goto(`${stack.app.origin}/app?list=1#top`);
}

/** What the app shows of the API's answer. */
async function expectAnswer(page: Page, answer: RegExp): Promise<void> {
  await expect.poll(() => page.locator('output').textContent(), POLL).toMatch(answer);
}

async function expectStatus(page: Page, status: 'signed-in' | 'signed-out'): Promise<void> {
  await page.locator(`html[data-tokenward="${status}"]`).waitFor({ state: 'attached' });
}

/** Waits for the authorization server's login page, and signs in there. */
async function signInThere(page: Page): Promise<void> {
  await page.waitForURL((url) => url.origin === stack.authorizationServer.origin);
  await fillLoginPage(page);
  await page.waitForURL((url) => url.origin === stack.app.origin);
}

/** How often somebody was sent to the authorization server; it has further requests of its own. */
function countSignIns(): number {
  return stack.authorizationServer.requests.list('authorization').filter(({ path }) => path === '/auth').length;
}

test('a setting that is misspelt is named with its likeliest spelling', async ({ page }) => {
  const warnings: string[] = [];
  page.on('console', (message) => message.type() === 'warning' && warnings.push(message.text()));
  addApp(
    '<script type="module" src="/auto.js?v=2&Login=manual" data-worker-url="/x.js" data-scopes="/" data-login="manual" data-cfasync="false"></script>',
  );

  await openApp(page);
  await expectStatus(page, 'signed-out');

  expect(warnings).toEqual([
    'tokenward: There is no setting "workerUrl"; did you mean "worker"?',
    'tokenward: There is no setting "scopes"; did you mean "scope"?',
    'tokenward: There is no setting "Login"; did you mean "login"?',
  ]);
});

describe('an app that knows nothing of sign-ins, with one line of HTML', () => {
  test.for<[login: string, line: string, client: Client]>([
    ['on-401', '<script type="module" src="/auto.js"></script>', 'fetch'],
    ['on-401', '<script type="module" src="/auto.js" data-login="on-401"></script>', 'XMLHttpRequest'],
    ['auto', '<script type="module" src="/auto.js" data-login="auto"></script>', 'fetch'],
    ['auto', '<script type="module" src="/auto.js?login=auto"></script>', 'fetch'],
  ])('signs in by %s, by %s, and its %s gets the token', async ([, line, client], { page }) => {
    addApp(line, client);

    await openApp(page);
    await signInThere(page);

    await expectAnswer(page, /^200 .*padlock/);
    expect(page.url()).toBe(`${stack.app.origin}/app?list=1#top`);
    await expectStatus(page, 'signed-in');
    expect(countSignIns()).toBe(1);
  });

  test('does not sign in by itself with manual, and does by a link', async ({ page }) => {
    addApp('<script type="module" src="/auto.js" data-login="manual"></script>');

    await openApp(page);
    await expectAnswer(page, /^401/);
    await expectStatus(page, 'signed-out');
    expect(countSignIns()).toBe(0);

    await page.getByRole('link', { name: 'Sign in' }).click();
    await signInThere(page);
    await expectAnswer(page, /^200/);
  });

  test('signs out by a button, and is not signed in again at once', async ({ page }) => {
    addApp('<script type="module" src="/auto.js" data-login="auto"></script>');
    stack.app.configure({ worker: { postLogoutRedirectUri: '/' } });
    stack.app.pages.set('/', stack.app.pages.get('/app') ?? { body: '' });
    await openApp(page);
    await signInThere(page);
    await expectStatus(page, 'signed-in');

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL((url) => url.origin === stack.app.origin && url.pathname === '/');
    await expectStatus(page, 'signed-out');
    stack.app.pages.delete('/');

    await expectAnswer(page, /^401/);
    expect(countSignIns()).toBe(1);
  });

  test('gives other modules the client', async ({ page }) => {
    addApp('<script type="module" src="/auto.js" data-login="manual"></script>');

    await openApp(page);
    const status = await page.evaluate(
      `import('/auto.js').then(({ client }) => client).then(({ session }) => session.status)`,
    );

    expect(status).toBe('signed-out');
  });

  test('reports an unknown policy, and signs no user in', async ({ page }) => {
    addApp('<script type="module" src="/auto.js" data-login="always"></script>');
    const said = page.waitForEvent('console', (message) => message.text().includes('tokenward'));

    await openApp(page);

    expect((await said).text()).toContain('auto, on-401, manual');
    await expectAnswer(page, /^401/);
    expect(countSignIns()).toBe(0);
  });

  test('follows no other attribute of the page: only the worker’s file decides where tokens go', async ({ page }) => {
    const evil = 'https://evil.test';
    addApp(
      `<script type="module" src="/auto.js?issuer=${evil}&clientId=evil&redirectUri=${evil}" data-login="auto"
        data-issuer="${evil}" data-protected-resources="${evil}" data-scopes="admin"></script>`,
    );
    const elsewhere: string[] = [];
    page.on('request', (request) => {
      if (request.url().startsWith(evil)) elsewhere.push(request.url());
    });

    await openApp(page);
    await signInThere(page);
    await expectAnswer(page, /^200/);

    const [request] = stack.authorizationServer.requests.list('authorization');
    expect(request?.parameters.get('client_id')).toBe(stack.authorizationServer.clientId);
    expect(request?.parameters.get('redirect_uri')).toBe(`${stack.app.origin}/auth/callback`);
    expect(request?.parameters.get('scope')).not.toContain('admin');
    expect(elsewhere).toEqual([]);
  });
});

describe('no sign-in loops, and no user is signed in unasked', () => {
  test.for(['auto', 'on-401'])('with %s, when the authorization server refuses at once', async (login, { page }) => {
    stack.app.configure({ worker: { authorizationParameters: { prompt: 'none' } } });
    addApp(`<script type="module" src="/auto.js" data-login="${login}"></script>`);

    await numberDocuments(page);
    await openApp(page);
    await documentShown(page, 2);
    expect(countSignIns()).toBe(1);
    for (const _ of [1, 2, 3]) {
      await page.waitForURL((url) => url.pathname === '/app');
      await expectStatus(page, 'signed-out');
      await expectAnswer(page, /^401/);
      await page.reload();
    }

    await expectStatus(page, 'signed-out');
    expect(countSignIns()).toBe(1);
  });

  test('when the user cancels', async ({ page }) => {
    addApp('<script type="module" src="/auto.js" data-login="auto"></script>');

    await openApp(page);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.waitForURL((url) => url.pathname === '/app');
    await expectStatus(page, 'signed-out');
    await page.reload();
    await expectStatus(page, 'signed-out');
    await expectAnswer(page, /^401/);

    expect(countSignIns()).toBe(1);
  });

  test('when the API answers 401 whatever it is sent', async ({ page }) => {
    addApp('<script type="module" src="/auto.js"></script>');
    stack.api.faults.plan(
      ({ method }) => method === 'GET',
      {
        stage: 'before',
        answer: { status: 401, body: 'never', headers: { 'access-control-allow-origin': stack.app.origin } },
      },
      Infinity,
    );

    await openApp(page);
    await signInThere(page);
    await expectAnswer(page, /^401/);
    await expectStatus(page, 'signed-in');
    await page.reload();
    await expectAnswer(page, /^401/);

    expect(countSignIns()).toBe(1);
  });

  test('with a 401 of a URL that is no protected resource', async ({ page }) => {
    addApp('<script type="module" src="/auto.js"></script>');
    stack.app.pages.set('/members', { status: 401, body: 'no' });
    stack.app.pages.set('/app.js', {
      body: `document.querySelector('output').textContent = String((await fetch('/members')).status);`,
      contentType: 'text/javascript',
    });

    await openApp(page);
    await expectAnswer(page, /^401/);
    await expectStatus(page, 'signed-out');

    const isAsked = await page.evaluate(
      `import('/auto.js').then(({ client }) => client).then((client) => client.explain('/members'))`,
    );
    expect(isAsked).toMatchObject({ action: 'pass' });
    expect(countSignIns()).toBe(0);
  });
});
