import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { readConfigurationLiteral } from '../../src/cli/doctor/configuration-literal.ts';
import { REMOVAL_WORKER } from '../../src/cli/setup/removal-worker.ts';
import { createWorkerFile, EXAMPLE } from '../../src/cli/setup/worker-file.ts';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import { prepareAppFolders, type AppDescription, type AppFolders } from './app-folder.ts';
import { runCommand, type CommandResult } from './run-command.ts';

let apps: AppFolders;

beforeAll(async () => {
  apps = await prepareAppFolders();
}, 120_000);

afterAll(() => apps.remove(), 60_000);

const VITE: AppDescription = { dependencies: ['vite', 'react'], files: { 'vite.config.ts': 'export default {};' } };

/** Runs the command of the app's own package. */
function tokenward(app: string, ...commandLine: readonly string[]): Promise<CommandResult> {
  return runCommand(commandLine, { cwd: app, bin: join(app, 'node_modules/tokenward/dist/cli.js') });
}

function read(app: string, path: string): string {
  return readFileSync(join(app, path), 'utf8');
}

const ANGULAR_17 = {
  projects: { app: { architect: { build: { options: { assets: [{ glob: '**/*', input: 'public' }] } } } } },
};
const ANGULAR_12 = {
  projects: { app: { architect: { build: { options: { assets: ['src/favicon.ico', 'src/assets'] } } } } },
};

