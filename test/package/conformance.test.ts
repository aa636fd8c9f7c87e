import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../support/build.ts';
import { findLinks, type Link, type MarkdownFile, readDocumentation } from './markdown.ts';

/** The specifications whose requirements the table has to hold. */
const SPECIFICATIONS = ['10017', '9700', '9449', '9126', '9207', '9470', '8707'];

const TABLE = 'docs/rfc10017.md';
const file: MarkdownFile = readDocumentation().find((candidate) => candidate.path === TABLE) ?? {
  path: TABLE,
  text: '',
};

/** One requirement, and what shows that it is met. */
interface Row {
  readonly rfc: string;
  readonly section: string;
  readonly requirement: string;
  readonly evidence: string;
}

function readRows({ text }: MarkdownFile): readonly Row[] {
  return text.split(/^## RFC /m).flatMap((part) => {
    const rfc = /^\d+/.exec(part)?.[0] ?? '';
    return [...part.matchAll(/^\| (\d[\d., ]*) \| ([^|]+) \| ([^|]+) \| (.+) \|$/gm)].map(
      ([, section = '', , requirement = '', evidence = '']) => ({ rfc, section, requirement, evidence }),
    );
  });
}

/** The names of the tests of a file, and of the cases of a table of tests. */
function namesIn(source: string): readonly string[] {
  const quoted = /(?<=(?:\b(?:test|describe)|\))\(\s*|\[\s*)(?:'(?:[^'\\\n]|\\.)*'|"[^"\n]*"|`[^`]*`)/g;
  return [...source.matchAll(quoted)].map(([name]) => name.slice(1, -1));
}

function isTestOf({ target, text }: Link): boolean {
  const path = join(ROOT, 'docs', target);
  return existsSync(path) && namesIn(readFileSync(path, 'utf8')).some((name) => name.includes(text));
}

/** The tests that a cell links to. */
function testsIn(text: string): readonly Link[] {
  return findLinks({ path: TABLE, text }).filter(({ target }) => target.endsWith('.test.ts'));
}

const rows = readRows(file);

test.for(SPECIFICATIONS)('the table of requirements has rows of RFC %s', (rfc) => {
  expect(rows.filter((row) => row.rfc === rfc).length).toBeGreaterThan(3);
});

test('every line of the table is a row that was read', () => {
  const lines = file.text.split('\n').filter((line) => /^\| [^s-]/.test(line));

  expect(rows).toHaveLength(lines.length);
});

describe('a row of the table of requirements', () => {
  test.for(rows)('names tests that are there, or says why it is not done: RFC $rfc, section $section', (row) => {
    const isDone = !row.evidence.startsWith('not done: ');

    expect(testsIn(row.evidence).filter((link) => !isTestOf(link))).toEqual([]);
    expect(testsIn(row.evidence).length > 0).toBe(isDone);
    expect(row.requirement).toMatch(/\.$/);
  });

  test.for([
    ['[ends where it began](../test/e2e/sign-in.test.ts)', true],
    ['[with a state that was made up](../test/e2e/authorization-response.test.ts)', true],
    ['[ends where it never began](../test/e2e/sign-in.test.ts)', false],
    ['[ends where it began](../test/e2e/gone.test.ts)', false],
    ['[const other = await context.newPage()](../test/e2e/sign-in.test.ts)', false],
  ] as const)('is judged by the names of tests alone: %s', ([evidence, isThere]) => {
    expect(testsIn(evidence).every(isTestOf)).toBe(isThere);
  });
});
