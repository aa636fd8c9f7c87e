import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createConfigurationFile, EXAMPLE } from '../../src/cli/setup/configuration-file.ts';
import { PROVIDERS } from '../../src/cli/setup/providers/index.ts';
import { prepareAppFolders, type AppDescription, type AppFolders } from './app-folder.ts';
import { runCommand, type CommandResult } from './run-command.ts';

let apps: AppFolders;

beforeAll(async () => {
  apps = await prepareAppFolders();
});

afterAll(() => apps.remove());

const VITE: AppDescription = { dependencies: ['vite', 'react'], files: { 'vite.config.js': 'export default {};' } };
const IMPORT_PLUGIN = "import { tokenward } from 'tokenward/vite';";
const USE_PLUGIN = "plugins: [tokenward({ auto: 'on-401' })],";
const ASTRO: AppDescription = { dependencies: ['astro'], files: { 'astro.config.mjs': 'export default {};' } };
const EXPRESS: AppDescription = {
  dependencies: ['express'],
  files: { 'server.js': "import express from 'express';\nexpress().listen(3000);\n", 'public/index.html': '' },
};
const COMMONJS: AppDescription = {
  files: {
    'package.json': JSON.stringify({ dependencies: { express: '*' } }),
    'src/server.js': "const app = require('express')(); require('node:http').createServer(app);\n",
  },
};

/** Runs the command of the app's own package. */
function tokenward(app: string, ...commandLine: readonly string[]): Promise<CommandResult> {
  return runCommand(commandLine, { cwd: app, bin: join(app, 'node_modules/tokenward/dist/cli.js') });
}

function read(app: string, path: string): string {
  return readFileSync(join(app, path), 'utf8');
}

/** Lists the files of an app that is not empty, but for its packages. */
function filesOf(app: string): readonly string[] {
  return readdirSync(app, { recursive: true })
    .map(String)
    .filter((path) => !path.startsWith('node_modules'))
    .toSorted();
}

