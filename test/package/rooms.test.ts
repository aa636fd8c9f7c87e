import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../support/build.ts';
import { listSourceFiles, parseImports, readImports } from './imports.ts';
import { findSection } from './markdown.ts';
import { findBrokenWalls, findCircles, findEmptyNames, importsByRealm, isBarrel } from './rooms.ts';
import projects from '../../tsconfig.json' with { type: 'json' };

const files = listSourceFiles(ROOT, ['src', 'sw']);

describe('the rooms of the source', () => {
  test('import only what the table of rooms allows', () => {
    expect(findBrokenWalls(readImports(ROOT, files))).toEqual([]);
  });

  test('have no files that import each other, types included', () => {
    expect(findCircles(readImports(ROOT, files))).toEqual([]);
  });

  test('have no files whose name says nothing', () => {
    expect(findEmptyNames(files)).toEqual([]);
  });

  test('have no barrels but the entry points', () => {
    const barrels = files.filter((file) => isBarrel(file, readFileSync(join(ROOT, file), 'utf8')));

    expect(barrels).toEqual([]);
  });
});

test('each realm is a project of the compiler, and CONTRIBUTING says what it may import', () => {
  const realms = projects.references.map(({ path }) => path.slice(2)).filter((path) => /^(src|sw)/.test(path));
  const path = 'CONTRIBUTING.md';
  const table = findSection({ path, text: readFileSync(join(ROOT, path), 'utf8') }, 'Rooms');
  const rows = [...table.matchAll(/^\| `([^`]+)` \| [^|]+ \| ([^|]+) \|$/gm)];

  const said = rows.map(([, realm, imports = '']) => [
    realm,
    [...imports.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  ]);

  expect(said).toEqual([...importsByRealm(realms)]);
});

describe('the table of rooms', () => {
  test.for([
    ['src/protocol/session.ts', `import { connect } from '../connect.ts';`],
    ['src/page/client.ts', `import { wrap } from 'comlink';`],
    ['src/page/client.ts', `import type { Vault } from '../sw/vault/vault.ts';`],
    ['src/page/client.ts', `import { handler } from '../server/handler.ts';`],
    ['src/server/handler.ts', `import { connect } from '../connect.ts';`],
    ['src/server/handler.ts', `import { Hono } from 'hono';`],
    ['src/server/handler.ts', `import { readFile } from 'node:fs/promises';`],
    ['src/configuration/path.ts', `import { find } from '../../sw/fetch/protected-resource.ts';`],
    ['src/server/handler.ts', `import { VERSION } from '../cli/installation.ts';`],
    ['src/cli/doctor/probe.ts', `import { parse } from 'acorn';`],
    ['sw/fetch/handler.ts', `import * as oauth from 'oauth4webapi';`],
    ['sw/fetch/handler.ts', `import type { Refresh } from '../oauth/refresh.ts';`],
    ['sw/fetch/handler.ts', `import { Token } from '../vault/token.ts';`],
    ['sw/fetch/handler.ts', `import { Router } from 'workbox-routing';`],
    ['sw/oauth/refresh.ts', `import { respond } from '../fetch/handler.ts';`],
    ['sw/oauth/refresh.ts', `export * from '../fetch/handler.ts';`],
    ['sw/oauth/refresh.ts', `const later = import('../fetch/handler.ts');`],
    ['sw/oauth/refresh.ts', `type Later = import('../fetch/handler.ts').Handler;`],
    ['sw/rpc/gate.ts', `import { expose } from 'comlink';`],
    ['sw/rpc/accept.ts', `import { Token } from '../vault/token.ts';`],
    ['sw/session/session-state.ts', `import { get } from 'idb-keyval';`],
    ['sw/vault/vault.ts', `import { connect } from '../../src/page/connect.ts';`],
    ['sw/attic/box.ts', `import '../../src/protocol/error.ts';`],
    ['sw/loose.ts', `import '../src/protocol/error.ts';`],
  ] as const)('refuses %s with %s', ([file, text]) => {
    expect(findBrokenWalls(parseImports(file, text))).toHaveLength(1);
  });

  test.for([
    ['src/page/connect.ts', `import { client } from './client.ts';`],
    ['src/page/worker-channel.ts', `import { wrap } from 'comlink';`],
    ['src/server/node/listener.ts', `import { IncomingMessage } from 'node:http';`],
    ['sw/fetch/handler.ts', `import type { Token } from '../vault/token.ts';`],
    ['sw/fetch/routes.ts', `import { Router } from 'workbox-routing/Router.js';`],
    ['sw/oauth/refresh.ts', `import * as oauth from 'oauth4webapi';`],
    ['sw/worker.ts', `import { refresh } from './oauth/refresh.ts';`],
  ] as const)('allows %s to have %s', ([file, text]) => {
    expect(findBrokenWalls(parseImports(file, text))).toEqual([]);
  });

  test('refuses names without meaning, and barrels', () => {
    expect(findEmptyNames(['sw/utils.ts', 'sw/helpers/date.ts', 'sw/vault/vault.ts'])).toHaveLength(2);
    expect(isBarrel('sw/vault/vault.ts', `export * from './token.ts';`)).toBe(true);
    expect(isBarrel('sw/vault/vault.ts', `export { Token } from './token.ts';`)).toBe(true);
    expect(isBarrel('src/page/index.ts', `export { connect } from './connect.ts';`)).toBe(false);
  });

  test('finds a circle, of types and by way of a third file too', () => {
    const imports = [
      ...parseImports('src/a.ts', `import { b } from './b.ts';`),
      ...parseImports('src/b.ts', `import type { C } from './c.ts';`),
      ...parseImports('src/c.ts', `export type { A } from './a.ts';\nimport './d.ts';`),
    ];

    expect(findCircles(imports)).toEqual(['src/a.ts > src/b.ts > src/c.ts > src/a.ts']);
    expect(findCircles(imports.filter(({ file }) => file !== 'src/b.ts'))).toEqual([]);
  });
});
