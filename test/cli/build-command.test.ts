import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { HOST_NAMES } from '../../src/cli/build/host-name.ts';
import { buildIfNeeded, ROOT } from '../support/build.ts';
import { type FileTexts, readFolder } from '../support/built-files.ts';
import { type CommandResult, runCommand } from './run-command.ts';

beforeAll(buildIfNeeded);

const EXAMPLES = join(ROOT, 'docs/deployment');
/** Texts of the package, which are not committed a second time. */
const OF_THE_PACKAGE = /(?:tokenward-sw|page|auto)\.js$/;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenward-build-'));
  onTestFinished(() => rm(folder, { recursive: true }));
});

const OPTIONS = `origin: 'https://app.example', issuer: 'https://login.example', clientId: 'my-app',
  protectedResources: [{ url: 'https://api.example' }]`;

async function configure(text: string): Promise<void> {
  await writeFile(join(folder, 'tokenward.config.mjs'), text);
}

/** Runs the command for a configuration in the folder of the test. */
const build = (...commandLine: readonly string[]): Promise<CommandResult> =>
  runCommand(['build', ...commandLine], { cwd: folder });

const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');

describe('tokenward build', () => {
  // Where this fails: npx tokenward build --for nginx --out nginx, in docs/deployment.
  test.each(HOST_NAMES)('writes the committed example for %s, byte for byte', async (host) => {
    const { exitCode, stderr } = await runCommand(['build', '--for', host, '--out', join(folder, 'out')], {
      cwd: EXAMPLES,
    });

    const [written, committed] = await Promise.all([readFolder(join(folder, 'out')), readFolder(join(EXAMPLES, host))]);
    const comparable = (files: FileTexts): object =>
      Object.fromEntries(Object.entries(files).filter(([name]) => !OF_THE_PACKAGE.test(name) || name.includes('edge')));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(comparable(written)).toEqual(comparable(committed));
  });

  test('writes a worker that starts with this configuration, and with the policy for documents from a cache', async () => {
    await configure(`export default { ${OPTIONS}, clientId: 'another' };`);

    await build('--for', 'nginx', '--out', 'deploy');

    const script = await read('deploy/tokenward-sw.js');
    expect(script).toMatch(/^self\.__tokenwardPolicy=\{"headers":\[/);
    expect(script).toContain('"clientId": "another"');
    expect(await read('deploy/auto.js')).toContain('startAuto');
    expect(await read('deploy/page.js')).toContain('startAuto');
  });

  test('writes another worker where only its headers or its release have changed, and else touches no file', async () => {
    const release = async (options: string): Promise<string> => {
      await configure(`export default { ${OPTIONS}, ${options} };`);
      await build('--for', 'nginx', '--out', 'deploy');
      return read('deploy/tokenward-sw.js');
    };

    const first = await release('');
    const connected = await release("worker: { connections: ['https://cdn.example'] }");
    const renewed = await release("worker: { release: '2' }");
    const { mtimeMs } = await stat(join(folder, 'deploy/tokenward-sw.js'));
    await release("worker: { release: '2' }");

    expect(new Set([first, connected, renewed]).size).toBe(3);
    expect((await stat(join(folder, 'deploy/tokenward-sw.js'))).mtimeMs).toBe(mtimeMs);
  });

  test.each([
    ['nginx', 'deploy/tokenward-sw.js'],
    ['netlify', 'deploy/netlify/edge-functions/tokenward-worker.js'],
    ['cloudflare', 'deploy/tokenward-worker.js'],
    ['vercel', 'deploy/tokenward-worker.js'],
    ['firebase', 'deploy/functions/tokenward-worker.js'],
    ['static', 'deploy/tokenward-sw.js'],
  ])('takes a worker of the app for %s', async (host, file) => {
    await configure(`export default { ${OPTIONS} };`);
    await writeFile(join(folder, 'sw.js'), 'self.own = true;\n');

    const { exitCode } = await build('--for', host, '--out', 'deploy', '--worker-script', 'sw.js');

    expect(exitCode).toBe(0);
    expect(await read(file)).toContain('self.own = true;');
    expect(await read(file)).not.toContain('tokenward.start(');
  });

  test.each([
    ['nginx', ['callback/nginx.conf', 'callback/site/index.html']],
    ['caddy', ['callback/Caddyfile', 'callback/site/index.html']],
    ['static', ['callback/site/_headers', 'callback/site/index.html']],
    ['vercel', ['callback/middleware.js']],
    ['firebase', ['callback/functions/index.js', 'callback/firebase.json']],
  ])('writes the origin of an isolated callback for %s', async (host, names) => {
    await configure(`export default { ${OPTIONS}, redirectUri: 'https://signin.app.example/' };`);

    await build('--for', host, '--out', 'deploy');

    for (const name of names) await expect(read(`deploy/${name}`)).resolves.not.toBe('');
    expect(Object.keys(await readFolder(join(folder, 'deploy/callback')))).not.toContain('apache.conf');
  });

  test('reads a configuration in TypeScript with the Vite of the app, or says what else runs it', async () => {
    const typed = `const config: { origin: string } = { ${OPTIONS} } as const;\nexport default config;`;
    await writeFile(join(folder, 'tokenward.config.ts'), typed);

    const alone = await build('--for', 'nginx', '--out', 'deploy');
    await mkdir(join(folder, 'node_modules'));
    await symlink(join(ROOT, 'node_modules/vite'), join(folder, 'node_modules/vite'), 'junction');
    const withVite = await build('--for', 'nginx', '--out', 'deploy');

    // Newer versions of Node run it themselves.
    if (alone.exitCode !== 0)
      expect(alone.stderr).toMatch(/^tokenward\.config\.ts: Node .* does not run TypeScript: use Node 22\.18 or newer/);
    expect(withVite).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await read('deploy/nginx.conf')).toContain('server_name app.example;');
  });

  test.each([
    ['nginx', 'nginx.conf', ['listen 8443 ssl;', 'server_name app.example;']],
    ['caddy', 'Caddyfile', ['\napp.example:8443 {\n']],
    ['apache', 'apache.conf', ['<VirtualHost *:8443>', 'ServerName app.example\n']],
    ['apache', 'apache-early.asis', ['Location: https://app.example:8443/auth/callback?_#_']],
  ])('takes the port of the origin for %s, in %s', async (host, file, lines) => {
    await configure(`export default { ${OPTIONS}, origin: 'https://app.example:8443' };`);

    await build('--for', host, '--out', 'deploy');

    for (const line of lines) expect(await read(`deploy/${file}`)).toContain(line);
  });

  test('takes the host for a configuration that depends on it', async () => {
    await configure(`export default ({ host }) => ({ ${OPTIONS}, origin: 'https://' + host });`);

    await build('--for', 'nginx', '--out', 'deploy', '--host', 'blue.example');

    expect(await read('deploy/nginx.conf')).toContain('server_name blue.example;');
  });
});

describe('tokenward build ends with one sentence that names the fix', () => {
  test.each([
    ['of development', "origin: 'http://localhost:3000'", /"origin" is http:\/\/localhost:3000.*production/],
    ['of a misspelt option', 'orign: 1', /There is no option "orign"; did you mean "origin"\?/],
    ['of a list that is none', "otherWorkers: '/push/sw.js'", /otherWorkers must be a list/],
    ['of servers that are no list', 'authorizationServers: 7', /authorizationServers must be a list/],
    ['of a group that is none', "worker: '/sw.js'", /worker must be an object/],
    ['of a policy that admits the issuer', "pages: { frames: ['https://login.example'] }", /frames .* Name another/],
    ['of a path that no rule can hold', "base: '/my app/'", /"base" leads to \/my%20app\/.*letters, digits/],
    ['of a path with a variable of a server', "worker: { path: '/$uri.js' }", /"worker\.path" leads to \/\$uri\.js/],
    ['of another worker with an end of a line', "otherWorkers: ['/push/a;b.js']", /"otherWorkers" leads to/],
    ['of an endpoint with braces', "endpointPath: '/{env}'", /"endpointPath" leads to/],
  ])('for the configuration %s', async (_, options, message) => {
    await configure(`export default { ${OPTIONS}, ${options} };`);

    const { exitCode, stderr } = await build('--for', 'nginx', '--out', 'deploy');

    expect({ exitCode, lines: stderr.trim().split('\n').length }).toEqual({ exitCode: 2, lines: 1 });
    expect(stderr).toMatch(/^tokenward\.config\.mjs: /);
    expect(stderr).toMatch(message);
    await expect(read('deploy/nginx.conf')).rejects.toThrow();
  });

  test.each([
    ['an unknown host', ['--for', 'ngnix', '--out', 'deploy'], /Allowed choices are nginx, caddy/],
    ['no host', ['--out', 'deploy'], /required option '--for/],
    ['no folder', ['--for', 'nginx'], /required option '--out/],
    [
      'a worker that is not built',
      ['--for', 'nginx', '--out', 'deploy', '--worker-script', 'sw.js'],
      /build the worker/,
    ],
  ])('for %s', async (_, commandLine, message) => {
    await configure(`export default { ${OPTIONS} };`);

    const { exitCode, stderr } = await build(...commandLine);

    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });

  test('for the folder of the app, whose files it would overwrite', async () => {
    await configure(`export default { ${OPTIONS} };`);
    await writeFile(join(folder, 'package.json'), '{}');

    const { exitCode, stderr } = await build('--for', 'vercel', '--out', '.');

    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('such as --out deploy') });
    await expect(read('vercel.json')).rejects.toThrow();
  });

  test('for a file that the app has written itself', async () => {
    await configure(`export default { ${OPTIONS} };`);
    await writeFile(join(folder, '_headers'), '/*\n  X-Mine: 1\n');

    const { exitCode, stderr } = await build('--for', 'static', '--out', '.');

    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^_headers in the folder of --out is a file of your own: move it/);
    expect(await read('_headers')).toBe('/*\n  X-Mine: 1\n');
  });

  test('for static files at a path that is not below the app', async () => {
    await configure(`export default { ${OPTIONS}, base: '/app/', worker: { path: '/sw.js' } };`);

    const { stderr } = await build('--for', 'static', '--out', 'deploy');

    expect(stderr).toMatch(/cannot hold \/sw\.js: choose worker\.path below "base"/);
  });
});