/** Runs the configuration in the app's folder, as its server does, and returns its options. */
async function load(app: string, name = 'tokenward.config.js', environment = {}): Promise<Record<string, unknown>> {
  const program = join(app, 'print-options.mjs');
  writeFileSync(program, `import config from './${name}'; console.log(JSON.stringify(config));`);
  const { stdout, stderr } = await runCommand([], { cwd: app, bin: program, environment });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

describe('tokenward init', () => {
  test.for<[what: string, description: AppDescription, framework: string | null, additions: readonly object[]]>([
    ['Vite', VITE, 'Vite', [{ file: 'vite.config.js', lines: [IMPORT_PLUGIN, USE_PLUGIN] }]],
    [
      'Express',
      EXPRESS,
      'Express',
      [
        {
          file: 'server.js',
          lines: [
            "import { createTokenward } from 'tokenward/server';",
            "import config from './tokenward.config.js';",
            'app.use(createTokenward(config).middleware); // before anything that serves files',
          ],
        },
        {
          file: 'public/index.html',
          lines: ['<script type="module" src="/tokenward/auto.js"></script>'],
        },
      ],
    ],
    [
      'an app in CommonJS, whose server is in a folder',
      COMMONJS,
      'Express',
      [
        {
          file: 'src/server.js',
          lines: [
            "const { createTokenward } = require('tokenward/server');",
            "const config = require('../tokenward.config.js');",
            'app.use(createTokenward(config).middleware); // before anything that serves files',
          ],
        },
        { file: 'the page, in its <head>', lines: ['<script type="module" src="/tokenward/auto.js"></script>'] },
      ],
    ],
    [
      'Hono',
      { dependencies: ['hono'], files: { 'src/index.ts': 'export const app = new Hono();', 'tsconfig.json': '{}' } },
      'Hono',
      [
        {
          file: 'src/index.ts',
          lines: [
            "import { createTokenward } from 'tokenward/server';",
            "import config from '../tokenward.config.js';",
            'export default { fetch: createTokenward(config).fetch(app.fetch) };',
          ],
        },
        { file: expect.any(String), lines: ['<script type="module" src="/tokenward/auto.js"></script>'] },
      ],
    ],
    [
      'Angular at a path, whose server is elsewhere',
      {
        dependencies: ['@angular/core'],
        files: {
          'angular.json': '{ "options": { "baseHref": "/app/" } }',
          'src/index.html': '',
          'tsconfig.json': '{}',
        },
      },
      'Angular',
      [
        { file: 'the server of the app', lines: expect.arrayContaining([expect.stringContaining('middleware')]) },
        { file: 'src/index.html', lines: ['<script type="module" src="/app/tokenward/auto.js"></script>'] },
      ],
    ],
    [
      'SvelteKit',
      {
        dependencies: ['@sveltejs/kit', 'vite'],
        files: { 'vite.config.js': 'export default {};', 'src/app.html': '' },
      },
      'SvelteKit',
      [
        { file: 'vite.config.js', lines: [IMPORT_PLUGIN, USE_PLUGIN] },
        { file: 'src/app.html', lines: ['<script type="module" src="/tokenward-auto.js"></script>'] },
      ],
    ],
    [
      'React Router, whose plugin is there already',
      {
        dependencies: ['@react-router/dev', 'vite'],
        files: { 'vite.config.ts': IMPORT_PLUGIN, 'app/root.tsx': '', 'tsconfig.json': '{}' },
      },
      'React Router',
      [{ file: 'app/root.tsx', lines: ['<script type="module" src="/tokenward-auto.js"></script>'] }],
    ],
    [
      'Astro at a path',
      { dependencies: ['astro'], files: { 'astro.config.mjs': "export default { base: '/docs' };" } },
      'Astro',
      [
        { file: 'astro.config.mjs', lines: [IMPORT_PLUGIN, "vite: { plugins: [tokenward({ auto: 'on-401' })] },"] },
        {
          file: 'the page, in its <head>',
          lines: [
            '<script type="module" src="/docs/tokenward-auto.js" data-worker="/docs/tokenward-sw.js" data-scope="/docs/"></script>',
          ],
        },
      ],
    ],
    [
      'Nuxt at a path',
      {
        dependencies: ['nuxt'],
        files: { 'nuxt.config.ts': "export default { app: { baseURL: '/shop/' } };", 'tsconfig.json': '{}' },
      },
      'Nuxt',
      [
        {
          file: 'server/middleware/tokenward.ts',
          lines: [
            "import { createTokenward } from 'tokenward/server';",
            "import config from '~~/tokenward.config';",
            'export default fromNodeMiddleware(createTokenward(config).middleware);',
          ],
        },
        {
          file: 'nuxt.config.ts',
          lines: ["app: { head: { script: [{ type: 'module', src: '/shop/tokenward/auto.js' }] } },"],
        },
      ],
    ],
    [
      'no framework',
      { files: { 'index.html': '' } },
      null,
      [expect.anything(), { file: 'index.html', lines: [expect.anything()] }],
    ],
  ])('writes one file, and names the lines to add: %s', async ([, description, framework, additions]) => {
    const app = apps.create(description);
    const before = filesOf(app);

    const { stdout, exitCode } = await tokenward(app, 'init', '--json');

    const isTypeScript = before.includes('tsconfig.json');
    const name = isTypeScript ? 'tokenward.config.ts' : 'tokenward.config.js';
    expect(JSON.parse(stdout)).toMatchObject({ framework, files: [{ path: name, action: 'create' }], additions });
    expect(filesOf(app)).toEqual([...before, name].toSorted());
    expect(exitCode).toBe(0);
  });

  test.for(['next', '@angular/core', 'react-scripts'])(
    'names the server of an app that has Vite for its tests alone: %s',
    async (dependency) => {
      const app = apps.create({ dependencies: [dependency, 'vite', 'vitest'] });

      const { stdout } = await tokenward(app, 'init', '--isolated-callback');

      expect(stdout).toContain('Add to the server of the app:');
      expect(stdout).toContain('with createCallbackHandler()');
      expect(stdout).not.toContain('tokenward/vite');
    },
  );

  test('says so in lines for people, asks nothing without a terminal, and says what is left to enter', async () => {
    const all = ['--issuer', 'https://login.example', '--client-id', 'spa', '--api', 'https://api.example'];

    const express = await tokenward(apps.create(EXPRESS), 'init');
    const vite = await tokenward(apps.create(VITE), 'init', '--yes', ...all);

    expect(express.stdout).toContain('  tokenward.config.js created\n');
    expect(express.stdout).toContain('\nAdd to server.js:\n  import { createTokenward }');
    expect(express.stdout).toContain('\nAdd to public/index.html:\n  <script type="module"');
    expect(express.stdout).toContain('npx tokenward build --help');
    expect(express.stdout).not.toContain('Found in the app');
    expect(express.stdout).toContain('Then enter issuer, clientId and protectedResources in tokenward.config.js. Run');
    expect(vite.stdout).toContain("\nAdd to vite.config.js:\n  import { tokenward } from 'tokenward/vite';\n");
    expect(vite.stdout).toContain('\nRun npx tokenward check in CI');
    expect(vite.stdout).not.toContain('Then enter');
  });

  test('says what to enter at the authorization server', async () => {
    const api = ['--api', 'https://api.example'];

    const local = await tokenward(apps.create(VITE), 'init');
    const served = await tokenward(apps.create(VITE), 'init', '--origin', 'https://app.example/start', ...api);

    expect(local.stdout).toContain('redirect URI           http://localhost:5173/auth/callback, and no other');
    expect(served.stdout).toContain('redirect URI           https://app.example/auth/callback');
    expect(served.stdout).toContain('sign-out redirect URI  https://app.example/\n');
    expect(served.stdout).toContain('CORS origin            https://app.example\n');
    expect(served.stdout).toContain('grant types            authorization_code, refresh_token');
    expect(served.stdout).toContain('The API (https://api.example)');
    expect(local.stdout).toContain('If it shows a page\ninstead, the browser does not go there again by itself.');
  });

  test.for([EXPRESS, COMMONJS])('writes a configuration that runs, with what was said: %#', async (description) => {
    const app = apps.create(description);
    const said = ['--issuer', "https://login.example/o'brien", '--client-id', 'spa', '--api', 'https://one.example/v1'];

    await tokenward(app, 'init', ...said, 'https://two.example');

    expect(await load(app)).toMatchObject({
      origin: 'http://localhost:3000',
      issuer: "https://login.example/o'brien",
      clientId: 'spa',
      protectedResources: [{ url: 'https://one.example/v1' }, { url: 'https://two.example' }],
    });
    expect(await load(app, undefined, { ORIGIN: 'https://app.example' })).toMatchObject({
      origin: 'https://app.example',
    });
  });

  test('writes commented options that the server takes', async () => {
    const app = apps.create(EXPRESS);
    await tokenward(app, 'init');
    const unfolded = read(app, 'tokenward.config.js').replaceAll(/^ {2}\/\/ (\w+: .*,)$/gm, '  $1');
    writeFileSync(join(app, 'unfolded.mjs'), unfolded);
    const program = `import { createTokenward } from 'tokenward/server';
import config from './unfolded.mjs';
createTokenward(config);
console.log(Object.keys(config).length);`;
    writeFileSync(join(app, 'serve.mjs'), program);

    const { stdout, stderr } = await runCommand([], { cwd: app, bin: join(app, 'serve.mjs') });

    expect(stderr).toBe('');
    expect(Number(stdout)).toBeGreaterThan(8);
  });

  test('leaves a configuration that is there as it is', async () => {
    const files = { ...EXPRESS.files, 'tokenward.config.mjs': 'export default {};' };
    const app = apps.create({ ...EXPRESS, files });

    const { stdout } = await tokenward(app, 'init', '--issuer', 'https://login.example');

    expect(stdout).toContain('tokenward.config.mjs kept as it is');
    expect(stdout).toContain("import config from './tokenward.config.mjs';");
    expect(read(app, 'tokenward.config.mjs')).toBe('export default {};');
  });

  test('sets an isolated callback up, and offers one where there is none', async () => {
    const flags = ['--isolated-callback', '--origin'];
    const app = apps.create(EXPRESS);

    const plain = await tokenward(apps.create(VITE), 'init');
    const local = await tokenward(app, 'init', '--isolated-callback');
    const vite = await tokenward(apps.create(VITE), 'init', '--isolated-callback');
    const astro = await tokenward(apps.create(ASTRO), 'init', '--isolated-callback');
    const served = await tokenward(apps.create(VITE), 'init', ...flags, 'https://app.example');
    const kept = await tokenward(app, 'init', '--isolated-callback', 'http://localhost:6000/done');
    const sameOrigin = await tokenward(app, 'init', '--isolated-callback', 'http://localhost:3000/other');

    expect(plain.stdout).toContain(
      'An isolated callback (redirect URI http://localhost:5174/) keeps the code of every sign-in',
    );
    expect(local.stdout).toContain('redirect URI           http://localhost:3001/, and no other');
    expect(local.stdout).toContain('must listen at http://localhost:3001/ too, with createCallbackHandler()');
    expect(local.stdout).not.toContain('npx tokenward init --isolated-callback');
    expect(await load(app)).toMatchObject({ redirectUri: 'http://localhost:3001/' });
    expect(vite.stdout).toContain('The plugin serves the isolated callback at http://localhost:5174/.');
    expect(astro.stdout).toContain('The plugin serves the isolated callback at http://localhost:4322/.');
    expect(served.stdout).toContain(
      'npx tokenward callback --app https://app.example/auth/callback --redirect-uri https://signin.app.example/ --out callback',
    );
    expect(kept.stdout).toContain("Then enter redirectUri: 'http://localhost:6000/done' in tokenward.config.js");
    expect(sameOrigin).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('needs an origin of its own') });
  });

  test.for<[what: string, flags: readonly string[], files: Readonly<Record<string, string>>]>([
    ['that is said', ['--base', '/app/'], {}],
    ['of the framework', [], { 'vite.config.js': "export default { base: '/app' };" }],
  ])('knows the path of the app, %s', async ([, flags, files]) => {
    const app = apps.create({ ...VITE, files });

    const { stdout } = await tokenward(app, 'init', ...flags);

    expect(stdout).toContain('redirect URI           http://localhost:5173/app/auth/callback, and no other');
    expect(stdout).toContain('sign-out redirect URI  http://localhost:5173/app/\n');
    expect(await load(app)).toMatchObject({ base: '/app/' });
  });

  test('refuses a path of the app without slashes around it', async () => {
    const { exitCode, stderr } = await tokenward(apps.create(VITE), 'init', '--base', '/app');

    expect(exitCode).toBe(2);
    expect(stderr).toContain('begin and end with a slash');
  });

  test('does nothing with --dry-run, and says what it would do', async () => {
    const app = apps.create(VITE);
    const before = filesOf(app);

    const { stdout, exitCode } = await tokenward(app, 'init', '--dry-run');

    expect(stdout).toContain('tokenward.config.js would be created');
    expect(filesOf(app)).toEqual(before);
    expect(exitCode).toBe(0);
  });

  test('finds the app from below', async () => {
    const app = apps.create({ ...VITE, files: { 'src/deep/main.ts': '' } });

    const bin = join(app, 'node_modules/tokenward/dist/cli.js');
    await runCommand(['init'], { cwd: join(app, 'src/deep'), bin });

    expect(read(app, 'tokenward.config.js')).toBe(
      createConfigurationFile({ ...EXAMPLE, origin: 'http://localhost:5173' }, 'module'),
    );
  });

  test.for<[what: string, description: AppDescription, message: string]>([
    ['package.json is none', { files: { 'package.json': '[' } }, 'holds no JSON object'],
    ['a file has the name of the folder', { ...VITE, files: { public: '' } }, 'is not a folder'],
  ])('ends with 2 and says what to do where %s', async ([, description, message]) => {
    const { stderr, stdout, exitCode } = await tokenward(apps.create(description), 'init');

    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(exitCode).toBe(2);
  });
});

