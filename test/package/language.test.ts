import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../support/build.ts';
import {
  findBannedIdentifiers,
  findBannedWords,
  findFunctionsWithoutExample,
  findRiddles,
  lacksExample,
  parseDocstrings,
} from './docstrings.ts';
import { listSourceFiles } from './imports.ts';
import { readDocumentation } from './markdown.ts';
import { parseMessages, parseProse, parseTitles } from './passages.ts';

const ENTRIES = [
  'src/page/index.ts',
  'src/page/auto/index.ts',
  'src/server/index.ts',
  'src/vite/index.ts',
  'src/testing/index.ts',
  'src/testing/server/index.ts',
  'src/compat/auth0/index.ts',
  'src/react/index.ts',
  'src/inspector/index.ts',
  'sw/index.ts',
  'sw/workbox/index.ts',
];

/** Words and phrases for which the field, or plain English, has a better term. */
const BANNED_IN_DOCSTRINGS = [
  'misfit',
  'demands?',
  'heeds?',
  'estate',
  'abandons?',
  'greets?',
  'glance',
  'mends?',
  'lookaround',
  'for want of',
  'read over',
  'has to',
  'have to',
  'hears',
  'lets',
  'settles?',
  'tells',
  'told',
  'nobody',
  'somebody',
  'whoever',
];

/**
 * Words and phrases that documents, error texts and titles of tests avoid. The other words of docstrings are ordinary English there:
 * a user *tells*, a promise *settles*, a specification *demands*.
 */
const BANNED_IN_PROSE = [
  'misfits?',
  'heed(?:s|ed)?',
  'estate',
  'abandon(?:s|ed)?',
  'greet(?:s|ed)?',
  'glance',
  'mend(?:s|ed)?',
  'lookaround',
  'for want of',
  'read over',
  'has to',
  'have to',
  'had to',
  'hears',
  'lets',
  'nobody',
  'somebody',
  'whoever',
];

/** Words of identifiers for which the field has a better term. */
const BANNED_IN_IDENTIFIERS = [
  'misfit',
  'misfits',
  'demand',
  'heed',
  'heeds',
  'estate',
  'succession',
  'abandon',
  'greet',
  'greeting',
  'glance',
  'awake',
  'mend',
  'lets',
  'patience',
  'longest',
];

const files = listSourceFiles(ROOT, ['src', 'sw']).map((file) => ({
  file,
  text: readFileSync(join(ROOT, file), 'utf8'),
}));

describe('the docstrings', () => {
  test('begin with a noun, a verb or Whether', () => {
    expect(files.flatMap(({ file, text }) => findRiddles(parseDocstrings(file, text)))).toEqual([]);
  });

  test.for(ENTRIES)('have an example for each function that %s exports', (entry) => {
    const missing = findFunctionsWithoutExample(ROOT, entry);

    expect(missing).toEqual([]);
  });
});

/** Tests of this check, whose rows quote what it refuses. */
const OF_THIS_CHECK = ['test/package/language.test.ts', 'test/package/passages.test.ts'];

const tests = listSourceFiles(ROOT, ['test'])
  .filter((file) => file.endsWith('.test.ts') && !OF_THIS_CHECK.includes(file))
  .map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));

describe('the terms of the field', () => {
  test('are those that docstrings use', () => {
    const found = files.flatMap(({ file, text }) => findBannedWords(parseDocstrings(file, text), BANNED_IN_DOCSTRINGS));

    expect(found).toEqual([]);
  });

  test('are those that documents use', () => {
    const found = readDocumentation().flatMap((file) => findBannedWords(parseProse(file), BANNED_IN_PROSE));

    expect(found).toEqual([]);
  });

  test('are those that error texts and other messages use', () => {
    const found = files.flatMap(({ file, text }) => findBannedWords(parseMessages(file, text), BANNED_IN_PROSE));

    expect(found).toEqual([]);
  });

  test('are those that titles of tests use', () => {
    const found = tests.flatMap(({ file, text }) => findBannedWords(parseTitles(file, text), BANNED_IN_PROSE));

    expect(found).toEqual([]);
  });

  test('are those that identifiers use', () => {
    expect(files.flatMap(({ file, text }) => findBannedIdentifiers(file, text, BANNED_IN_IDENTIFIERS))).toEqual([]);
  });
});

describe('the check of first words', () => {
  test.for([
    '/** What is behind it. */',
    '/** Nobody, at first. */',
    '/**\n * How long to wait.\n *\n * @default 3\n */',
    '/** Whose token it is. */',
    'const a = 1;\n\n  /** Where it lies. */\n  const b = 2;',
  ])('refuses %j', (text) => {
    expect(findRiddles(parseDocstrings('sw/a.ts', text))).toHaveLength(1);
  });

  test.for([
    '/** Whether the token is valid. */',
    '/** Returns the token. What it is for is up to the caller. */',
    '/** @param url what to ask for */',
    '/** Items of the queue. */',
    '/* What a plain comment says. */',
    "const text = '/** What */';",
  ])('accepts %j', (text) => {
    expect(findRiddles(parseDocstrings('sw/a.ts', text))).toEqual([]);
  });

  test('names the file, the line and the first line of the docstring', () => {
    const docstrings = parseDocstrings('sw/a.ts', 'const a = 1;\n/**\n * What it is.\n * And more.\n */\nconst b = 2;');

    expect(findRiddles(docstrings)).toEqual(['sw/a.ts:2 What it is.']);
  });
});

describe('the check of examples', () => {
  test.for([
    'export function connect(): void {}',
    '/** Connects. */\nexport function connect(): void {}',
    '/** Connects. */\nexport async function connect<T>(): Promise<void> {}',
    '/** Connects. */\nexport const connect = async () => {};',
    '/** @example one() */\nexport function one() {}\n\nexport function connect() {}',
  ])('refuses %j', (text) => {
    expect(lacksExample(text, 'connect')).toBe(true);
  });

  test.for([
    '/**\n * Connects.\n *\n * @example\n * connect();\n */\nexport function connect(): void {}',
    '/** Name of the element. */\nexport const connect = 1;',
    '/** Connects. */\nexport class connect {}',
  ])('accepts %j', (text) => {
    expect(lacksExample(text, 'connect')).toBe(false);
  });
});

describe('the check of words', () => {
  test.for([
    ['/** Finds the misfit. */', 'sw/a.ts:1 "misfit"'],
    ['// A misfit.\nconst mismatch = 1;', undefined],
    ['/** Finds the mismatch. */', undefined],
  ] as const)('finds in the docstrings of %j: %s', ([text, found]) => {
    expect(findBannedWords(parseDocstrings('sw/a.ts', text), ['misfit'])).toEqual(found === undefined ? [] : [found]);
  });

  test('refuses a phrase wherever a line ends', () => {
    const docstrings = parseDocstrings('sw/a.ts', '/**\n * Fails for want\n * of a nonce.\n */');

    expect(findBannedWords(docstrings, ['for want of'])).toEqual(['sw/a.ts:1 "for want of"']);
  });

  test.for(['const urlMisfit = 1;', 'const MISFIT_COUNT = 1;', 'class Misfit {}', 'find({ misfit: 1 });'])(
    'refuses the identifier in %j',
    (text) => {
      expect(findBannedIdentifiers('sw/a.ts', text, ['misfit'])).toHaveLength(1);
    },
  );

  test.for(["const mismatch = 'misfit';", '// misfit\nconst mismatch = 1;', 'misfitted();'])('accepts %j', (text) => {
    expect(findBannedIdentifiers('sw/a.ts', text, ['misfit'])).toEqual([]);
  });
});