describe('tokenward init', () => {
  test.each([
    ['Vite', 'public', VITE],
    ['Next.js', 'public', { dependencies: ['next', 'react'] }],
    ['Angular', 'public', { dependencies: ['@angular/core'], files: { 'angular.json': JSON.stringify(ANGULAR_17) } }],
    ['Angular', 'src', { dependencies: ['@angular/core'], files: { 'angular.json': JSON.stringify(ANGULAR_12) } }],
    ['SvelteKit', 'static', { dependencies: ['@sveltejs/kit', 'svelte', 'vite'] }],
    ['Astro', 'public', { dependencies: ['astro', 'vite'] }],
    ['Create React App', 'public', { dependencies: ['react-scripts'] }],
  ] as const)('finds %s, whose folder is %s', async (framework, folder, description) => {
    const app = apps.create(description);

    const { stdout, exitCode } = await tokenward(app, 'init', '--json');

    expect(JSON.parse(stdout)).toMatchObject({
      framework,
      version: manifest.version,
      publicFolder: folder,
      files: [
        { path: `${folder}/tokenward-sw.js`, action: 'create' },
        { path: `${folder}/tokenward-lib.js`, action: 'create' },
      ],
    });
    expect(exitCode).toBe(0);
    expect(read(app, `${folder}/tokenward-sw.js`)).toBe(createWorkerFile(EXAMPLE));
    expect(read(app, `${folder}/tokenward-lib.js`)).toBe(read(apps.packageFolder, 'dist/standalone/tokenward-sw.js'));
  });

  test('says what to enter at the authorization server', async () => {
    const app = apps.create(VITE);

    const local = await tokenward(app, 'init');
    const served = await tokenward(
      app,
      'init',
      '--origin',
      'https://app.example/start',
      '--api',
      'https://api.example',
    );

    expect(local.stdout).toContain('redirect URI           http://localhost:5173/auth/callback, and no other');
    expect(served.stdout).toContain('redirect URI           https://app.example/auth/callback');
    expect(served.stdout).toContain('sign-out redirect URI  https://app.example/\n');
    expect(served.stdout).toContain('CORS origin            https://app.example\n');
    expect(served.stdout).toContain('grant types            authorization_code, refresh_token');
    expect(served.stdout).toContain('The API (https://api.example)');
  });

  test('says what is left to enter in the worker file', async () => {
    const all = ['--issuer', 'https://login.example', '--client-id', 'spa', '--api', 'https://api.example'];
    const app = apps.create(VITE);

    const some = await tokenward(apps.create(VITE), 'init', '--issuer', 'https://login.example');
    const none = await tokenward(app, 'init', ...all);
    const kept = await tokenward(app, 'init', ...all);

    expect(some.stdout).toContain('Then enter client and APIs in public/tokenward-sw.js, call\nconnect(');
    expect(none.stdout).toContain('\nThen call connect(');
    expect(kept.stdout).toContain('Then enter issuer, client and APIs in public/tokenward-sw.js, call\nconnect(');
  });

  test('leaves a worker file that is there as it is, and renews the copy of the library', async () => {
    const own = "importScripts('/tokenward-lib.js');\ntokenward.start({ issuer: 'https://own.example' });\n";
    const files = { 'public/tokenward-sw.js': own, 'public/tokenward-lib.js': '// of long ago' };
    const app = apps.create({ ...VITE, files });

    const { stdout } = await tokenward(app, 'init');

    expect(stdout).toContain('public/tokenward-sw.js kept as it is');
    expect(stdout).toContain('public/tokenward-lib.js updated');
    expect(read(app, 'public/tokenward-sw.js')).toBe(own);
    expect(read(app, 'public/tokenward-lib.js')).not.toContain('of long ago');
  });

  test('writes a configuration that the worker takes, with what was said, commented options included', async () => {
    const app = apps.create(VITE);
    const said = ['--issuer', "https://login.example/o'brien", '--client-id', 'spa', '--api', 'https://one.example/v1'];

    await tokenward(app, 'init', ...said, 'https://two.example');
    const written = read(app, 'public/tokenward-sw.js');
    const unfolded = written.replaceAll(/^ {2}\/\/ (\w+: .*,)$/gm, '  $1');

    expect(unfolded.match(/^ {2}\w+: /gm)?.length).toBeGreaterThan(7);
    for (const text of [written, unfolded]) {
      const configuration = parseConfiguration(
        Object.fromEntries(readConfigurationLiteral(text) ?? []),
        'https://app.example',
      );
      expect(configuration.issuer.href).toBe("https://login.example/o'brien");
      expect(configuration.clientId).toBe('spa');
      expect(configuration.protectedResources).toHaveLength(2);
    }
  });

  test('sets an isolated callback up, and offers one where there is none', async () => {
    const flags = ['--isolated-callback', '--origin'];
    const app = apps.create(VITE);

    const plain = await tokenward(apps.create(VITE), 'init');
    const local = await tokenward(app, 'init', '--isolated-callback');
    const served = await tokenward(apps.create(VITE), 'init', ...flags, 'https://app.example');
    const kept = await tokenward(app, 'init', '--isolated-callback', 'http://localhost:6000/done', '--json');
    const sameOrigin = await tokenward(app, 'init', '--isolated-callback', 'http://localhost:5173/other');

    expect(plain.stdout).toContain(
      'An isolated callback (redirect URI http://localhost:5174/) keeps the code of every sign-in',
    );
    expect(local.stdout).toContain('redirect URI           http://localhost:5174/, and no other');
    expect(local.stdout).toContain('must listen at http://localhost:5174/ too, with createCallbackHandler()');
    expect(local.stdout).not.toContain('npx tokenward init --isolated-callback');
    expect(read(app, 'public/tokenward-sw.js')).toContain("\n  redirectUri: 'http://localhost:5174/',\n");
    expect(served.stdout).toContain(
      'npx tokenward callback --app https://app.example/auth/callback --redirect-uri https://signin.app.example/ --out callback',
    );
    expect(JSON.parse(kept.stdout).register.redirectUri).toBe('http://localhost:6000/done');
    expect(sameOrigin).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('needs an origin of its own') });
  });

  test('says what a worker file that is kept does not hold', async () => {
    const app = apps.create({ ...VITE, files: { 'public/tokenward-sw.js': 'tokenward.start({});' } });

    const { stdout } = await tokenward(app, 'init', '--isolated-callback', '--base', '/app/');

    expect(stdout).toContain(
      "Then enter issuer, client, APIs, base: '/app/' and redirectUri: 'http://localhost:5174/' in public/tokenward-sw.js",
    );
  });

  test.each([
    ['that is said', ['--base', '/app/'], {}],
    ['of the framework', [], { 'vite.config.ts': "export default { base: '/app' };" }],
  ])('knows the path of the app, %s', async (_, flags, files) => {
    const app = apps.create({ ...VITE, files });

    const { stdout } = await tokenward(app, 'init', ...flags);

    expect(stdout).toContain('redirect URI           http://localhost:5173/app/auth/callback, and no other');
    expect(stdout).toContain('sign-out redirect URI  http://localhost:5173/app/\n');
    expect(stdout).toContain("connect({ worker: '/app/tokenward-sw.js' })");
    const options = readConfigurationLiteral(read(app, 'public/tokenward-sw.js')) ?? [];
    const { endpoints, registrationScope } = parseConfiguration(Object.fromEntries(options), 'https://app.example');
    expect([endpoints.callback, registrationScope]).toEqual(['/app/auth/callback', 'https://app.example/app/']);
  });

  test('refuses a path of the app without slashes around it', async () => {
    const { exitCode, stderr } = await tokenward(apps.create(VITE), 'init', '--base', '/app');

    expect(exitCode).toBe(2);
    expect(stderr).toContain('begin and end with a slash');
  });

  test('does nothing with --dry-run, and says what it would do', async () => {
    const app = apps.create(VITE);
    const before = readdirSync(app);

    const { stdout, exitCode } = await tokenward(app, 'init', '--dry-run');

    expect(stdout).toContain('public/tokenward-sw.js would be created');
    expect(readdirSync(app)).toEqual(before);
    expect(exitCode).toBe(0);
  });

  test('takes a folder that is named, and finds the app from below', async () => {
    const plain = apps.create({ files: { 'site/index.html': '' } });
    const vite = apps.create({ ...VITE, files: { 'src/deep/main.ts': '' } });

    await tokenward(plain, 'init', 'site');
    await runCommand(['init'], { cwd: join(vite, 'src/deep'), bin: join(vite, 'node_modules/tokenward/dist/cli.js') });

    expect(existsSync(join(plain, 'site/tokenward-sw.js'))).toBe(true);
    expect(existsSync(join(vite, 'public/tokenward-lib.js'))).toBe(true);
  });

  test('says which assets an older Angular must name', async () => {
    const app = apps.create({ dependencies: ['@angular/core'], files: { 'angular.json': JSON.stringify(ANGULAR_12) } });

    const { stdout } = await tokenward(app, 'init');

    expect(stdout).toContain('Add "src/tokenward-sw.js" and "src/tokenward-lib.js" to the "assets"');
  });

  test.each([
    ['there is no framework', {}, 'is built with none of Next.js, Angular, SvelteKit, Astro, Create React App, Vite'],
    [
      'Vite is told of another folder',
      { ...VITE, files: { 'vite.config.ts': "export default { publicDir: 'assets' };" } },
      'The configuration of Vite names a folder for static files',
    ],
    ['package.json is none', { files: { 'package.json': '[' } }, 'holds no JSON object'],
    ['a file has the name of the folder', { ...VITE, files: { public: '' } }, 'is not a folder'],
  ] as const)('ends with 2 and says what to do where %s', async (_, description, message) => {
    const app = apps.create(description);

    const { stderr, stdout, exitCode } = await tokenward(app, 'init');

    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(exitCode).toBe(2);
  });
});

