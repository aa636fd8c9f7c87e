import { describe, expect, test } from 'vitest';
import { findLinks, type MarkdownFile, readDocumentation } from './markdown.ts';
import { findTestLinks } from './promises.ts';

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

    expect(findTestLinks(findLinks({ path: TABLE, text: row.evidence })).length > 0).toBe(isDone);
    expect(row.requirement).toMatch(/\.$/);
  });
});