describe('tokenward init --provider', () => {
  const values = ['--client-id', 'spa', '--api', 'https://api.notes.example/v1'];

  test.for([EXPRESS, COMMONJS, VITE])(
    'writes the profile of the provider, which check accepts: %#',
    async (description) => {
      const app = apps.create(description);

      const { stdout, exitCode } = await tokenward(app, 'init', '--provider', 'cognito', ...values);
      const checked = await tokenward(app, 'check');

      expect(exitCode).toBe(0);
      expect(await load(app)).toMatchObject({
        issuer: 'https://cognito-idp.REGION.amazonaws.com/USER_POOL_ID',
        clientId: 'spa',
        protectedResources: [{ url: 'https://api.notes.example/v1' }],
        endSession: { parameters: { client_id: 'spa' } },
      });
      expect(stdout).toContain('Enter at Amazon Cognito:\n  App clients, Create app client  Single-page application');
      expect(stdout).toContain('Limits of Amazon Cognito (docs/providers.md):\n  The sign-out takes parameters');
      expect(stdout).toContain('Then replace REGION, USER_POOL_ID and DOMAIN_PREFIX in tokenward.config.js. Run');
      expect(stdout).not.toContain('Enter at the authorization server');
      expect(checked).toMatchObject({ exitCode: 0 });
    },
  );

  test('writes TypeScript, and gives programs the profile', async () => {
    const app = apps.create({ ...VITE, files: { ...VITE.files, 'tsconfig.json': '{}' } });

    const { stdout } = await tokenward(app, 'init', '--provider', 'okta', '--origin', 'https://app.example', '--json');

    expect(read(app, 'tokenward.config.ts')).toContain(
      "  origin: 'https://app.example',\n  issuer: 'https://ORG.okta.com",
    );
    expect(JSON.parse(stdout)).toMatchObject({
      files: [{ path: 'tokenward.config.ts', action: 'create' }],
      provider: {
        name: 'okta',
        register: expect.arrayContaining([
          { setting: 'Sign-in redirect URIs', value: 'https://app.example/auth/callback' },
        ]),
        limits: [expect.stringContaining('there is no audience parameter')],
        placeholders: expect.arrayContaining(['CLIENT_ID', 'notes:read']),
      },
    });
  });

  test('lists the names if it does not know one, and writes nothing', async () => {
    const app = apps.create(VITE);
    const before = filesOf(app);

    const { stdout, stderr, exitCode } = await tokenward(app, 'init', '--provider', 'Auth0');

    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    for (const { name } of PROVIDERS) expect(stderr).toContain(name);
    expect(filesOf(app)).toEqual(before);
  });

  test('leaves a configuration that is there as it is', async () => {
    const files = { ...EXPRESS.files, 'tokenward.config.js': 'export default {};' };
    const app = apps.create({ ...EXPRESS, files });

    const { stdout } = await tokenward(app, 'init', '--provider', 'auth0');

    expect(stdout).toContain('tokenward.config.js kept as it is');
    expect(stdout).toContain('Enter at Auth0:');
    expect(read(app, 'tokenward.config.js')).toBe('export default {};');
  });

  test('refuses an isolated callback where the provider posts its response, and offers none', async () => {
    const app = apps.create(EXPRESS);

    const refused = await tokenward(app, 'init', '--provider', 'apple', '--isolated-callback');
    const { stdout } = await tokenward(app, 'init', '--provider', 'apple', '--dry-run');

    expect(refused).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('as a form') });
    expect(stdout).not.toContain('--isolated-callback');
    expect(filesOf(app)).not.toContain('tokenward.config.js');
  });

  test('is in the help', async () => {
    const { stdout } = await tokenward(apps.create(VITE), 'init', '--help');

    expect(stdout).toContain('--provider <name>');
  });
});