interface Noticed {
  readonly found: string;
  readonly advice: string;
}

describe('tokenward init notices', () => {
  const noticesOf = async (description: AppDescription): Promise<readonly Noticed[]> => {
    const { stdout } = await tokenward(apps.create(description), 'init', '--dry-run', '--json');
    return JSON.parse(stdout).notices;
  };
  const NGSW = { assetGroups: [{ name: 'app', resources: { files: ['/index.html', '/*.css', '/*.js'] } }] };

  test.each([
    ['Angular’s worker', '@angular/service-worker', { dependencies: ['@angular/core', '@angular/service-worker'] }],
    ['the worker of vite-plugin-pwa', 'vite-plugin-pwa', { ...VITE, dependencies: ['vite', 'vite-plugin-pwa'] }],
    ['a worker of Workbox', 'workbox-precaching', { ...VITE, dependencies: ['vite', 'workbox-precaching'] }],
    ['a configuration of Workbox', 'workbox-config.cjs', { ...VITE, files: { 'workbox-config.cjs': '' } }],
    ['MSW', 'msw', { ...VITE, dependencies: ['vite', 'msw'] }],
    ['MSW’s worker', 'public/mockServiceWorker.js', { ...VITE, files: { 'public/mockServiceWorker.js': '' } }],
    ['Firebase', 'public/firebase-messaging-sw.js', { ...VITE, files: { 'public/firebase-messaging-sw.js': '' } }],
    ['OneSignal', 'public/OneSignalSDKWorker.js', { ...VITE, files: { 'public/OneSignalSDKWorker.js': '' } }],
    [
      'the worker of Create React App',
      'src/service-worker.js',
      { dependencies: ['react-scripts'], files: { 'src/service-worker.js': '' } },
    ],
    [
      'any other worker',
      'src/boot/main.ts',
      { ...VITE, files: { 'src/boot/main.ts': "void navigator.serviceWorker?.register('/own.js');" } },
    ],
  ] as const)('%s', async (_, found, description) => {
    const notices = await noticesOf(description);

    expect(notices.map((notice) => notice.found)).toContain(found);
    expect(notices[0]?.advice).toMatch(/^[A-Z][^]*\.$/);
  });

  test.each([
    ['a pattern of ngsw-config.json', { 'ngsw-config.json': JSON.stringify(NGSW) }, true],
    ['none that leaves it out', { 'ngsw-config.json': JSON.stringify([NGSW, '!/tokenward-sw.js']) }, false],
    ['none without scripts', { 'ngsw-config.json': JSON.stringify({ files: ['/index.html', '/*.css'] }) }, false],
    ['a pattern of Workbox', { 'workbox-config.js': "export default { globPatterns: ['**/*.{css,js}'] };" }, true],
    ['the pattern that Workbox has by itself', { 'workbox-config.js': "export default { globDirectory: 'x' };" }, true],
    ['none of Workbox without scripts', { 'workbox-config.js': "export default { globPatterns: ['*.html'] };" }, false],
  ] as const)('that a precache would hold the worker script: %s', async (_, files, isFound) => {
    const notices = await noticesOf({ ...VITE, files });

    expect(notices.some(({ advice }) => advice.includes('would cache the worker script'))).toBe(isFound);
  });

  test.each([
    ['a link', 'src/App.jsx', '<a href="/auth/login">Sign in</a>', true],
    ['a route of an object', 'src/router.ts', "export const routes = [{ path: 'auth', children: [] }];", true],
    ['a route of an element', 'src/App.tsx', '<Route path="/auth" element={<Auth />} />', true],
    ['a component of one file', 'src/Nav.vue', '<router-link :to="\'/auth/logout\'" />', true],
    [
      'another path',
      'src/router.ts',
      "fetch('https://api.example/auth/login'); go('/auth/register', '/author')",
      false,
    ],
    ['a package', 'src/router.ts', "import { auth } from 'auth'; import x from './auth/login';", false],
  ] as const)('routes where the endpoints are: %s', async (_, path, text, isFound) => {
    const notices = await noticesOf({ ...VITE, files: { [path]: text } });

    expect(notices.filter(({ advice }) => advice.includes('endpointPath'))).toHaveLength(isFound ? 1 : 0);
    if (isFound) expect(notices[0]?.found).toBe(path);
  });

  test('folders that are routes where the endpoints are', async () => {
    const files = { 'src/routes/auth/login/+page.js': '' };

    const [routed] = await noticesOf({ dependencies: ['@sveltejs/kit'], files });
    const plain = await noticesOf({ ...VITE, files });

    expect(routed).toMatchObject({ found: 'src/routes/auth', advice: expect.stringContaining('endpointPath') });
    expect(plain).toEqual([]);
  });

  test.each([
    ['vite.config.ts', { ...VITE, files: { 'vite.config.ts': "export default { base: '/app/' };" } }],
    [
      'next.config.mjs',
      { dependencies: ['next'], files: { 'next.config.mjs': "export default { basePath: '/app' };" } },
    ],
    [
      'angular.json',
      {
        dependencies: ['@angular/core'],
        files: { 'angular.json': JSON.stringify({ options: { baseHref: '/app/' } }) },
      },
    ],
    [
      'package.json',
      {
        files: {
          'package.json': JSON.stringify({
            dependencies: { 'react-scripts': '*' },
            homepage: 'https://www.example/app',
          }),
        },
      },
    ],
  ] as const)('a base path in %s', async (found, description) => {
    const notices = await noticesOf(description);

    expect(notices).toEqual([{ found, advice: expect.stringContaining("base: '/app/'") }]);
    expect(notices[0]?.advice).toContain("connect({ worker: '/app/tokenward-sw.js' })");
  });

  test('nothing where there is nothing, and says in lines for people what there is', async () => {
    const plain = { ...VITE, files: { 'vite.config.ts': "export default { base: './' };", 'src/main.ts': 'start();' } };
    const app = apps.create({ ...VITE, dependencies: ['vite', 'msw'] });

    const { stdout } = await tokenward(app, 'init');

    expect(await noticesOf(plain)).toEqual([]);
    expect(stdout).toContain('\nFound in the app:\n  msw\n    A scope has one service worker: ');
  });
});

