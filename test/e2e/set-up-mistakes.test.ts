import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import express from 'express';
import type { Page } from 'playwright';
import type { TokenwardConfig } from 'tokenward/config';
import { createTokenward } from 'tokenward/server';
import { afterAll, beforeAll, describe, expect, onTestFinished, vi } from 'vitest';
import { type Api, startApi } from '../servers/api.ts';
import { type AuthorizationServer, startAuthorizationServer } from '../servers/authorization-server.ts';
import { BY_BROWSER } from '../server/deployment.ts';
import { send } from '../server/http-client.ts';
import { API_AUDIENCE } from '../servers/authorization-server-configuration.ts';
import { type Listener, listen } from '../servers/listener.ts';
import { test } from '../support/browser-test.ts';
import { ROOT } from '../support/build.ts';
import { WHAT_TO_DO } from '../support/error-message.ts';
import { portOf } from '../support/port-of.ts';

const POLL = { timeout: 20_000 };

let authorizationServer: AuthorizationServer;
let api: Api;
/** A site of another kind: it answers everything with a page. */
let other: Listener;
beforeAll(async () => {
  authorizationServer = await startAuthorizationServer();
  api = await startApi({ issuer: authorizationServer.issuer, audience: API_AUDIENCE });
  other = await listen(
    () => (_request, response) => void response.writeHead(200, { 'access-control-allow-origin': '*' }).end('<p>A page'),
  );
});
afterAll(() => Promise.all([authorizationServer.close(), api.close(), other.close()]));

/** App of a newcomer: the middleware of one configuration, and one page. */
interface NewApp {
  readonly app: express.Express;
  readonly port: number;
  /** The right configuration, but for what a test changes. */
  readonly configure: (changes?: Partial<TokenwardConfig>) => TokenwardConfig;
  /** Serves the page, as `express.static()` would: with its files, or for every path. */
  readonly addPages: (paths?: 'files' | 'all') => void;
}

async function startNewApp(): Promise<NewApp> {
  const app = express();
  const server = createServer(app).listen(0);
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const port = portOf(server);
  const origin = `http://localhost:${port}`;
  authorizationServer.addApp(origin, [`${origin}/auth/callback`]);
  api.addOrigin(origin);
  return {
    app,
    port,
    configure: (changes) => ({
      origin,
      issuer: authorizationServer.issuer,
      clientId: authorizationServer.clientId,
      scopes: ['openid', 'offline_access', 'notes:read'],
      authorizationParameters: { resource: API_AUDIENCE },
      protectedResources: [{ url: api.url }],
      ...changes,
    }),
    addPages: (paths = 'files') => {
      // What a bundler makes of connect(): the page needs nothing of the server for it.
      const library = readFileSync(join(ROOT, 'dist/page.js'), 'utf8');
      app.get('/library.js', (_request, response) => void response.type('text/javascript').send(library));
      app.get('/main.js', (_request, response) => void response.type('text/javascript').send(MAIN));
      app.get(paths === 'all' ? '/{*path}' : '/', (_request, response) => void response.send(PAGE));
    },
  };
}

const PAGE = `<!doctype html><title>App</title><script type="module" src="/main.js"></script>`;

const MAIN = `import { connect } from '/library.js';
connect().then((client) => { window.client = client; }, (error) => { window.failure = String(error); });
`;

/** Makes the worker tell the page what it writes to the console; the page listens before it connects. */
function tellWarnings({ app, port }: NewApp): void {
  app.get('/tokenward-sw.js', async ({ headers }, response, next) => {
    if (headers['x-as-made'] !== undefined) return next();
    const asMade = { ...BY_BROWSER, 'x-as-made': 'yes' };
    const { body } = await send(`http://localhost:${port}/tokenward-sw.js`, { headers: asMade });
    const tell = "console.warn = (message) => new BroadcastChannel('warnings').postMessage(message);";
    response.type('text/javascript').send(`${tell}\n${body}`);
  });
  const watch = `window.warnings = [];
window.channel = new BroadcastChannel('warnings');
window.channel.onmessage = ({ data }) => window.warnings.push(data);
`;
  app.get('/main.js', (_request, response) => void response.type('text/javascript').send(watch + MAIN));
}

