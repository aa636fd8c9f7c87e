import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listDeclarations } from '../../site/api-report.ts';
import { ROOT } from '../support/build.ts';

const REPORTS = join(ROOT, 'test/package/api-reports');

test.for(readdirSync(REPORTS))('the API reference has every export of %s', (name) => {
  const report = readFileSync(join(REPORTS, name), 'utf8');
  const code = listDeclarations(report).map((declaration) => declaration.code);

  expect(code.join('\n').match(/^export /gm)).toHaveLength(report.match(/^\/\/ @public/gm)?.length ?? 0);
  expect(code.join('\n')).not.toMatch(/^\s*\/\//m);
});

test('the API reference names an export as the app does, values before types', () => {
  const report = [
    '## API Report',
    '```ts',
    '',
    '// @public',
    'export interface Options {',
    '    // (undocumented)',
    '    readonly a: string;',
    '}',
    '',
    '// @public',
    'function start_2(options: Options): void;',
    'export { start_2 as start }',
    '',
    '// (No @packageDocumentation comment for this package)',
    '',
    '```',
  ].join('\n');

  expect(listDeclarations(report)).toEqual([
    { name: 'start', code: 'export function start(options: Options): void;' },
    { name: 'Options', code: 'export interface Options {\n    readonly a: string;\n}' },
  ]);
});
