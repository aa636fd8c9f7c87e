import { type ESTree, parseSync, Visitor } from 'vite';
import type { Passage } from './docstrings.ts';
import { findCodeBlocks, type MarkdownFile } from './markdown.ts';

/** Names of the functions whose first argument is a title. */
const TITLED = ['describe', 'it', 'test'];

/** Least number of words of a string that counts as a message, not as a name or a value. */
const MIN_WORDS = 3;

/** Returns the paragraphs of a document, without blocks of code, inline code and addresses. */
export function parseProse({ path, text }: MarkdownFile): readonly Passage[] {
  const code = new Set(
    findCodeBlocks({ path, text }).flatMap(({ line, code: block }) =>
      Array.from({ length: block.split('\n').length + 1 }, (_, index) => line - 1 + index),
    ),
  );
  const lines = text.split('\n').map((content, index) => (code.has(index + 1) ? '' : content));
  return lines.flatMap((content, index) => {
    if (content.trim() === '' || (lines[index - 1] ?? '').trim() !== '') return [];
    const end = lines.findIndex((other, position) => position > index && other.trim() === '');
    const paragraph = lines.slice(index, end < 0 ? undefined : end).join('\n');
    return [{ file: path, line: index + 1, text: withoutCode(paragraph) }];
  });
}

/** Returns the messages of a file: its strings and templates of several words. */
export function parseMessages(file: string, text: string): readonly Passage[] {
  const passages: Passage[] = [];
  const add = (start: number, message: string): void => {
    if (message.trim().split(/\s+/).length >= MIN_WORDS)
      passages.push({ file, line: lineAt(text, start), text: message });
  };
  new Visitor({
    Literal: (node) => {
      if (typeof node.value === 'string') add(node.start, node.value);
    },
    TemplateLiteral: (node) => add(node.start, textOf(node)),
  }).visit(parseSync(file, text).program);
  return passages;
}

/** Returns the titles of the tests and of their groups in a file, and the phrases that rows of `test.for` put into them. */
export function parseTitles(file: string, text: string): readonly Passage[] {
  const passages: Passage[] = [];
  const add = (node: ESTree.Node | null | undefined, minWords: number): void => {
    if (node?.type !== 'Literal' && node?.type !== 'TemplateLiteral') return;
    const title = node.type === 'TemplateLiteral' ? textOf(node) : node.value;
    if (typeof title === 'string' && title.split(' ').length >= minWords)
      passages.push({ file, line: lineAt(text, node.start), text: title });
  };
  new Visitor({
    CallExpression: ({ callee, arguments: [first] }) => {
      if (first === undefined || !TITLED.includes(nameOf(callee))) return;
      add(first, 1);
      if (first.type !== 'ArrayExpression') return;
      for (const row of first.elements) {
        if (row?.type === 'ArrayExpression') row.elements.forEach((value) => add(value, MIN_WORDS));
        else if (row?.type === 'ObjectExpression')
          row.properties.forEach((property) => property.type === 'Property' && add(property.value, MIN_WORDS));
        else add(row, MIN_WORDS);
      }
    },
  }).visit(parseSync(file, text).program);
  return passages;
}

function withoutCode(paragraph: string): string {
  return paragraph.replaceAll(/`[^`]+`/g, '`').replaceAll(/\]\([^)]*\)/g, ']');
}

/** Returns the text of a template, with a mark for each expression. */
function textOf({ quasis }: ESTree.TemplateLiteral): string {
  return quasis.map(({ value }) => value.cooked ?? value.raw).join('…');
}

/** Returns the name of a called function: `test` of `test()`, of `test.for(rows)()` and of `test.skipIf(condition)()`. */
function nameOf(callee: ESTree.Expression): string {
  if (callee.type === 'CallExpression') return nameOf(callee.callee);
  if (callee.type === 'MemberExpression') return nameOf(callee.object);
  return callee.type === 'Identifier' ? callee.name : '';
}

function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}