describe('tokenward init with the Vite plugin', () => {
  const plugin =
    "import { tokenward } from 'tokenward/vite';\nexport default { base: '/app/', plugins: [tokenward()] };";
  const description: AppDescription = {
    dependencies: ['vite', 'msw'],
    files: { 'vite.config.ts': plugin, 'src/routes.ts': "export const routes = [{ path: '/auth' }];" },
  };

  test('changes no file, and says what else the app needs', async () => {
    const app = apps.create(description);
    const before = readdirSync(app, { recursive: true });

    const { stdout, stderr, exitCode } = await tokenward(app, 'init');

    expect(stdout).toContain('uses tokenward/vite, which makes the worker of the installed version');
    expect(stdout).toMatch(/\nFound in the app:\n {2}msw\n[^]* {2}src\/routes\.ts\n[^]* {2}vite\.config\.ts\n/);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    expect(readdirSync(app, { recursive: true })).toEqual(before);
  });

  test('says so to programs too, and finds nothing where there is nothing', async () => {
    const plain = { ...VITE, files: { 'vite.config.ts': plugin.replace("base: '/app/', ", '') } };

    const found = JSON.parse((await tokenward(apps.create(description), 'init', '--json')).stdout);
    const nothing = JSON.parse((await tokenward(apps.create(plain), 'init', '--json')).stdout);

    expect(found.files).toEqual([]);
    expect(found.notices.map((notice: Noticed) => notice.found)).toEqual(['msw', 'src/routes.ts', 'vite.config.ts']);
    expect(nothing).toEqual({ files: [], notices: [] });
  });

  test('says where the isolated callback is entered, and that the plugin serves it', async () => {
    const app = apps.create(description);

    const { stdout } = await tokenward(app, 'init', '--isolated-callback');
    const offered = await tokenward(app, 'init');

    expect(stdout).toContain(
      "Enter redirectUri: 'http://localhost:5174/' in src/tokenward-sw.js, and at the authorization server.",
    );
    expect(stdout).toContain('The plugin serves the isolated callback at http://localhost:5174/.');
    expect(offered.stdout).toContain('npx tokenward init --isolated-callback');
  });

  test.for(['sync', 'check'])('%s still ends with 2 and says why', async (command) => {
    const { stderr, exitCode } = await tokenward(apps.create(description), command);

    expect(stderr).toContain('there is no copy of it');
    expect(exitCode).toBe(2);
  });
});

