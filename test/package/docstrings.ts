import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parseSync } from 'vite';

/** A text of a file: a docstring, a paragraph, a message or a title. */
export interface Passage {
  /** Path of the file, from the root, with slashes. */
  readonly file: string;
  /** Number of the line on which it begins. */
  readonly line: number;
  /** Text without its marks, such as asterisks. */
  readonly text: string;
}

/** First words that announce a riddle instead of naming what is documented. */
const FIRST_WORDS = /^(What|Who|How|Where|Nobody|That|It|Which|Whose|When|Why|Nothing)\b/;

/** Returns every docstring in the text of a file. */
export function parseDocstrings(file: string, text: string): readonly Passage[] {
  return parseSync(file, text)
    .comments.filter(({ type, value }) => type === 'Block' && value.startsWith('*'))
    .map(({ value, start }) => ({
      file,
      line: text.slice(0, start).split('\n').length,
      text: value
        .slice(1)
        .replaceAll(/^[^\S\n]*\*[^\S\n]?/gm, '')
        .trim(),
    }));
}

/** Returns the docstrings that begin with a word that the house style does not allow there. */
export function findRiddles(docstrings: readonly Passage[]): readonly string[] {
  return docstrings
    .filter(({ text }) => FIRST_WORDS.test(text))
    .map(({ file, line, text }) => `${file}:${line} ${text.split('\n')[0] ?? ''}`);
}

/**
 * Returns the exported functions of a package entry that have no `@example`.
 *
 * @param root the directory of the repository
 * @param entry the path of the entry, from the root, with slashes
 */
export function findFunctionsWithoutExample(
  root: string,
  entry: string,
): readonly { readonly file: string; readonly name: string }[] {
  const text = readFileSync(join(root, entry), 'utf8');
  const { module } = parseSync(entry, text);
  const exported = module.staticExports.flatMap((statement) => statement.entries).filter(({ isType }) => !isType);
  return exported.flatMap(({ exportName, importName, moduleRequest }) => {
    const name = importName.name ?? exportName.name;
    if (name === null) return [];
    const file = moduleRequest ? posix.join(posix.dirname(entry), moduleRequest.value) : entry;
    return lacksExample(readFileSync(join(root, file), 'utf8'), name) ? [{ file, name }] : [];
  });
}

/** Whether the text of a file exports a function of that name whose docstring has no `@example`. */
export function lacksExample(text: string, name: string): boolean {
  const declaration = new RegExp(`^export (?:(?:async )?function ${name}\\b|const ${name} = (?:async )?\\()`, 'm');
  const start = text.search(declaration);
  if (start < 0) return false;
  const before = text.slice(0, start).trimEnd();
  const docstring = before.endsWith('*/') ? before.slice(before.lastIndexOf('/**')) : '';
  return !docstring.includes('@example');
}

/** Returns the passages that contain a banned word or phrase. */
export function findBannedWords(passages: readonly Passage[], banned: readonly string[]): readonly string[] {
  return passages.flatMap(({ file, line, text }) =>
    banned
      .filter((word) => new RegExp(`\\b${word}\\b`, 'i').test(text.replaceAll('\n', ' ')))
      .map((word) => `${file}:${line} "${word}"`),
  );
}

/**
 * Returns the identifiers of a file that contain a banned word.
 *
 * @param banned words in lower case: `misfit` also bans `findUrlMisfit` and `MISFIT_COUNT`
 */
export function findBannedIdentifiers(file: string, text: string, banned: readonly string[]): readonly string[] {
  const code = withoutComments(file, text).replaceAll(/'[^'\n]*'|"[^"\n]*"/g, "''");
  const identifiers = new Set(code.match(/[A-Za-z_$][\w$]*/g));
  return [...identifiers]
    .filter((identifier) => wordsOf(identifier).some((word) => banned.includes(word)))
    .map((identifier) => `${file} ${identifier}`);
}

/** Returns the code of a file without its comments. */
export function withoutComments(file: string, text: string): string {
  let code = '';
  let end = 0;
  for (const comment of parseSync(file, text).comments) {
    code += text.slice(end, comment.start);
    end = comment.end;
  }
  return code + text.slice(end);
}

/** Returns the words of an identifier in lower case, such as `find`, `url` and `mismatch` of `findUrlMismatch`. */
function wordsOf(identifier: string): readonly string[] {
  return identifier
    .replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[_$]+/);
}
