import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { REMOVAL_WORKER } from '../../src/cli/setup/removal-worker.ts';
import { prepareAppFolders, type AppDescription, type AppFolders } from './app-folder.ts';
import { runCommand, type CommandResult } from './run-command.ts';

let apps: AppFolders;

beforeAll(async () => {
  apps = await prepareAppFolders();
});

afterAll(() => apps.remove());

const VITE: AppDescription = { dependencies: ['vite', 'react'], files: { 'vite.config.ts': 'export default {};' } };

/** Runs the command of the app's own package. */
function tokenward(app: string, ...commandLine: readonly string[]): Promise<CommandResult> {
  return runCommand(commandLine, { cwd: app, bin: join(app, 'node_modules/tokenward/dist/cli.js') });
}

function read(app: string, path: string): string {
  return readFileSync(join(app, path), 'utf8');
}

const WORKER_FILE = `importScripts('/tokenward-lib.js');
tokenward.start({
  issuer: 'https://login.example',
  clientId: 'my-app',
  protectedResources: [{ url: 'https://api.example/v1' }],
});
`;

/** Makes an app as they were before there was one configuration: a worker file, and a copy of the library beside it. */
function createOlder(description: AppDescription = VITE, folder = 'public'): string {
  const library = read(apps.packageFolder, 'dist/standalone/tokenward-sw.js');
  const files = { [`${folder}/tokenward-sw.js`]: WORKER_FILE, [`${folder}/tokenward-lib.js`]: library };
  return apps.create({ ...description, files: { ...description.files, ...files } });
}

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

describe('the local installation', () => {
  test('is what is copied, whatever version of the command runs', async () => {
    const app = createOlder();
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

    const results = await Promise.all(['init', 'check'].map((name) => runCommand([name], { cwd: app })));

    for (const { stderr, exitCode } of results) {
      expect(stderr).toContain('Install it first: npm install tokenward');
      expect(exitCode).toBe(2);
    }
    expect(readdirSync(app)).toEqual(['package.json', 'vite.config.ts']);
  });
});

describe('tokenward check in an older set-up', () => {
  test('sees that the copy is not of the installed version, and init fixes it', async () => {
    const app = createOlder();
    const inStep = await tokenward(app, 'check');
    writeFileSync(join(app, 'public/tokenward-lib.js'), '// of another version');

    const drifted = await tokenward(app, 'check');
    const planned = await tokenward(app, 'init', '--dry-run');
    const stillDrifted = await tokenward(app, 'check', '--json');
    const renewed = await tokenward(app, 'init', '--yes');
    const fixed = await tokenward(app, 'check', '--json');

    expect(inStep).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('is that of tokenward') });
    expect(drifted).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('Run: npx tokenward init --yes') });
    expect(planned.stdout).toContain('public/tokenward-lib.js would be updated');
    expect(JSON.parse(stillDrifted.stdout)).toMatchObject({ isInStep: false });
    expect(renewed.stdout).toContain('public/tokenward-lib.js updated');
    expect(fixed.exitCode).toBe(0);
    expect(JSON.parse(fixed.stdout)).toMatchObject({ isInStep: true });
  });

  test('sees that the copy is missing', async () => {
    const app = createOlder();
    rmSync(join(app, 'public/tokenward-lib.js'));

    const { stdout, exitCode } = await tokenward(app, 'check');

    expect(stdout).toContain('public/tokenward-lib.js is missing');
    expect(exitCode).toBe(1);
  });

  test('ends with 2 where Vite’s plugin makes the worker, and says why', async () => {
    const plugin = "import { tokenward } from 'tokenward/vite';\nexport default { plugins: [tokenward()] };";

    const { stderr, exitCode } = await tokenward(
      apps.create({ ...VITE, files: { 'vite.config.ts': plugin } }),
      'check',
    );

    expect(stderr).toContain('there is no copy of it');
    expect(exitCode).toBe(2);
  });

  test('has no sync beside it any more, which says what to run', async () => {
    const { stderr, exitCode } = await tokenward(createOlder(), 'sync', 'public', '--dry-run');

    expect(stderr).toContain('npx tokenward init --yes');
    expect(exitCode).toBe(2);
  });
});

describe('tokenward uninstall', () => {
  test('puts a worker that removes itself in the place of the worker file, and deletes the copy', async () => {
    const app = createOlder();

    const planned = await tokenward(app, 'uninstall', '--dry-run');
    const untouched = read(app, 'public/tokenward-sw.js');
    const done = await tokenward(app, 'uninstall');
    const again = await tokenward(app, 'uninstall', '--json');

    expect(planned.stdout).toContain('public/tokenward-lib.js would be removed');
    expect(untouched).toBe(WORKER_FILE);
    expect(done).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Remove connect() from the page') });
    expect(readdirSync(join(app, 'public'))).toEqual(['tokenward-sw.js']);
    expect(read(app, 'public/tokenward-sw.js')).toBe(REMOVAL_WORKER);
    expect(JSON.parse(again.stdout)).toMatchObject({
      files: [{ path: 'public/tokenward-sw.js', action: 'keep' }],
      isUnfinished: false,
    });
  });

  test('throws no code of the app away, and says what to do', async () => {
    const app = createOlder();
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

  test.for<[what: string, description: AppDescription, next: string]>([
    [
      'the server',
      { dependencies: ['express'], files: { 'public/index.html': '' } },
      'Remove createTokenward() from the server, and delete tokenward.config.js',
    ],
    [
      'Vite’s plugin',
      { ...VITE, files: { 'vite.config.ts': "import { tokenward } from 'tokenward/vite'; tokenward();" } },
      'from vite.config.ts, and delete tokenward.config.js: the plugin',
    ],
    [
      'Vite’s plugin in Astro',
      {
        dependencies: ['astro'],
        files: { 'astro.config.mjs': "import { tokenward } from 'tokenward/vite'; tokenward();" },
      },
      'from astro.config.mjs, and delete tokenward.config.js: the plugin',
    ],
  ])('in an app with one configuration, puts that worker where it has been, %s', async ([, description, next]) => {
    const files = { ...description.files, 'tokenward.config.js': 'export default {};' };
    const app = apps.create({ ...description, files });

    const done = await tokenward(app, 'uninstall');
    rmSync(join(app, 'tokenward.config.js'));
    for (const name of Object.keys(description.files ?? {})) writeFileSync(join(app, name), 'export default {};');
    const again = await tokenward(app, 'uninstall');

    expect(done.stdout).toContain('public/tokenward-sw.js created');
    expect(done.stdout).toContain(next);
    expect([done.exitCode, again.exitCode]).toEqual([1, 0]);
    expect(read(app, 'public/tokenward-sw.js')).toBe(REMOVAL_WORKER);
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

  expect(version).toBe(`${manifest.version}\n`);
  expect(existsSync(join(app, 'tokenward.config.js'))).toBe(true);
});
