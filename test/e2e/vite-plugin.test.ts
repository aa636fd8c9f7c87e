import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, createLogger, type InlineConfig, type ViteDevServer } from 'vite';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { tokenward, type TokenwardPluginOptions } from 'tokenward/vite';
import { connected, fillLoginPage, sessionOf } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { ROOT } from '../support/build.ts';
import { freePort } from '../support/free-port.ts';
import {
  type Backend,
  complete,
  serveBuilt,
  serveInDevelopment,
  startBackend,
  type ViteApp,
  writeFiles,
  signInAt,
} from '../support/vite-app.ts';
import { BY_BROWSER, splitSecret } from '../server/deployment.ts';
import { send } from '../server/http-client.ts';

const POLL = { timeout: 20_000 };

/** Time for Vite to begin, or to build: a busy machine takes long. */
const BUILDING = { timeout: 120_000 };

let backend: Backend;
beforeAll(async () => {
  backend = await startBackend();
});
afterAll(() => backend.close());

const WORKER = `
import { api } from './api';
tokenward.start({
  issuer: import.meta.env.VITE_ISSUER,
  clientId: import.meta.env.VITE_CLIENT_ID,
  protectedResources: [{ url: api }],
  scopes: ['openid', 'profile', 'offline_access', 'notes:read'] satisfies string[],
});
`;
const PAGE = `
import { connect } from 'tokenward';
window.tokenward = await connect({ worker: import.meta.env.BASE_URL + 'tokenward-sw.js', scope: import.meta.env.BASE_URL });
document.documentElement.dataset.connected = 'yes';
`;
const FILES = {
  'index.html': '<!doctype html><title>App</title><script type="module" src="/src/main.js"></script>',
  'src/main.js': PAGE,
  'src/api.ts': 'export const api: string = import.meta.env.VITE_API;',
  'src/worker.ts': WORKER,
};

/** Writes a project of Vite's. */
function createProject(
  files: Readonly<Record<string, string>> = {},
  options: TokenwardPluginOptions = {},
): InlineConfig & { readonly root: string } {
  const root = mkdtempSync(join(backend.folder, 'project-'));
  writeFiles(root, { ...FILES, ...files });
  return { root, configFile: false, plugins: [tokenward({ worker: 'src/worker.ts', ...options })] };
}

/** What the browser gets when it installs the worker. */
async function fetchWorker(app: ViteApp, path = '/tokenward-sw.js'): Promise<string> {
  return (await send(app.origin + path, { headers: BY_BROWSER })).body;
}

