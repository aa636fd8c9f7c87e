import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createTokenward } from 'tokenward/server';
import type { TokenwardConfig } from 'tokenward/config';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { portOf } from '../support/port-of.ts';
import { prepareAppFolders, type AppFolders } from './app-folder.ts';
import { runCommand, type CommandResult } from './run-command.ts';

let apps: AppFolders;

beforeAll(async () => {
  apps = await prepareAppFolders();
});

afterAll(() => apps.remove());

/** Runs the command of the app's own package. */
function tokenward(app: string, ...commandLine: readonly string[]): Promise<CommandResult> {
  return runCommand(commandLine, { cwd: app, bin: join(app, 'node_modules/tokenward/dist/cli.js') });
}

const CONFIG: TokenwardConfig = {
  origin: 'https://app.example',
  issuer: 'https://login.example',
  clientId: 'my-app',
  protectedResources: [{ url: 'https://api.example/v1' }],
};

const textOf = (config: object): string => `export default ${JSON.stringify(config)};\n`;

/** Makes an app with a configuration. */
function createApp(text: string, name = 'tokenward.config.js'): string {
  return apps.create({ files: { [name]: text } });
}

/** Starts a server with a configuration, and returns its origin. */
async function deploy(change: (config: TokenwardConfig) => TokenwardConfig = (config) => config): Promise<string> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://localhost:${portOf(server)}`;
  const { middleware } = createTokenward(change({ ...CONFIG, origin }));
  server.on('request', (request, response) => middleware(request, response, () => response.end('<!doctype html>')));
  return origin;
}

describe('tokenward check', () => {
  test('accepts a configuration that the server accepts', async () => {
    const plain = await tokenward(createApp(textOf(CONFIG)), 'check');
    const host = `export default ({ host }) => ({ ...${JSON.stringify(CONFIG)}, clientId: host });`;
    const byHost = await tokenward(createApp(host, 'tokenward.config.mjs'), 'check', '--host', 'acme.example');

    expect(plain).toMatchObject({
      exitCode: 0,
      stdout: 'tokenward.config.js is valid: my-app at https://login.example.\n',
    });
    expect(byHost).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('acme.example at https://login') });
  });

  test.for<[what: string, text: string, sentence: string]>([
    ['an option is misspelt', textOf({ ...CONFIG, scope: ['openid'] }), 'did you mean "scopes"?'],
    [
      'an option of the server is misspelt',
      textOf({ ...CONFIG, pages: { conections: [] } }),
      'did you mean "connections"?',
    ],
    ['the issuer is not https', textOf({ ...CONFIG, issuer: 'http://login.example' }), '"issuer" must be an https URL'],
    ['the origin has a path', textOf({ ...CONFIG, origin: 'app.example' }), 'origin must be'],
    ['an option is missing', textOf({ ...CONFIG, clientId: undefined }), '"clientId" must be a string'],
    ['the host is not named', 'export default ({ host }) => ({ clientId: host });', 'name it with --host'],
    ['the file does not parse', 'export default {', 'tokenward.config.js: '],
    ['the file exports nothing', 'export const config = {};', 'must be the result of defineConfig()'],
  ])('names the file and the option in one sentence, and ends with 1, where %s', async ([, text, sentence]) => {
    const { stdout, stderr, exitCode } = await tokenward(createApp(text), 'check');

    expect(stdout).toMatch(/^tokenward\.config\.js: .+\n$/);
    expect(stdout).toContain(sentence);
    expect(stderr).toBe('');
    expect(exitCode).toBe(1);
  });

  test('compares the file with what is deployed', async () => {
    const origin = await deploy();
    const config = { ...CONFIG, origin };

    const same = await tokenward(createApp(textOf(config)), 'check', '--url', `${origin}/start`);
    const other = { ...config, scopes: ['openid'], protectedResources: [{ url: 'https://api.example/v2' }] };
    const changed = await tokenward(createApp(textOf(other)), 'check', '--url', origin, '--json');
    const elsewhere = await tokenward(createApp(textOf(CONFIG)), 'check', '--url', origin);

    expect(same).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`, and ${origin} has it.`) });
    expect(changed.exitCode).toBe(1);
    expect(JSON.parse(changed.stdout)).toEqual({
      isInStep: false,
      message: `${origin} has another protectedResources, scopes than tokenward.config.js: deploy again.`,
    });
    expect(elsewhere).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('is for https://app.example') });
  });

  test('says where no worker script is deployed, and where no server answers', async () => {
    const origin = await deploy((config) => ({ ...config, worker: { path: '/other.js' } }));
    const app = createApp(textOf({ ...CONFIG, origin }));

    const missing = await tokenward(app, 'check', '--url', origin);
    const unreachable = textOf({ ...CONFIG, origin: 'http://localhost:1' });
    const down = await tokenward(createApp(unreachable), 'check', '--url', 'http://localhost:1');

    expect(missing).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('/tokenward-sw.js is answered with'),
    });
    expect(down).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('cannot be reached') });
  });
});

describe('tokenward doctor in the folder of an app', () => {
  const findingOf = async (app: string, ...commandLine: readonly string[]) => {
    const { stdout, stderr } = await tokenward(app, 'doctor', ...commandLine, '--json', '--timeout', '20');
    if (stdout === '') throw new Error(stderr);
    const report: { url: string; issuer: string; sections: readonly { findings: readonly { check: string }[] }[] } =
      JSON.parse(stdout);
    const findings = report.sections.flatMap((section) => section.findings);
    return { ...report, deployed: findings.find(({ check }) => check === 'configuration-deployed') };
  };

  test('takes the address from the file, and finds that the deployment has its configuration', async () => {
    const origin = await deploy();

    const { url, deployed } = await findingOf(createApp(textOf({ ...CONFIG, origin })));

    expect(url).toBe(`${origin}/`);
    expect(deployed).toMatchObject({ verdict: 'pass', found: 'that of tokenward.config.js' });
  });

  test('names each option that differs', async () => {
    const origin = await deploy();
    const config = { ...CONFIG, origin, clientId: 'another', renewal: 'manual', dpop: 'required' };

    const { deployed } = await findingOf(createApp(textOf(config)), origin);

    expect(deployed).toMatchObject({
      verdict: 'fail',
      found: expect.stringMatching(/"clientId" is not that of tokenward\.config\.js; .*"renewal".*"dpop"/),
    });
  });

  test('compares nothing with the file of another origin, or where that is said', async () => {
    const origin = await deploy();
    const app = createApp(textOf({ ...CONFIG, issuer: 'https://other.example' }));

    const other = await findingOf(app, origin);
    const unread = await findingOf(app, origin, '--no-config');

    expect(other).toMatchObject({
      issuer: 'https://login.example',
      deployed: { verdict: 'warn', found: `tokenward.config.js is for https://app.example, not for ${origin}` },
    });
    expect(unread.deployed).toBeUndefined();
  });

  test('asks for an address where there is no file', async () => {
    const { stderr, exitCode } = await tokenward(apps.create({}), 'doctor');

    expect(stderr).toContain('Name the address of the app');
    expect(exitCode).toBe(2);
  });
});
