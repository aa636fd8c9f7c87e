import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ATTACKS } from '../attacks/catalogue.ts';
import { ROOT } from '../support/build.ts';
import { findLinks, findSection, type MarkdownFile } from './markdown.ts';
import { findTestLinks } from './promises.ts';

const ids: readonly string[] = ATTACKS.map(({ id }) => id);
const threatModel = read('docs/threat-model.md');
const security = read('SECURITY.md');

/** A sentence, and what is said to show it. */
interface Claim {
  readonly sentence: string;
  readonly evidence: string;
}

/** The rows of the tables in a part of the threat model. */
const claims = rowsOf(findSection(threatModel, 'What is claimed'));
const answers = rowsOf(findSection(threatModel, 'What RFC 10017 says of this pattern'));
/** The numbered claims, each with what stands in brackets behind it. */
const summary = [...findSection(security, 'What is claimed').matchAll(/^\d\. ([^(]+)\(([^)]+)\)/gm)].map(
  ([, sentence = '', evidence = '']): Claim => ({ sentence, evidence }),
);

function read(path: string): MarkdownFile {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') };
}

function rowsOf(text: string): readonly Claim[] {
  const rows = text.split('\n').filter((line) => line.startsWith('| ') && !/^\| (claim|RFC 10017) \|/.test(line));
  return rows.map((row) => {
    const cells = row.split(' | ');
    return { sentence: cells[0] ?? '', evidence: cells.at(-1) ?? '' };
  });
}

/** The attacks that a text names; of a range, all that there are, and both of its ends in any case. */
function attacksIn(text: string): readonly string[] {
  return [...text.matchAll(/\b([A-Z]\d\d)(?:–([A-Z]\d\d))?(?!\w)/g)].flatMap(([, first = '', last = first]) => [
    ...new Set([first, ...ids.filter((id) => id.startsWith(first.slice(0, 1)) && id > first && id < last), last]),
  ]);
}

/** The tests that a text links to. */
function testsIn(text: string): readonly string[] {
  const links = findTestLinks(findLinks({ path: threatModel.path, text }));
  return links.map(({ target }) => posix.join('docs', target.replace(/#.*/, '')));
}

function isShown({ evidence }: Claim): boolean {
  const attacks = attacksIn(evidence);
  const tests = testsIn(evidence);
  return (
    attacks.length + tests.length > 0 &&
    attacks.every((id) => ids.includes(id)) &&
    tests.every((path) => existsSync(join(ROOT, path)))
  );
}

describe('a claim of the threat model', () => {
  test.for(claims)('names attacks and tests that are there: $sentence', (claim) => {
    expect(isShown(claim)).toBe(true);
  });

  test.for<[evidence: string, isFine: boolean]>([
    ['L01', true],
    ['L01–L23, and [a test](../test/e2e/heap.test.ts)', true],
    ['a test [of this name](../test/e2e/heap.test.ts)', true],
    ['', false],
    ['we are sure of it', false],
    ['L99', false],
    ['L01–L99', false],
    ['L01, and a test [that is gone](../test/e2e/gone.test.ts)', false],
  ])('is not one with the evidence %j: %j', ([evidence, isFine]) => {
    expect(isShown({ sentence: 'sample', evidence })).toBe(isFine);
  });

  test('is one of many', () => {
    expect(claims.length).toBeGreaterThan(25);
  });
});

test('every answer to RFC 10017 names attacks and tests that are there, or claims nothing', () => {
  expect(answers.filter((answer) => !isShown(answer)).map(({ evidence }) => evidence)).toEqual(['no claim of ours |']);
  expect(answers.length).toBeGreaterThan(5);
});

test('every claim of SECURITY.md names attacks that are there', () => {
  expect(summary).toHaveLength(3);
  expect(summary.filter((claim) => !isShown(claim))).toEqual([]);
});

test('every attack is one that a claim speaks of', () => {
  const cited = new Set(claims.flatMap(({ evidence }) => attacksIn(evidence)));

  expect(ids.filter((id) => !cited.has(id))).toEqual([]);
});
