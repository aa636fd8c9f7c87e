import { expect, test } from 'vitest';
import { findBannedWords } from './docstrings.ts';
import { parseMessages, parseProse, parseTitles } from './passages.ts';

test.for([
  ['A misfit.', ['docs/a.md:1 "misfit"']],
  ['One.\n\nIt fails for want\nof a nonce.', ['docs/a.md:3 "for want of"']],
  ['| one | a misfit |', ['docs/a.md:1 "misfit"']],
  ['[a misfit](misfit.md)', ['docs/a.md:1 "misfit"']],
  ['One.\n\n```js\nmisfit();\n```\n\nA misfit.', ['docs/a.md:7 "misfit"']],
  ['`misfit`, [link](misfit.md)\n\n```js\nmisfit();\n```', []],
] as const)('a banned word of a document is found: %j: %j', ([text, found]) => {
  expect(findBannedWords(parseProse({ path: 'docs/a.md', text }), ['misfit', 'for want of'])).toEqual(found);
});

test.for([
  ["fail('There is a misfit.');", ['sw/a.ts:1 "misfit"']],
  ['\nfail(`There is a misfit: ${name}.`);', ['sw/a.ts:2 "misfit"']],
  ["// There is a misfit.\nfind('misfit', `a ${misfit}`);", []],
] as const)('a banned word of a message is found: %j: %j', ([text, found]) => {
  expect(findBannedWords(parseMessages('sw/a.ts', text), ['misfit'])).toEqual(found);
});

test.for([
  ["test('finds the misfit', () => {});", ['test/a.test.ts:1 "misfit"']],
  ["test.for([['misfit']])('finds the misfit', () => {});", ['test/a.test.ts:1 "misfit"']],
  ["describe.each(['misfit'])(`a misfit of ${name}`, () => {});", ['test/a.test.ts:1 "misfit"']],
  ["test.for(['is a misfit'])('%s', () => {});", ['test/a.test.ts:1 "misfit"']],
  ["test.for([['is a misfit', 1]])('%s', () => {});", ['test/a.test.ts:1 "misfit"']],
  ["test.for([{ what: 'is a misfit' }])('$what', () => {});", ['test/a.test.ts:1 "misfit"']],
  ["test('finds it', () => find('the misfit'));", []],
] as const)('a banned word of a title is found: %j: %j', ([text, found]) => {
  expect(findBannedWords(parseTitles('test/a.test.ts', text), ['misfit'])).toEqual(found);
});
