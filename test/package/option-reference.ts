import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/build.ts';
import { listSourceFiles } from './imports.ts';
import { findSection, type MarkdownFile } from './markdown.ts';

/** An option, in the sources or in the reference. */
export interface Option {
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
}

/** An option of the reference, with the default that it says. */
export interface DocumentedOption extends Option {
  readonly standard: string | undefined;
}

/** An option of the sources, with its docstring. */
export interface DeclaredOption extends Option {
  readonly docstring: string;
}

let sources: string | undefined;

/** The members of an interface of the sources, and of what it extends. */
export function readDeclaredOptions(name: string): readonly DeclaredOption[] {
  sources ??= listSourceFiles(ROOT, ['src', 'sw'])
    .map((file) => readFileSync(join(ROOT, file), 'utf8'))
    .join('\n');
  const [, base, body] = new RegExp(`interface ${name}(?: extends (\\w+))? \\{\\n([^]*?)\\n\\}`).exec(sources) ?? [];
  if (body === undefined) throw new Error(`There is no interface ${name}.`);
  const own = body.split(/;\n/).flatMap((member) => {
    const [, docstring = '', option = '', mark, type = ''] =
      /^([^]*?) {2}readonly (\w+)(\??): ([^]*?);?$/.exec(member) ?? [];
    return option === '' ? [] : [{ name: option, type, isRequired: mark !== '?', docstring }];
  });
  return base === undefined ? own : [...readDeclaredOptions(base), ...own];
}

/** The options of one section of the reference: a heading with the name, then a line with the type. */
export function readDocumentedOptions(file: MarkdownFile, heading: string): readonly DocumentedOption[] {
  const entries = findSection(file, heading).matchAll(
    /^### `(\w+)`\n`([^`]+)`(?:, (required)|, default `([^`]+)`)?$/gm,
  );
  return [...entries].map(({ 1: name = '', 2: type = '', 3: required, 4: standard }) => ({
    name,
    type,
    isRequired: required !== undefined,
    standard,
  }));
}