describe('the plugin in development', BUILDING, () => {
  test('signs in, with a sealed session, and the socket for hot updates is open', async ({ page, onTestFinished }) => {
    const app = await serveInDevelopment(backend, createProject());
    onTestFinished(() => app.close());
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));

    await page.goto(app.origin);
    await signInAt(page, app, backend);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'sealed' });
    const status = await page.evaluate(async (url) => (await fetch(url)).status, `${backend.api.url}/notes`);
    expect(status).toBe(200);
    await expect.poll(() => said, POLL).toContain('[vite] connected.');
    expect(said.filter((text) => /Content Security Policy|refused/i.test(text))).toEqual([]);
  });

  test('serves the secret, the gate, the callback and the headers as production does', async ({ onTestFinished }) => {
    const app = await serveInDevelopment(backend, createProject({}, { connections: ['https://metrics.example'] }));
    onTestFinished(() => app.close());

    const [first, second] = [await fetchWorker(app), await fetchWorker(app)];
    const stolen = await send(`${app.origin}/tokenward-sw.js`);
    const rogue = await send(`${app.origin}/src/main.js`, { headers: BY_BROWSER });
    const callback = await send(`${app.origin}/auth/callback?_`);
    const pages = [
      await send(`${app.origin}/`),
      await send(`${app.origin}/src/main.js`),
      await send(`${app.origin}/@vite/client`),
    ];

    expect(splitSecret(first).secret).toMatch(/^[\w-]{43}$/);
    expect(splitSecret(first).secret).not.toBe(splitSecret(second).secret);
    expect(stolen.status).toBe(403);
    expect(rogue.status).toBe(403);
    expect(callback.body).toContain('Sign-in could not be completed here');
    for (const { status, headers } of pages) {
      const policy = String(headers['content-security-policy']);
      expect(status).toBe(200);
      expect(policy).toContain("frame-src 'none'");
      expect(policy).toContain('https://metrics.example');
      expect(policy).not.toContain(backend.authorizationServer.origin);
      expect(headers['cross-origin-opener-policy']).toBe('same-origin');
    }
  });

  test('gives the policy of pages on every name of this machine, and on no name that only looks like one', async ({
    onTestFinished,
  }) => {
    const app = await serveInDevelopment(backend, createProject());
    onTestFinished(() => app.close());
    const { port } = new URL(app.origin);
    const policyAt = async (host: string): Promise<unknown> =>
      (await send(`${app.origin}/`, { headers: { host: `${host}:${port}` } })).headers['content-security-policy'];

    for (const host of ['localhost', 'app.localhost', '127.0.0.1', '127.0.0.2', '[::1]']) {
      expect.soft(await policyAt(host), host).toContain("frame-src 'none'");
    }
    for (const host of ['localhost.example', '127.evil.example', '10.0.0.1']) {
      expect.soft(await policyAt(host), host).toBeUndefined();
    }
  });

  test('allows the app’s own dedicated workers, and no other service worker', async ({ page, onTestFinished }) => {
    const main = `
const worker = new Worker(new URL('./answer.js', import.meta.url), { type: 'module' });
worker.onmessage = ({ data }) => { document.title = data; };
`;
    const project = createProject({
      'src/main.js': main,
      'src/answer.js': "postMessage('from the worker');",
      'public/mockServiceWorker.js': '',
    });
    const app = await serveInDevelopment(backend, project);
    onTestFinished(() => app.close());

    await page.goto(app.origin);

    await expect.poll(() => page.title(), POLL).toBe('from the worker');
    const refusal = page.evaluate(() => navigator.serviceWorker.register('/mockServiceWorker.js'));
    await expect(refusal).rejects.toThrow('403');
  });

  test('names the wrong field, and continues when it is corrected', async ({ page, onTestFinished }) => {
    const project = createProject({ 'src/worker.ts': WORKER.replace('issuer:', 'colour: 1, issuer:') });
    const app = await serveInDevelopment(backend, project);
    onTestFinished(() => app.close());

    const answer = await send(`${app.origin}/`);
    writeFiles(project.root, { 'src/worker.ts': WORKER });

    expect(answer.status).toBe(500);
    expect(answer.body).toContain('src/worker.ts');
    expect(answer.body).toContain('colour');
    await expect.poll(async () => (await send(`${app.origin}/`)).status, POLL).toBe(200);
    await page.goto(app.origin);
    await connected(page);
  });

  test('says that there is no worker file yet, and continues when it is written', async ({ onTestFinished }) => {
    const project = createProject({}, { worker: 'src/later.ts' });
    const app = await serveInDevelopment(backend, project);
    onTestFinished(() => app.close());

    const answer = await send(`${app.origin}/`);
    writeFiles(project.root, { 'src/later.ts': WORKER });
    const next = await send(`${app.origin}/`);

    expect(answer.status).toBe(500);
    expect(answer.body).toContain('There is neither tokenward.config.js nor src/later.ts.');
    expect(next.status).toBe(200);
  });

  test('remembers no failure that a change of another file has fixed', async ({ onTestFinished }) => {
    const project = createProject({}, { worker: 'src/later.ts' });
    let changes = 0;
    const counter = { name: 'counter', hotUpdate: () => void (changes += 1) };
    const app = await serveInDevelopment(backend, { ...project, plugins: [...(project.plugins ?? []), counter] });
    onTestFinished(() => app.close());

    await expect
      .poll(() => {
        writeFiles(project.root, { 'src/api.ts': `${FILES['src/api.ts']} // ${performance.now()}` });
        return changes;
      }, POLL)
      .toBeGreaterThan(0);
    writeFiles(project.root, { 'src/later.ts': WORKER });

    expect((await send(`${app.origin}/`)).status).toBe(200);
  });

  test('brings a worker whose file has changed to the page, which keeps its session', async ({
    page,
    onTestFinished,
  }) => {
    const project = createProject();
    const app = await serveInDevelopment(backend, project);
    onTestFinished(() => app.close());
    await page.goto(app.origin);
    await signInAt(page, app, backend);
    await page.evaluate(() => Object.assign(window, { isOld: true }));

    writeFiles(project.root, { 'src/api.ts': FILES['src/api.ts'].replace(';', " + '/notes';") });
    await page.waitForFunction('!window.isOld');
    await connected(page);

    // A page that has waited long enough for the changed worker is loaded before it is there.
    await expect
      .poll(() => page.evaluate((url) => window.tokenward.explain(url), `${backend.api.url}/me`), POLL)
      .toMatchObject({ action: 'pass', reason: 'other_path' });
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'sealed' });
  });

  test('reloads a page that Vite has not made when the worker has changed', async ({ page, onTestFinished }) => {
    const html = FILES['index.html'].replace('<script', '<script type="module" src="/@vite/client"></script><script');
    const rendering = {
      name: 'rendering',
      configureServer: ({ middlewares }: ViteDevServer): void =>
        void middlewares.use('/rendered', (_, response) => {
          response.setHeader('content-type', 'text/html').end(html);
        }),
    };
    const project = createProject();
    const app = await serveInDevelopment(backend, { ...project, plugins: [...(project.plugins ?? []), rendering] });
    onTestFinished(() => app.close());
    const vite = page.waitForEvent('console', (message) => message.text() === '[vite] connected.');
    await page.goto(`${app.origin}/rendered`);
    await connected(page);
    await vite;
    await page.evaluate(() => Object.assign(window, { isOld: true }));

    writeFiles(project.root, { 'src/api.ts': FILES['src/api.ts'].replace(';', " + '/notes';") });

    await page.waitForFunction('!window.isOld');
    await connected(page);
  });
});

