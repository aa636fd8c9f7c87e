import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { tokenward } from 'tokenward/vite';
import { build, type InlineConfig } from 'vite';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { BY_BROWSER } from '../server/deployment.ts';
import { send } from '../server/http-client.ts';
import { API_AUDIENCE } from '../servers/authorization-server-configuration.ts';
import { sessionOf } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import {
  type Backend,
  complete,
  serveBuilt,
  serveInDevelopment,
  signInAt,
  startBackend,
  writeFiles,
} from '../support/vite-app.ts';

/** Time for Vite to begin, or to build: a busy machine takes long. */
const BUILDING = { timeout: 120_000 };

let backend: Backend;
beforeAll(async () => {
  backend = await startBackend();
});
afterAll(() => backend.close());

/** Returns the app's one configuration: the only file that knows of the worker. */
function writeConfiguration(): string {
  const { issuer, clientId } = backend.authorizationServer;
  return `
import { defineConfig } from 'tokenward/config';
const clientId: string = process.env['NO_SUCH_VARIABLE'] ?? '${clientId}';
export default defineConfig({
  origin: 'https://app.example',
  issuer: '${issuer}',
  clientId,
  scopes: ['openid', 'offline_access', 'notes:read'],
  authorizationParameters: { resource: '${API_AUDIENCE}' },
  protectedResources: [{ url: '${backend.api.url}' }],
  pages: { connections: ['https://metrics.example'] },
});
`;
}

/** Writes a project of Vite's. */
function createProject(base = '/', change = (configuration: string): string => configuration) {
  const root = mkdtempSync(join(backend.folder, 'one-'));
  writeFiles(root, {
    'index.html': '<!doctype html><title>App</title><script type="module" src="/src/main.js"></script>',
    'src/main.js': `
import { connect } from 'tokenward';
window.tokenward = await connect({ worker: import.meta.env.BASE_URL + 'tokenward-sw.js' });
document.documentElement.dataset.connected = 'yes';
`,
    'tokenward.config.ts': change(writeConfiguration()),
  });
  return { root, base, configFile: false, plugins: [tokenward()] } satisfies InlineConfig;
}

describe('the plugin in an app with one configuration', BUILDING, () => {
  test('signs in, in development', async ({ page, onTestFinished }) => {
    const app = await serveInDevelopment(backend, createProject());
    onTestFinished(() => app.close());

    await page.goto(app.origin);
    await signInAt(page, app, backend);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'sealed' });
    expect(await page.evaluate(async (url) => (await fetch(url)).status, `${backend.api.url}/notes`)).toBe(200);
    const { headers } = await send(app.origin);
    expect(headers['content-security-policy']).toContain('https://metrics.example');
  });

  test('emits the worker at build, below the base, and the preview signs in with it', async ({
    page,
    onTestFinished,
  }) => {
    const app = await serveBuilt(backend, createProject('/notes/'));
    onTestFinished(() => app.close());
    backend.authorizationServer.addApp(app.origin, [`${app.origin}/notes/auth/callback`]);

    await page.goto(`${app.origin}/notes/`);
    await signInAt(page, app, backend);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'sealed' });
    const worker = await send(`${app.origin}/notes/tokenward-sw.js`, { headers: BY_BROWSER });
    expect(worker.body).toContain('"base": "/notes/"');
    // What the server alone reads is in no script.
    expect(worker.body.slice(worker.body.indexOf('tokenward.start('))).not.toContain('metrics.example');
  });

  test('brings a change of the configuration in, without a restart', async ({ onTestFinished }) => {
    const project = createProject('/', (text) => text.replace('clientId,', 'clientID: clientId,'));
    const app = await serveInDevelopment(backend, project);
    onTestFinished(() => app.close());

    const refused = await send(app.origin);
    writeFiles(project.root, { 'tokenward.config.ts': writeConfiguration() });

    expect(refused.status).toBe(500);
    expect(refused.body).toContain('tokenward.config.ts');
    await expect.poll(async () => (await send(app.origin)).status).toBe(200);
  });

  test.for<[what: string, change: (text: string) => string, message: RegExp]>([
    ['a misspelt field', (text) => text.replace('clientId,', 'clientID: clientId,'), /config\.ts: .*"clientID"/],
    ['no configuration', () => 'export default 7;', /config\.ts: .*object/],
    ['a path of the worker', (text) => text.replace('pages:', "worker: { path: '/sw.js' }, pages:"), /"fileName"/],
  ])('stops the build where the file has %s, and names it', async ([, change, message]) => {
    await expect(build(complete(backend, createProject('/', change)))).rejects.toThrow(message);
  });
});
