import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { buildIfNeeded, ROOT } from '../support/build.ts';
import { linkDependencies } from './tarball.ts';

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokenward-install-'));
  await buildIfNeeded();
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('installing the package', () => {
  test('is refused beside no version of another package', () => {
    const peers = Object.entries(manifest.peerDependencies);
    const optional: Readonly<Record<string, { readonly optional: boolean }>> = manifest.peerDependenciesMeta;

    // npm refuses beside a version out of the range of a peer, even of an optional one.
    expect(peers).toEqual(peers.map(([name]) => [name, '*']));
    expect(Object.keys(optional)).toEqual(peers.map(([name]) => name));
    expect(Object.values(optional)).toEqual(peers.map(() => ({ optional: true })));
  });
});

const RESOLVE_VITE_CONFIGURATION = `
import { tokenward } from 'tokenward/vite';
await tokenward().configResolved({ logger: { warn: (text) => console.log('warned: ' + text) } });
`;
const START_TEST_SERVERS = `
import { startTestServers } from 'tokenward/testing/server';
const servers = await startTestServers();
await servers.close();
`;

/** An installed package of another version, as far as the program under test asks it. */
interface OtherPackage {
  readonly name: string;
  readonly module: string;
}

const vite = (version: string): OtherPackage => ({
  name: 'vite',
  module: `export const version = '${version}'; export const build = () => {};`,
});

const mockServer = (keys: string): OtherPackage => ({
  name: 'oauth2-mock-server',
  module: `export class OAuth2Server { issuer = { keys: ${keys} }; service = {}; }`,
});

describe('the Vite plugin and the test servers', () => {
  test.for<[what: string, installed: readonly OtherPackage[], program: string, said: string | undefined]>([
    [
      'Vite 4',
      [vite('4.5.14')],
      RESOLVE_VITE_CONFIGURATION,
      'Error: tokenward/vite needs Vite 5 to 8, and this app has Vite 4.5.14. Update Vite.',
    ],
    [
      'no Vite',
      [],
      RESOLVE_VITE_CONFIGURATION,
      'Error: tokenward/vite needs Vite 5 to 8, and no Vite is installed beside it: npm install -D vite',
    ],
    ['Vite 5', [vite('5.0.0')], RESOLVE_VITE_CONFIGURATION, undefined],
    ['a beta of Vite 8', [vite('8.0.0-beta.1')], RESOLVE_VITE_CONFIGURATION, undefined],
    [
      'Vite 10',
      [vite('10.1.0')],
      RESOLVE_VITE_CONFIGURATION,
      'warned: tokenward/vite needs Vite 5 to 8, and this app has Vite 10. If the worker does not build, update tokenward.',
    ],
    [
      'no oauth2-mock-server',
      [],
      START_TEST_SERVERS,
      'Error: tokenward/testing/server needs oauth2-mock-server 4 or newer, and none is installed: ' +
        'npm install -D oauth2-mock-server@latest',
    ],
    [
      'oauth2-mock-server 3',
      [mockServer('{ generateRSA() {} }')],
      START_TEST_SERVERS,
      'Error: tokenward/testing/server needs oauth2-mock-server 4 or newer, and an older one is installed: ' +
        'npm install -D oauth2-mock-server@latest',
    ],
  ])('with %s, say in one sentence what they need, or nothing', async ([what, installed, program, said]) => {
    const app = makeApp(what.replaceAll(' ', '-'), installed);

    const output = await runProgram(app, program);

    expect(output).toBe(said ?? '');
  });
});

/** A folder with the package and others, as npm would install them. */
function makeApp(name: string, installed: readonly OtherPackage[]): string {
  const app = join(folder, name);
  const modules = join(app, 'node_modules');
  mkdirSync(modules, { recursive: true });
  cpSync(join(ROOT, 'dist'), join(modules, 'tokenward/dist'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(modules, 'tokenward/package.json'));
  linkDependencies(modules);
  for (const { name: other, module } of installed) {
    mkdirSync(join(modules, other));
    writeFileSync(join(modules, other, 'index.js'), module);
    writeFileSync(join(modules, other, 'package.json'), '{ "type": "module", "exports": "./index.js" }');
  }
  return app;
}

/** What a program writes, or the error that ends it. */
async function runProgram(app: string, program: string): Promise<string> {
  const [importLine, ...lines] = program.trim().split('\n');
  const file = join(app, 'program.mjs');
  writeFileSync(file, `${importLine}\ntry {\n${lines.join('\n')}\n} catch (error) { console.log(String(error)); }`);
  const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: app });
  return stdout.trim();
}