describe('the plugin with `auto`', BUILDING, () => {
  const APP = { 'src/main.js': `document.title = String((await fetch(import.meta.env.VITE_API + '/notes')).status);` };

  test.for([
    ['in development', serveInDevelopment],
    ['in what was built', serveBuilt],
  ] as const)('signs in, %s, for an app without a line of it', async ([, serve], { page, onTestFinished }) => {
    const app = await serve(backend, createProject(APP, { auto: 'on-401' }));
    onTestFinished(() => app.close());

    await page.goto(app.origin);
    await page.waitForURL((url) => url.origin === backend.authorizationServer.origin);
    await fillLoginPage(page);
    await page.waitForURL((url) => url.origin === app.origin);

    await expect.poll(() => page.title(), POLL).toBe('200');
  });

  test('names the element that a framework with its own HTML needs, which signs in there', async ({
    page,
    onTestFinished,
  }) => {
    const said: string[] = [];
    let head = '';
    const framework = {
      name: 'framework',
      configureServer:
        ({ middlewares }: ViteDevServer) =>
        (): void =>
          void middlewares.use('/', (_, response) => {
            const html = `<!doctype html><head>${head}</head><script type="module" src="/src/main.js"></script>`;
            response.setHeader('content-type', 'text/html').end(html);
          }),
    };
    const project = createProject(APP, { auto: 'on-401' });
    const app = await serveInDevelopment(backend, {
      ...project,
      appType: 'custom',
      plugins: [...(project.plugins ?? []), framework],
      customLogger: { ...createLogger('silent'), warn: (text: string) => void said.push(text) },
    });
    onTestFinished(() => app.close());

    await page.goto(app.origin);
    await expect.poll(() => page.title(), POLL).toBe('401');
    await expect.poll(() => said, POLL).toEqual([expect.stringContaining('the framework writes the HTML')]);
    head = said[0]?.split(': ').at(-1) ?? '';
    await page.goto(app.origin);
    await page.waitForURL((url) => url.origin === backend.authorizationServer.origin);
    await fillLoginPage(page);
    await page.waitForURL((url) => url.origin === app.origin);

    await expect.poll(() => page.title(), POLL).toBe('200');
  });
});

describe('the plugin with an isolated callback', BUILDING, () => {
  const isolated = (redirectUri: string): Readonly<Record<string, string>> => ({
    'src/worker.ts': WORKER.replace('issuer:', `redirectUri: '${redirectUri}', issuer:`),
  });

  test.for([
    ['in development', serveInDevelopment],
    ['in the preview', serveBuilt],
  ] as const)(
    'serves it on a second port, and signs in through it, %s',
    async ([, serve], { page, onTestFinished }) => {
      const redirectUri = `http://localhost:${await freePort()}/`;
      const app = await serve(backend, createProject(isolated(redirectUri)));
      onTestFinished(() => app.close());
      backend.authorizationServer.addApp(app.origin, [redirectUri]);
      const urls: string[] = [];
      page.on('request', (request) => urls.push(request.url()));

      await page.goto(app.origin);
      await signInAt(page, app, backend);

      expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
      expect(urls.filter((url) => url.includes('code=')).map((url) => new URL(url).origin + '/')).toEqual([
        redirectUri,
      ]);
      await app.close();
      await expect(send(redirectUri)).rejects.toThrow('ECONNREFUSED');
    },
  );

  test('continues without it if the port is in use, and says so', async ({ onTestFinished }) => {
    const other = await serveInDevelopment(backend, createProject());
    onTestFinished(() => other.close());
    const said: string[] = [];
    const customLogger = { ...createLogger('silent'), error: (text: string) => void said.push(text) };
    const app = await serveInDevelopment(backend, { ...createProject(isolated(`${other.origin}/`)), customLogger });
    onTestFinished(() => app.close());

    expect((await send(app.origin)).status).toBe(200);
    expect(said).toEqual([expect.stringContaining(`of redirectUri (${other.origin}/) is not available`)]);
  });

  test('writes its document at build into a folder beside the app, never into it', async () => {
    const files = isolated('https://signin.app.example/');

    const outDir = await buildIsolated(files, 'https://app.example');
    const withoutOrigin = await buildIsolated(files);

    const site = readFileSync(join(`${outDir}-callback`, 'site/index.html'), 'utf8');
    expect(site).toContain('action="https://app.example/auth/callback"');
    expect(existsSync(join(outDir, 'site'))).toBe(false);
    expect(existsSync(`${withoutOrigin}-callback`)).toBe(false);
  });
});