describe('the local installation', () => {
  test('is what is copied, whatever version of the command runs', async () => {
    const app = apps.create(VITE);
    const local = join(app, 'node_modules/tokenward');
    writeFileSync(join(local, 'dist/standalone/tokenward-sw.js'), '// of the installed version');
    writeFileSync(join(local, 'package.json'), JSON.stringify({ ...manifest, version: '0.0.9' }));

    // As npx would, which fetched the newest.
    const { stdout } = await runCommand(['init', '--json'], { cwd: app });

    expect(JSON.parse(stdout).version).toBe('0.0.9');
    expect(read(app, 'public/tokenward-lib.js')).toBe('// of the installed version');
  });

  test('is demanded: nothing is fetched in its place', async () => {
    const app = apps.create({ ...VITE, package: 'missing' });

    const results = await Promise.all(['init', 'sync', 'check'].map((name) => runCommand([name], { cwd: app })));

    for (const { stderr, exitCode } of results) {
      expect(stderr).toContain('Install it first: npm install tokenward');
      expect(exitCode).toBe(2);
    }
    expect(existsSync(join(app, 'public'))).toBe(false);
  });
});

describe('tokenward check and sync', () => {
  test('see that the copy is not of the installed version, and fix it', async () => {
    const app = apps.create(VITE);
    await tokenward(app, 'init');
    const inStep = await tokenward(app, 'check');
    writeFileSync(join(app, 'public/tokenward-lib.js'), '// of another version');

    const drifted = await tokenward(app, 'check');
    const planned = await tokenward(app, 'sync', '--dry-run');
    const stillDrifted = await tokenward(app, 'check', '--json');
    const synced = await tokenward(app, 'sync');
    const fixed = await tokenward(app, 'check', '--json');

    expect(inStep).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('is that of tokenward') });
    expect(drifted).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('Run: npx tokenward sync') });
    expect(planned.stdout).toContain('public/tokenward-lib.js would be updated');
    expect(JSON.parse(stillDrifted.stdout)).toMatchObject({ isInStep: false });
    expect(synced.stdout).toContain('public/tokenward-lib.js updated');
    expect(fixed.exitCode).toBe(0);
    expect(JSON.parse(fixed.stdout)).toMatchObject({ isInStep: true });
  });

  test('see that the copy is missing', async () => {
    const app = apps.create(VITE);
    await tokenward(app, 'init');
    rmSync(join(app, 'public/tokenward-lib.js'));

    const { stdout, exitCode } = await tokenward(app, 'check');

    expect(stdout).toContain('public/tokenward-lib.js is missing');
    expect(exitCode).toBe(1);
  });
});

