import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { buildIfNeeded, ROOT, runScript } from '../support/build.ts';
import { reportApi } from './api-report.ts';
import { listSourceFiles } from './imports.ts';
import { packTarball, runCompiler, runPackage, type Tarball } from './tarball.ts';

let folder: string;
let tarball: Tarball;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokenward-package-'));
  await buildIfNeeded();
  await runScript('declarations');
  removeOrphanedDeclarations();
  tarball = await packTarball(folder);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true }));

describe('the npm package', () => {
  test('holds the bundles, the declarations of what is in them, and no more', () => {
    const sources = listSourceFiles(ROOT, ['src', 'sw'])
      .filter((file) => !file.startsWith('src/node/cli/'))
      .map((file) => `dist/types/${file.replace(/ts$/, 'd.ts')}`);
    const modules = [
      'index',
      'server',
      'sw',
      'auto',
      'vite',
      'workbox',
      'inspector',
      'testing',
      'testing/server',
      'compat/auth0',
    ];
    const bundles = [
      ...modules.flatMap((name) => [`dist/${name}.js`, `dist/${name}.js.map`]),
      'dist/cli.js',
      'dist/cli-licenses.txt',
    ];
    const scripts = ['tokenward-sw', 'tokenward-workbox'].flatMap((name) => [`${name}.d.ts`, `${name}.js`]);
    const standalone = ['THIRD-PARTY-LICENSES.txt', 'package.json', ...scripts];
    const documents = ['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md'];
    const allowed = [...documents, ...bundles, ...standalone.map((file) => `dist/standalone/${file}`), ...sources];

    expect(tarball.files.filter((file) => !allowed.includes(file) && file !== 'package.json')).toEqual([]);
    expect(tarball.files).toEqual(expect.arrayContaining([...bundles, ...sources, ...documents]));
  });

  test('is accepted by publint, strictly', async () => {
    expect(await runPackage('publint', [tarball.path, '--strict'])).toMatchObject({ isContent: true });
  });

  test('gives every entry types that fit, as far as Are The Types Wrong can tell', async () => {
    const commandLine = [tarball.path, '--profile', 'esm-only', '--no-emoji'];

    expect(await runPackage('attw', commandLine)).toMatchObject({ isContent: true });
  }, 60_000);

  test('exports what the committed reports say: after a change that is meant, npm run api writes them anew', () => {
    expect(reportApi('compare')).toEqual([]);
  }, 60_000);

  test.for([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ] as const)('type-checks in an app with module %s and resolution %s', async ([module, moduleResolution]) => {
    const app = makeApp(`app-${moduleResolution}`);
    const shared = { module, moduleResolution, target: 'es2022', strict: true, noEmit: true, types: [] };
    writeProject(join(app, 'page'), { ...shared, lib: ['es2022', 'dom'] }, PAGE);
    writeProject(join(app, 'worker'), { ...shared, lib: ['es2022', 'webworker'] }, WORKER);
    writeProject(join(app, 'classic'), { ...shared, lib: ['es2022', 'webworker'] }, CLASSIC_WORKER);
    // Vite's own declarations are not ours to check.
    writeProject(join(app, 'vite'), { ...shared, lib: ['es2023'], types: ['node'], skipLibCheck: true }, VITE_CONFIG);

    for (const project of ['page', 'worker', 'classic', 'vite']) {
      expect(await runCompiler(['-p', join(app, project)])).toEqual({ isContent: true, output: '' });
    }
  });
});

const PAGE = `
import { connect, isTokenwardError, type TokenwardClient } from 'tokenward';
const client: TokenwardClient = await connect({ worker: '/tokenward-sw.js' });
const status: 'signed-in' | 'signed-out' = client.session.status;
// @ts-expect-error A worker has to be named: the types are there, and are not \`any\`.
await connect({ nothing: status });
export const known: boolean = isTokenwardError(null);

import 'tokenward/inspector';
import { createAuth0Client } from 'tokenward/compat/auth0';
import { createTestClient } from 'tokenward/testing';
const token: string = await (await createAuth0Client({ domain: 'd', clientId: 'c' })).getTokenSilently();
export const fake: TokenwardClient = createTestClient({ user: { claims: { sub: token } } });
`;

const WORKER = `
import { startTokenward } from 'tokenward/sw';
startTokenward({ issuer: 'https://as.example', clientId: 'app', protectedResources: [] });
// @ts-expect-error An issuer has to be named.
startTokenward({});
`;

const CLASSIC_WORKER = `
/// <reference types="tokenward/sw/standalone" />
tokenward.start({ issuer: 'https://as.example', clientId: 'app', protectedResources: [] });
// @ts-expect-error An issuer has to be named.
tokenward.start({});
`;

const VITE_CONFIG = `
import { tokenward } from 'tokenward/vite';
import { defineConfig } from 'vite';
export default defineConfig({ plugins: [tokenward({ worker: 'src/worker.ts' })] });
// @ts-expect-error There is no such option.
tokenward({ nothing: true });
`;

/** The compiler leaves the declarations of files that are gone; `npm publish` starts from an empty `dist`. */
function removeOrphanedDeclarations(): void {
  for (const file of listSourceFiles(ROOT, ['dist/types/src', 'dist/types/sw'])) {
    const source = file.replace('dist/types/', '').replace(/\.d\.ts$/, '.ts');
    if (!existsSync(join(ROOT, source))) rmSync(join(ROOT, file));
  }
}

/** A folder with the package as npm would install it. */
function makeApp(name: string): string {
  const app = join(folder, name);
  const modules = join(app, 'node_modules');
  mkdirSync(modules, { recursive: true });
  mkdirSync(join(modules, '@types'));
  for (const dependency of [...Object.keys(manifest.dependencies), 'vite', '@types/node']) {
    symlinkSync(join(ROOT, 'node_modules', dependency), join(modules, dependency), 'junction');
  }
  mkdirSync(join(modules, 'tokenward'));
  for (const file of tarball.files) cpSync(join(ROOT, file), join(modules, 'tokenward', file));
  writeFileSync(join(app, 'package.json'), '{ "type": "module" }');
  return app;
}

function writeProject(project: string, compilerOptions: Readonly<Record<string, unknown>>, text: string): void {
  mkdirSync(project);
  writeFileSync(join(project, 'main.ts'), text);
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
}