/** Builds an app with an isolated callback, and returns the folder of what came out. */
async function buildIsolated(files: Readonly<Record<string, string>>, origin?: string): Promise<string> {
  const config = complete(backend, createProject(files, origin === undefined ? {} : { origin }));
  await build(config);
  return String(config.build?.outDir);
}

describe('the plugin at build', BUILDING, () => {
  test('emits the library of the package with the app’s own part, and the preview signs in with it', async ({
    page,
    onTestFinished,
  }) => {
    const config = complete(backend, createProject());
    const app = await serveBuilt(backend, config);
    onTestFinished(() => app.close());
    const emitted = await readFile(join(String(config.build?.outDir), 'tokenward-sw.js'), 'utf8');
    const library = readFileSync(join(ROOT, 'dist/standalone/tokenward-sw.js'), 'utf8').trimEnd();

    await page.goto(app.origin);
    await signInAt(page, app, backend);

    expect(emitted.startsWith(library)).toBe(true);
    expect(emitted.slice(library.length)).toContain(backend.api.url);
    expect(await fetchWorker(app)).toContain(emitted);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'sealed' });
  });

  test('emits it below the base, and under the name that it is given', async ({ page, onTestFinished }) => {
    const worker = WORKER.replace('tokenward.start({', 'tokenward.start({ base: import.meta.env.BASE_URL,');
    const project = { ...createProject({ 'src/worker.ts': worker }), base: '/shop/' };
    const app = await serveBuilt(backend, project);
    onTestFinished(() => app.close());

    await page.goto(`${app.origin}/shop/`);
    await connected(page);

    expect(await fetchWorker(app, '/shop/tokenward-sw.js')).toContain('__tokenwardSecret');
    expect(await page.evaluate(() => window.tokenward.session.status)).toBe('signed-out');
  });

  test('leaves it out of what is built for a server', async () => {
    const config = complete(backend, createProject());

    await build({ ...config, build: { ...config.build, ssr: 'src/api.ts' } });

    await expect(readFile(join(String(config.build?.outDir), 'tokenward-sw.js'))).rejects.toThrow('ENOENT');
  });

  test.for<[what: string, file: string, words: readonly string[]]>([
    [
      'a field is wrong',
      WORKER.replace('import.meta.env.VITE_ISSUER', '"http://login.example"'),
      ['"issuer"', 'https'],
    ],
    ['a field is missing', WORKER.replace(/issuer.*/, ''), ['"issuer"']],
    ['a field is unknown', WORKER.replace('issuer:', 'colour: 1, issuer:'), ['"colour"', 'clientId']],
    ['a variable is not set', WORKER.replace('VITE_ISSUER', 'VITE_NOTHING'), ['"issuer"']],
    ['it is not called', 'self.answer = 42;', ['tokenward.start()']],
    ['it fails before', 'throw new Error("no luck");', ['tokenward.start()', 'no luck']],
    ['it does not parse', 'const = 1;', ['worker.ts']],
  ])('fails where %s, and says what and where', async ([, file, words]) => {
    const failure: unknown = await build(complete(backend, createProject({ 'src/worker.ts': file }))).catch(
      (error: unknown) => error,
    );

    for (const word of ['worker.ts', ...words]) expect(String(failure)).toContain(word);
  });

  test('accepts patterns, and values that the worker checks by its own origin', async () => {
    const file = `
const isLocal = self.location.hostname === 'localhost';
tokenward.start({
  issuer: isLocal ? 'http://login.example' : 'https://login.example',
  clientId: 'app',
  redirectUri: 'https://app.example/auth/callback',
  protectedResources: [{ url: 'https://api.example/:tenant/notes' }, { url: '/api/*' }],
});
self.addEventListener('push', () => {});
caches.open('needs a real worker');
`;
    const project = createProject({ 'src/worker.ts': file }, { origin: 'https://app.example' });

    await expect(build(complete(backend, project))).resolves.toBeDefined();
  });
});