describe('tokenward uninstall', () => {
  test('puts a worker that removes itself in the place of the worker file, and deletes the copy', async () => {
    const app = apps.create(VITE);
    await tokenward(app, 'init');

    const planned = await tokenward(app, 'uninstall', '--dry-run');
    const untouched = read(app, 'public/tokenward-sw.js');
    const done = await tokenward(app, 'uninstall');
    const again = await tokenward(app, 'uninstall', '--json');

    expect(planned.stdout).toContain('public/tokenward-lib.js would be removed');
    expect(untouched).toBe(createWorkerFile(EXAMPLE));
    expect(done).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Remove connect() from the page') });
    expect(readdirSync(join(app, 'public'))).toEqual(['tokenward-sw.js']);
    expect(read(app, 'public/tokenward-sw.js')).toBe(REMOVAL_WORKER);
    expect(JSON.parse(again.stdout)).toMatchObject({
      files: [{ path: 'public/tokenward-sw.js', action: 'keep' }],
      isUnfinished: false,
    });
  });

  test('throws no code of the app away, and says what to do', async () => {
    const app = apps.create(VITE);
    await tokenward(app, 'init');
    const own = `${read(app, 'public/tokenward-sw.js')}\nself.addEventListener('push', () => {});\n`;
    writeFileSync(join(app, 'public/tokenward-sw.js'), own);

    const { stdout, exitCode } = await tokenward(app, 'uninstall');

    expect(stdout).toContain('holds code of your own');
    expect(read(app, 'public/tokenward-sw.js')).toBe(own);
    expect(existsSync(join(app, 'public/tokenward-lib.js'))).toBe(true);
    expect(exitCode).toBe(1);
  });

  test.each([
    ['by its own names', 'tokenward()', 'tokenward-sw.js', 'src/tokenward-sw.js'],
    [
      'by other names',
      "tokenward({ worker: 'src/sw/auth.ts', workers: [...['blob:']], fileName: 'auth-sw.js' })",
      'auth-sw.js',
      'src/sw/auth.ts',
    ],
  ])('with the Vite plugin, puts that worker where the plugin’s has been, %s', async (_, call, fileName, source) => {
    const config = `import { tokenward } from 'tokenward/vite';
export default { plugins: [react({ fileName: 'x.js' }), ${call}], worker: { format: 'es' } };`;
    const app = apps.create({ ...VITE, files: { 'vite.config.ts': config, [source]: 'tokenward.start({});' } });

    const done = await tokenward(app, 'uninstall');
    writeFileSync(join(app, 'vite.config.ts'), 'export default {};');
    const again = await tokenward(app, 'uninstall');

    expect(done.stdout).toContain(`public/${fileName} created`);
    expect(done.stdout).toContain(
      `Remove tokenward() and the import of tokenward/vite from vite.config.ts, and delete ${source}`,
    );
    expect(done.exitCode).toBe(1);
    expect(read(app, `public/${fileName}`)).toBe(REMOVAL_WORKER);
    expect(again.exitCode).toBe(0);
    expect(read(app, `public/${fileName}`)).toBe(REMOVAL_WORKER);
  });

  test('with the Vite plugin, says which option it cannot read', async () => {
    const config =
      "import { tokenward } from 'tokenward/vite';\nexport default { plugins: [tokenward({ fileName: name })] };";
    const app = apps.create({ ...VITE, files: { 'vite.config.ts': config } });

    const { stderr, exitCode } = await tokenward(app, 'uninstall');

    expect(stderr).toContain('vite.config.ts computes the option fileName');
    expect(exitCode).toBe(2);
    expect(existsSync(join(app, 'public'))).toBe(false);
  });

  test('has nothing to do where nothing is', async () => {
    const { stdout, exitCode } = await tokenward(apps.create(VITE), 'uninstall', '--json');

    expect(JSON.parse(stdout)).toMatchObject({ files: [], isUnfinished: false });
    expect(exitCode).toBe(0);
  });
});

test('the packed tarball, installed by npm, gives the app the command', async () => {
  const app = apps.create({ ...VITE, package: 'missing' });
  writeFileSync(join(app, 'package.json'), '{ "private": true, "devDependencies": { "vite": "*" } }');
  const run = async (program: string, commandLine: readonly string[]): Promise<string> => {
    const shell = process.platform === 'win32';
    return (await promisify(execFile)(program, commandLine, { cwd: app, shell })).stdout;
  };

  const quietly = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await run('npm', ['install', apps.tarball.path, ...quietly]);
  const version = await run('npx', ['--no-install', 'tokenward', '--version']);
  await run('npx', ['--no-install', 'tokenward', 'init']);
  await run('npx', ['--no-install', 'tokenward', 'check']);

  expect(version).toBe(`${manifest.version}\n`);
  expect(existsSync(join(app, 'public/tokenward-sw.js'))).toBe(true);
}, 120_000);
