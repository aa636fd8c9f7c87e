import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { ENTRIES } from '../../pack/entries.ts';
import { buildIfNeeded, declareIfNeeded, ROOT } from '../support/build.ts';
import { reportApi } from './api-report.ts';
import { compareReports, COPIED_MODULE, LIBRARY_MODULE, readReport, reportPackage } from './package-report.ts';
import { type Compiler, packTarball, runCompiler, runPackage, type Tarball, unpackTarball } from './tarball.ts';

let folder: string;
let tarball: Tarball;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokenward-package-'));
  await buildIfNeeded();
  await declareIfNeeded();
  tarball = await packTarball(folder);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('the npm package', () => {
  test('is what the committed report says: after a change that is meant, npm run api writes it anew', async () => {
    expect(compareReports(readReport(), await reportPackage(tarball))).toEqual([]);
  });

  test('holds what package.json names, the source maps and licences of that, four documents, and no more', () => {
    const { bin, exports } = manifest;
    const targets = JSON.stringify([bin, exports]).match(/(?<="\.\/)dist\/[^"]+/g) ?? [];
    const folders = ENTRIES.flatMap(({ path }) => (path === '' ? [] : [`${path}/package.json`]));
    const moduleTypes = ['dist/cjs/package.json', 'dist/standalone/package.json'];
    const licences = ['dist/cli-licenses.txt', 'dist/standalone/THIRD-PARTY-LICENSES.txt'];
    const documents = ['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'package.json'];
    const meant = new Set([
      ...targets,
      COPIED_MODULE,
      LIBRARY_MODULE,
      ...folders,
      ...moduleTypes,
      ...licences,
      ...documents,
    ]);
    const isMeant = (file: string): boolean => meant.has(file.replace(/(?<=\.js)\.map$/, ''));

    expect(tarball.files.filter((file) => !isMeant(file))).toEqual([]);
    expect([...meant].filter((file) => !tarball.files.includes(file))).toEqual([]);
  });

  test('holds source maps that bring their sources with them, none of them a test', async () => {
    const unpacked = await unpackTarball(tarball, mkdtempSync(join(folder, 'maps-')));
    const maps = tarball.files.filter((file) => file.endsWith('.map'));

    for (const file of maps) {
      const map: { sources: readonly string[]; sourcesContent?: readonly unknown[] } = JSON.parse(
        readFileSync(join(unpacked, file), 'utf8'),
      );
      expect(map.sourcesContent, file).toEqual(map.sources.map(() => expect.any(String)));
      expect(map.sources.filter((source) => !/^(?:\.\.\/)+(?:src|sw)\/(?!.*\.test\.)/.test(source), file)).toEqual([]);
    }
    expect(maps).not.toEqual([]);
    expect(maps).not.toContain(`${COPIED_MODULE}.map`);
  });

  test('is accepted by publint, strictly and without a suggestion', async () => {
    const verdict = await runPackage('publint', [tarball.path, '--strict']);

    // Its exit code is 0 with suggestions too.
    expect(verdict).toEqual({ isContent: true, output: expect.stringContaining('All good!') });
  });

  test('gives every entry types that match, according to Are The Types Wrong, with no rule ignored', async () => {
    const verdict = await runPackage('attw', [tarball.path, '--no-emoji']);

    expect(verdict).toEqual({ isContent: true, output: expect.stringContaining('No problems found') });
    expect(verdict.output).not.toMatch(/ignor/i);
  });

  test('exports what the committed reports say: after a change that is meant, npm run api writes them anew', () => {
    expect(reportApi('compare')).toEqual([]);
  });

  test.for<[compiler: Compiler, module: string, moduleResolution: string]>([
    ['typescript-4.9', 'esnext', 'node'],
    ['typescript-4.9', 'node16', 'node16'],
    ['typescript-5.0', 'esnext', 'node'],
    ['typescript-5.0', 'node16', 'node16'],
    ['typescript-5.0', 'esnext', 'bundler'],
    ['typescript-5.5', 'esnext', 'node'],
    ['typescript-5.5', 'nodenext', 'nodenext'],
    ['typescript-5.5', 'esnext', 'bundler'],
    ['typescript', 'nodenext', 'nodenext'],
    ['typescript', 'esnext', 'bundler'],
  ])('has types that %s reads, with module %s and resolution %s', async ([compiler, module, moduleResolution]) => {
    const app = await makeApp(`${compiler}-${moduleResolution}`);
    // The compiler's own libraries are not ours to check.
    const skipped = { skipDefaultLibCheck: true };
    const shared = { module, moduleResolution, target: 'es2022', strict: true, noEmit: true, ...skipped };
    writeProject(join(app, 'page'), { ...shared, lib: ['es2022', 'dom'], types: [] }, { 'main.ts': PAGE });
    writeProject(
      join(app, 'worker'),
      { ...shared, lib: ['es2022', 'webworker'], types: [] },
      { 'main.ts': WORKER, 'classic.ts': CLASSIC_WORKER },
    );
    // The declarations of Node and Vite are not ours to check.
    writeProject(
      join(app, 'server'),
      { ...shared, lib: ['es2022', 'dom'], types: ['node'], skipLibCheck: true },
      {
        'main.ts': SERVER,
        ...(compiler === 'typescript' && { 'vite.config.ts': VITE_CONFIG }),
        ...(module.startsWith('node') && { 'required.cts': REQUIRED }),
      },
    );

    // React's declarations are not ours to check.
    const ofReact = { jsx: 'react-jsx', lib: ['es2022', 'dom'], types: [], skipLibCheck: true };
    writeProject(join(app, 'react'), { ...shared, ...ofReact }, { 'main.tsx': REACT });

    const projects = ['page', 'worker', 'server', 'react'];
    // One run for all, so that it reads the libraries once.
    const verdict = await runCompiler(['-b', ...projects.map((name) => join(app, name))], compiler);

    expect(verdict).toEqual({ isContent: true, output: '' });
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

const REACT = `
import { connect, type Claims } from 'tokenward';
import { SignedIn, SignedOut, TokenwardProvider, useLogin, useSession } from 'tokenward/react';
interface Named extends Claims { readonly name: string }
const client = connect<Named>();
function Login() {
  const { login, isPending, error } = useLogin();
  // @ts-expect-error There is no such option.
  login({ nothing: true });
  return <button onClick={login} disabled={isPending}>{error?.code}</button>;
}
function Name() {
  const session = useSession<Named>();
  return <p>{session.status === 'signed-in' ? session.claims.name : session.reason}</p>;
}
export const app = (
  <TokenwardProvider client={client} fallback={<p />}>
    <SignedIn<Named>>{({ claims }) => <h1>{claims.name}</h1>}</SignedIn>
    <SignedIn><Name /></SignedIn>
    <SignedOut><Login /></SignedOut>
  </TokenwardProvider>
);
// @ts-expect-error A client has to be given.
export const wrong = <TokenwardProvider />;
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

const SERVER = `
import { createTokenwardHandler, type TokenwardHandlerOptions } from 'tokenward/server';
import { startTestServers, type TestServers } from 'tokenward/testing/server';
import { tokenward } from 'tokenward/vite';
declare const options: TokenwardHandlerOptions;
createTokenwardHandler(options);
// @ts-expect-error A worker has to be named.
createTokenwardHandler({});
export const servers: Promise<TestServers> = startTestServers();
export const name: string = tokenward({ worker: 'src/worker.ts' }).name;
// @ts-expect-error There is no such option.
tokenward({ nothing: true });
`;

/** A CommonJS module. */
const REQUIRED = `
import server = require('tokenward/server');
import testing = require('tokenward/testing');
declare const options: server.TokenwardHandlerOptions;
server.createTokenwardHandler(options);
// @ts-expect-error A worker has to be named.
server.createTokenwardHandler({});
export const signedIn: string = testing.createTestClient({ user: { claims: { sub: 'ada' } } }).session.status;
`;

const VITE_CONFIG = `
import { tokenward } from 'tokenward/vite';
import { defineConfig } from 'vite';
export default defineConfig({ plugins: [tokenward({ worker: 'src/worker.ts' })] });
// @ts-expect-error There is no such option.
tokenward({ nothing: true });
`;

/** A folder with the package as npm would install it. */
async function makeApp(name: string): Promise<string> {
  const app = join(folder, name);
  const modules = join(app, 'node_modules');
  mkdirSync(join(modules, '@types'), { recursive: true });
  for (const dependency of [
    ...Object.keys(manifest.dependencies),
    'vite',
    '@types/node',
    'undici-types',
    '@types/react',
    'csstype',
  ]) {
    symlinkSync(join(ROOT, 'node_modules', dependency), join(modules, dependency), 'junction');
  }
  renameSync(await unpackTarball(tarball, modules), join(modules, 'tokenward'));
  writeFileSync(join(app, 'package.json'), '{ "type": "module" }');
  return app;
}

function writeProject(
  project: string,
  compilerOptions: Readonly<Record<string, unknown>>,
  files: Readonly<Record<string, string>>,
): void {
  mkdirSync(project);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: Object.keys(files) }));
}