/** Opens a page, and returns the message with which `connect()` rejects. */
async function connectError(page: Page, url: string): Promise<string> {
  await page.goto(url);
  await page.waitForFunction(() => 'failure' in window);
  return page.evaluate(() => String(Reflect.get(window, 'failure')));
}

/** Opens a page, and returns the message with which `login()` rejects. */
async function loginError(page: Page, url: string): Promise<string> {
  await page.goto(url);
  await page.waitForFunction(() => 'client' in window);
  return page.evaluate(() =>
    Reflect.get(window, 'client')
      .login()
      .then(() => 'left the page', String),
  );
}

describe('a newcomer reads what is wrong, and what to change, where', () => {
  test('the server lacks the middleware', async ({ page }) => {
    const { port, addPages } = await startNewApp();
    addPages();

    const message = await connectError(page, `http://localhost:${port}`);

    expect(message).toContain('/tokenward-sw.js is not there. Put createTokenward(config).middleware in the server');
    expect(message).toMatch(WHAT_TO_DO);
  });

  test('the middleware comes after a route that answers every path with the page', async ({ page }) => {
    const { app, port, configure, addPages } = await startNewApp();
    addPages('all');
    app.use(createTokenward(configure()).middleware);

    const message = await connectError(page, `http://localhost:${port}`);

    expect(message).toContain('is an HTML page, not JavaScript. Put createTokenward(config).middleware before');
    expect(message).toMatch(WHAT_TO_DO);
  });

  test.for<[what: string, host: string, origin: (port: number) => string]>([
    ['the page is opened at 127.0.0.1 instead of localhost', '127.0.0.1', (port) => `http://localhost:${port}`],
    ['the page is opened at localhost instead of 127.0.0.1', 'localhost', (port) => `http://127.0.0.1:${port}`],
    ['the origin is that of the other environment', 'localhost', () => 'https://app.example'],
    ['the origin has another port', 'localhost', () => 'http://localhost:3000'],
  ])('%s', async ([, host, originAt], { page }) => {
    const newApp = await startNewApp();
    const { app, port, configure, addPages } = newApp;
    const origin = originAt(port);
    tellWarnings(newApp);
    app.use(createTokenward(configure({ origin })).middleware);
    addPages();

    await page.goto(`http://${host}:${port}`);

    const both = `The app is at http://${host}:${port}, and "origin" in tokenward.config.js is ${origin}. Open ${origin}, or set`;
    await expect
      .poll(() => page.evaluate(() => Reflect.get(window, 'warnings')), POLL)
      .toEqual([expect.stringContaining(both)]);
  });

  test('and nothing where the origin is right', async ({ page }) => {
    const newApp = await startNewApp();
    const { app, port, configure, addPages } = newApp;
    tellWarnings(newApp);
    app.use(createTokenward(configure()).middleware);
    addPages();

    await page.goto(`http://localhost:${port}`);
    await page.waitForFunction(() => 'client' in window);

    expect(await page.evaluate(() => Reflect.get(window, 'warnings'))).toEqual([]);
  });

  test('the page is not below the path of the app', async ({ page }) => {
    const { app, port, configure, addPages } = await startNewApp();
    app.use(createTokenward(configure({ base: '/app/' })).middleware);
    const main = MAIN.replace('connect()', "connect({ worker: '/app/tokenward-sw.js', scope: '/app/' })");
    app.get('/main.js', (_request, response) => void response.type('text/javascript').send(main));
    addPages();

    const message = await connectError(page, `http://localhost:${port}`);

    expect(message).toContain('This page is not in the scope /app/');
    expect(message).toMatch(WHAT_TO_DO);
  });

  test('the worker has the wrong scope', async ({ page }) => {
    const { app, port, configure, addPages } = await startNewApp();
    app.use(createTokenward(configure({ worker: { path: '/js/sw.js' } })).middleware);
    const main = MAIN.replace('connect()', "connect({ worker: '/js/sw.js', scope: '/other/' })");
    app.get('/main.js', (_request, response) => void response.type('text/javascript').send(main));
    addPages();

    const message = await connectError(page, `http://localhost:${port}`);

    expect(message).toContain('is configured for');
    expect(message).toMatch(WHAT_TO_DO);
  });

  test.for<[what: string, issuer: () => string, said: RegExp]>([
    ['the issuer is another path of the server', () => `${authorizationServer.origin}/realms/x`, /Check "issuer"/],
    ['the issuer has a slash too many', () => `${authorizationServer.issuer}//`, /Check "issuer"/],
    ['no server listens at the issuer', () => 'http://localhost:9', /http:\/\/localhost:9/],
    ['the issuer is another site', () => other.origin, /Compare "issuer", letter by letter/],
  ])('%s', async ([, issuer, said], { page }) => {
    const { app, port, configure, addPages } = await startNewApp();
    app.use(createTokenward(configure({ issuer: issuer() })).middleware);
    addPages();

    const message = await loginError(page, `http://localhost:${port}`);

    expect(message).toMatch(said);
    expect(message).toMatch(WHAT_TO_DO);
  });

  test('the page connects to a server that the policy does not name', async ({ page }) => {
    const { app, port, configure, addPages } = await startNewApp();
    app.use(createTokenward(configure()).middleware);
    addPages();
    const warnings: string[] = [];
    page.on('console', (message) => void warnings.push(message.text()));
    await page.goto(`http://localhost:${port}`);
    await page.waitForFunction(() => 'client' in window);

    await page.evaluate(() => fetch('http://localhost:9/').catch(() => {}));

    const option = expect.stringContaining(
      'blocked http://localhost:9. If the policy is Tokenward\'s, allow it with "pages.connections"',
    );
    await expect.poll(() => warnings, POLL).toContainEqual(option);
  });
});

