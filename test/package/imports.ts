import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix, sep } from 'node:path';
import { parseSync } from 'vite';

/** One import or re-export of a file. */
export interface Import {
  /** The path of the file that imports, from the root, with slashes. */
  readonly file: string;
  /** The path of the imported file from the root, or what is imported from elsewhere, such as `comlink` or `node:fs`. */
  readonly target: string;
  /** Whether nothing of it is left when the program runs. */
  readonly isTypeOnly: boolean;
}

/** The TypeScript files below some folders, as paths from the root, with slashes. */
export function listSourceFiles(root: string, folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => posix.join(folder, name.split(sep).join('/'))),
  );
}

/** Every import of some files of the root. */
export function readImports(root: string, files: readonly string[]): readonly Import[] {
  return files.flatMap((file) => parseImports(file, readFileSync(join(root, file), 'utf8')));
}

/** Every import, re-export, dynamic import and import type in the text of a file. */
export function parseImports(file: string, text: string): readonly Import[] {
  const { module, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message ?? ''}`);

  const found: { specifier: string; isTypeOnly: boolean }[] = [];
  for (const { moduleRequest, entries } of module.staticImports) {
    const isTypeOnly = entries.length > 0 && entries.every((entry) => entry.isType);
    found.push({ specifier: moduleRequest.value, isTypeOnly });
  }
  for (const { moduleRequest, isType } of module.staticExports.flatMap((statement) => statement.entries)) {
    if (moduleRequest) found.push({ specifier: moduleRequest.value, isTypeOnly: isType });
  }
  for (const [, specifier] of text.matchAll(/\bimport\(\s*['"`]([^'"`]+)/g)) {
    if (specifier !== undefined) found.push({ specifier, isTypeOnly: false });
  }
  return found.map(({ specifier, isTypeOnly }) => ({ file, target: resolve(file, specifier), isTypeOnly }));
}

function resolve(file: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(dirname(file), specifier) : specifier;
}
