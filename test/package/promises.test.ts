import { beforeAll, describe, expect, test } from 'vitest';
import promises from '../promises.json' with { type: 'json' };
import { findLinks, readDocumentation } from './markdown.ts';
import { findBrokenEntries, findBrokenLinks, findTestLinks, listTests, type TestFiles } from './promises.ts';

const links = readDocumentation().flatMap((file) => findLinks(file));

const SAMPLE = { id: 'P-001', file: 'test/unit/a.test.ts', title: 'a request > carries the token' };
const SAMPLE_TESTS: TestFiles = new Map([
  [
    'test/unit/a.test.ts',
    { titles: ['a request > carries the token', 'a table > %s'], source: `test.for([['fetch', 1], ["XHR", 2]])` },
  ],
]);

describe('the list of promises', () => {
  let tests: TestFiles = new Map();
  beforeAll(async () => {
    tests = await listTests();
  });

  test('names tests that are there', () => {
    expect(findBrokenEntries(promises, tests)).toEqual([]);
  });

  test('is in the order of its ids', () => {
    expect(promises.map(({ id }) => id)).toEqual(promises.map(({ id }) => id).toSorted());
  });

  test.for([
    ['a test', [SAMPLE], []],
    ['a group of tests', [{ ...SAMPLE, title: 'a request' }], []],
    ['a row of a table', [{ ...SAMPLE, title: 'a table > %s', row: 'XHR' }], []],
    ['a test file that is gone', [{ ...SAMPLE, file: 'test/unit/gone.test.ts' }], ['P-001: there is no test file']],
    [
      'a test that was renamed',
      [{ ...SAMPLE, title: 'a request > has the token' }],
      ['P-001: test/unit/a.test.ts has no'],
    ],
    ['a part of a title', [{ ...SAMPLE, title: 'a request > carries' }], ['P-001: test/unit/a.test.ts has no test']],
    [
      'a row that is gone',
      [{ ...SAMPLE, title: 'a table > %s', row: 'beacon' }],
      ['P-001: test/unit/a.test.ts has no row'],
    ],
    ['one id for two tests', [SAMPLE, { ...SAMPLE, title: 'a table > %s' }], ['P-001 stands twice']],
    ['one test under two ids', [SAMPLE, { ...SAMPLE, id: 'P-002' }], ['P-002: another id']],
    ['an id of another form', [{ ...SAMPLE, id: 'token' }], ['token: an id is']],
  ] as const)('is judged with %s', ([, entries, mistakes]) => {
    const found = findBrokenEntries(entries, SAMPLE_TESTS);

    expect(found).toEqual(mistakes.map((words) => expect.stringContaining(words)));
  });
});

describe('the links of the documentation to tests', () => {
  test('name promises of the list, each at least once', () => {
    expect(findBrokenLinks(promises, links)).toEqual([]);
    expect(findTestLinks(links).length).toBeGreaterThan(170);
  });

  test.for([
    ['[any words](../test/unit/a.test.ts#P-001)', []],
    ['[`any` words](../test/unit/a.test.ts#P-001), [again](../test/unit/a.test.ts#P-001)', []],
    ['[no id](../test/unit/a.test.ts), [another](../test/unit/a.test.ts#P-001)', ['has no id']],
    ['[unknown](../test/unit/a.test.ts#P-999), [known](../test/unit/a.test.ts#P-001)', ['P-999 does not stand']],
    ['[another file](../test/unit/b.test.ts#P-001)', ['the test of P-001 is in test/unit/a.test.ts']],
    ['no link at all', ['P-001: no document names it']],
  ] as const)('are judged in %j', ([text, mistakes]) => {
    const found = findBrokenLinks([SAMPLE], findLinks({ path: 'docs/sample.md', text }));

    expect(found).toEqual(mistakes.map((words) => expect.stringContaining(words)));
  });
});