describe('the server says in its console that the middleware comes after what serves the page', () => {
  const ORDER = expect.stringContaining('Put the middleware before whatever serves files.');

  /** Serves a page with the one line of HTML, before the middleware or after it. */
  async function open(
    page: Page,
    order: 'page first' | 'middleware first',
    host = 'localhost',
  ): Promise<readonly unknown[]> {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    const { app, port, configure } = await startNewApp();
    const line = '<!doctype html><script type="module" src="/tokenward/auto.js"></script>';
    const addPage = (): unknown => app.get('/', (_request, response) => void response.send(line));
    if (order === 'page first') addPage();
    app.use(createTokenward(configure({ origin: `http://${host}:${port}` })).middleware);
    addPage();
    await page.goto(`http://${host}:${port}`);
    await page.waitForSelector('html[data-tokenward="signed-out"]', { state: 'attached' });
    await page.reload();
    await page.waitForSelector('html[data-tokenward="signed-out"]', { state: 'attached' });
    return warn.mock.calls.flat();
  }

  test('once, at localhost', async ({ page }) => {
    expect(await open(page, 'page first')).toEqual([ORDER]);
  });

  test('and says nothing where the order is right', async ({ page }) => {
    expect(await open(page, 'middleware first')).toEqual([]);
  });
});

test.for<[what: string, changes: Partial<TokenwardConfig>, named: string]>([
  ['http instead of https', { issuer: 'http://login.example' }, '"issuer" must be an https'],
  [
    'the URL of the metadata as the issuer',
    { issuer: 'https://login.example/.well-known/openid-configuration' },
    '"issuer" must be the URL before',
  ],
  ['an API by http', { protectedResources: [{ url: 'http://api.example' }] }, 'protectedResources'],
  ['no scope "openid"', { scopes: ['profile'] }, '"scopes"'],
  ['an origin without a scheme', { origin: 'localhost:3000' }, 'origin'],
  ['a redirect URI of another path than its scope', { base: '/app/', redirectUri: '/auth/callback' }, '"redirectUri"'],
])('the server does not start with %s, and names the option', async ([, changes, named]) => {
  const { configure } = await startNewApp();

  expect(() => createTokenward(configure(changes))).toThrow(named);
});