describe('tokenward init in an older set-up', () => {
  const worker = "importScripts('/tokenward-lib.js');\ntokenward.start({ issuer: 'https://own.example' });\n";
  const plugin = "import { tokenward } from 'tokenward/vite';\nexport default { plugins: [tokenward()] };";

  test.for<[what: string, description: AppDescription, folder: readonly string[], moved: string]>([
    [
      'a worker file of Vite’s app',
      { ...VITE, files: { 'public/tokenward-sw.js': worker, 'public/tokenward-lib.js': '// of long ago' } },
      [],
      'delete public/tokenward-sw.js and public/tokenward-lib.js',
    ],
    [
      'a worker file of Angular’s app',
      {
        dependencies: ['@angular/core'],
        files: { 'src/tokenward-sw.js': worker, 'src/tokenward-lib.js': '// of long ago', 'angular.json': '{}' },
      },
      [],
      'delete src/tokenward-sw.js and src/tokenward-lib.js',
    ],
    [
      'a worker file in a folder that is named',
      { files: { 'site/tokenward-sw.js': worker, 'site/tokenward-lib.js': '// of long ago' } },
      ['site'],
      'delete site/tokenward-sw.js and site/tokenward-lib.js',
    ],
    [
      'a worker file for Vite’s plugin',
      { ...VITE, files: { 'vite.config.js': plugin, 'src/tokenward-sw.js': worker } },
      [],
      'delete src/tokenward-sw.js, and add',
    ],
  ])(
    'says in one sentence how to move, and changes nothing but the copy: %s',
    async ([, description, folder, moved]) => {
      const app = apps.create(description);
      const before = filesOf(app);

      const { stdout, exitCode } = await tokenward(app, 'init', ...folder);

      const [sentence = '', ...others] = stdout.split('\n').filter((line) => line.includes('to move, '));
      expect(others).toEqual([]);
      expect(sentence).toMatch(/ goes on working; to move, .*tokenward\.config\.js.*\.$/);
      expect(sentence).toContain(moved);
      expect(filesOf(app)).toEqual(before);
      for (const path of before) {
        if (path.endsWith('-sw.js')) expect(read(app, path)).toBe(worker);
        if (path.endsWith('-lib.js')) expect(read(app, path)).not.toContain('of long ago');
      }
      expect(exitCode).toBe(0);
    },
  );

  test('copies the library that a worker file imports and that is not there, as after a clone', async () => {
    const app = apps.create({ ...VITE, files: { 'public/tokenward-sw.js': worker } });

    const { stdout } = await tokenward(app, 'init', '--yes');

    expect(stdout).toContain('public/tokenward-lib.js created');
    expect(read(app, 'public/tokenward-lib.js')).toBe(read(apps.packageFolder, 'dist/standalone/tokenward-sw.js'));
  });

  test('gives programs the sentence too, and says what the worker file does not hold', async () => {
    const bundled = worker.replace("importScripts('/tokenward-lib.js');\n", '');
    const app = apps.create({ ...VITE, files: { 'public/tokenward-sw.js': bundled } });

    const { stdout } = await tokenward(app, 'init', '--json');
    const asked = await tokenward(app, 'init', '--isolated-callback', '--base', '/app/');

    expect(JSON.parse(stdout)).toMatchObject({ files: [], move: expect.stringContaining('to move, ') });
    expect(asked.stdout).toContain(
      "Then enter base: '/app/' and redirectUri: 'http://localhost:5174/' in public/tokenward-sw.js",
    );
  });

  test('finds none in a worker that removes itself, or in one of the app’s own', async () => {
    const own =
      "import { startTokenward } from 'tokenward/sw';\nimport config from '../tokenward.config.js';\nstartTokenward(config);";
    const moved = apps.create({
      ...VITE,
      files: { 'src/sw.js': own, 'public/tokenward-sw.js': "self.addEventListener('push', go);" },
    });

    const { stdout } = await tokenward(moved, 'init', '--json');

    expect(JSON.parse(stdout)).toMatchObject({ files: [{ path: 'tokenward.config.js', action: 'create' }] });
    expect(stdout).not.toContain('to move');
  });

  test('adds nothing to an app whose Vite has the plugin already', async () => {
    const description = { ...VITE, files: { 'vite.config.js': plugin } };

    const { stdout } = await tokenward(apps.create(description), 'init', '--json');

    expect(JSON.parse(stdout)).toMatchObject({ files: [{ action: 'create' }], additions: [] });
  });
});
