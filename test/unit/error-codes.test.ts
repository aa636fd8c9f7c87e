import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/protocol/error-codes.ts';
import { TokenwardError } from '../../src/protocol/error.ts';
import { ROOT } from '../support/build.ts';

/** The text of every TypeScript file below a folder, but those that name all codes. */
function sourceOf(folder: string): string {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => file.endsWith('.ts') && !/(protocol.error|error-codes\.test)\.ts$/.test(file));
  return sources.map((file) => readFileSync(join(ROOT, folder, file), 'utf8')).join('\n');
}

const documentation = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8');
const library = sourceOf('src') + sourceOf('sw');
/** Statements that expect something, and tables of tests whose body expects the code of the row. */
const expectations = ['test/unit', 'test/browser', 'test/e2e', 'test/engines'].flatMap((folder) =>
  expectationsOf(sourceOf(folder)),
);

function expectationsOf(source: string): readonly string[] {
  const statements = [...source.matchAll(/\bexpect(?:\.poll)?\([\s\S]*?;\n/g)];
  const tables = [...source.matchAll(/^( *)test\.for[\s\S]*?^\1\}\);$/gm)];
  return [...statements, ...tables.filter(([table]) => /\bexpect\([^;]*\bcode\b/.test(table))].map(([text]) => text);
}

describe('docs/errors.md', () => {
  test('has an entry for each code, once, and for nothing else', () => {
    const entries = [...documentation.matchAll(/^### `(\w+)`$/gm)].map(([, code]) => code);

    expect(entries).toHaveLength(ERROR_CODES.length);
    expect(new Set(entries)).toEqual(new Set(ERROR_CODES));
  });

  test.for([...ERROR_CODES])('says of %s when it happens, what the user should see, and what to do', (code) => {
    const [, entry = ''] = documentation.split(`### \`${code}\`\n`);
    const [when = '', user = '', ...rest] = (entry.split(/^##/m)[0] ?? '').trim().split('\n\n');
    const { phase, retryable } = new TokenwardError(code, '');

    expect(when).toMatch(new RegExp(`^\\*[^*]+ Phase: \`${phase}\`\\.\\* \\S`));
    expect(when.includes('Retryable.')).toBe(retryable);
    expect(user).toMatch(/^\*\*The user\*\* should see ./);
    expect(rest.length).toBeGreaterThanOrEqual(1);
  });
});

describe('every code', () => {
  test.for(ERROR_CODES.filter((code) => code !== 'internal_error'))('%s is one that the library gives', (code) => {
    expect(library.includes(`'${code}'`)).toBe(true);
  });

  test.for([...ERROR_CODES])('%s is expected by a test', (code) => {
    expect(expectations.some((expectation) => expectation.includes(`'${code}'`))).toBe(true);
  });
});
