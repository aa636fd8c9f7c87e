import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../support/build.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tokenward-lint-'));
  for (const name of ['.oxlintrc.json', '.gitignore']) cpSync(join(ROOT, name), join(folder, name));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('the lint rules', () => {
  test.for([
    ['src/page/client.ts', 'export const where: string = location.href;', 'no-restricted-globals'],
    ['src/page/client.ts', 'export const width: number = globalThis.innerWidth;', 'no-restricted-globals'],
    ['src/protocol/session.ts', 'export const page: unknown = document;', 'no-restricted-globals'],
    ['sw/fetch/handler.ts', 'export const scope: string = self.registration.scope;', 'no-restricted-globals'],
    ['sw/vault/vault.ts', 'export const store: unknown = caches;', 'no-restricted-globals'],
    ['sw/vault/vault.ts', 'export function open(name: any): void { name(); }', 'no-explicit-any'],
    ['sw/vault/vault.ts', 'export const id = (name: unknown): string => name as string;', 'consistent-type-assertions'],
    ['sw/vault/vault.ts', 'export const id = (name?: string): string => name!;', 'no-non-null-assertion'],
    ['sw/vault/vault.ts', 'export default function open(): void {}', 'no-default-export'],
    [
      'sw/vault/vault.ts',
      'export function seal(a: 1, b: 2, c: 3, d: 4): number { return a + b + c + d; }',
      'max-params',
    ],
  ] as const)('refuse in %s: %s', ([file, text, rule]) => {
    expect(lint(file, text)).toEqual([rule]);
  });

  test.for([
    ['src/page/platform.ts', 'export const where: string = location.href;'],
    ['sw/platform.ts', 'export const scope: string = self.registration.scope;'],
    ['src/page/client.ts', 'export const go = (location: URL): string => location.href;'],
    ['sw/vault/vault.ts', `export const KINDS = ['access', 'refresh'] as const;`],
  ] as const)('allow %s to have: %s', ([file, text]) => {
    expect(lint(file, text)).toEqual([]);
  });
});

test('the linter reads no file that a tool beside it writes and deletes, but all others', () => {
  const passing = ['rollup.config-1796276043683.mjs', 'dist/page.js', 'test-results/page.js'];
  for (const name of [...passing, 'page.js']) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), 'debugger;\n');
  }

  expect(runLint('.').match(/^\S+(?=:1:1: )/gm)).toEqual(['page.js']);
});

/** The names of the rules that a file breaks. */
function lint(file: string, text: string): readonly string[] {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${text}\n`);
  const output = runLint(path);
  rmSync(path);
  return [...output.matchAll(/\[Error\/\w+\(([\w-]+)\)\]/g)].map((match) => match[1] ?? '');
}

function runLint(path: string): string {
  try {
    const cli = join(ROOT, 'node_modules/oxlint/bin/oxlint');
    return execFileSync(process.execPath, [cli, '-f', 'unix', path], { cwd: folder, encoding: 'utf8' });
  } catch (error) {
    // Its exit code says that it found something.
    return error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
  }
}
