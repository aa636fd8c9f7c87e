import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, posix, sep } from 'node:path';
import { ENTRIES, ROOT } from '../pack/entries.ts';
import { findLinks, type MarkdownFile, readDocumentation } from '../test/package/markdown.ts';
import promises from '../test/promises.json' with { type: 'json' };
import { listDeclarations } from './api-report.ts';
import { fileOf, isElsewhere } from './links.ts';
import { slugify } from './slugify.ts';

/** Page of the reference that is made from other files. */
export interface GeneratedPage {
  /** Name in the address. */
  readonly name: string;
  readonly title: string;
  /** Markdown. */
  readonly text: string;
}

/** Languages for files whose name does not end in their language. */
const LANGUAGES: Readonly<Record<string, string>> = {
  Caddyfile: 'nginx',
  'nginx.conf': 'nginx',
  '.conf': 'apache',
  '.asis': 'http',
};

/** Creates the pages of the reference. */
export function generatePages(): readonly GeneratedPage[] {
  const documents = readDocumentation();
  return [...ENTRIES.map(({ path }) => apiPage(path, documents)), promisesPage(documents), filesPage(documents)];
}

/** Page of the declarations of an entry of the package. */
function apiPage(path: string, documents: readonly MarkdownFile[]): GeneratedPage {
  const name = path === '' ? 'index' : path.replaceAll('/', '-');
  const title = ['tokenward', path].filter((part) => part !== '').join('/');
  const report = readFileSync(join(ROOT, 'test/package/api-reports', `${name}.api.md`), 'utf8');
  const parts = listDeclarations(report).map(({ name: symbol, code }) =>
    [`## \`${symbol}\``, `\`\`\`ts\n${indentByTwo(code)}\n\`\`\``, ...explanationOf(symbol, documents)].join('\n\n'),
  );
  const intro = `Exports of \`${title}\`. A test compares these declarations with the package.`;
  return { name: `api-${name}`, title, text: [`# \`${title}\``, intro, ...parts].join('\n\n') };
}

/** Link to the part of the documentation whose heading names a symbol. */
function explanationOf(symbol: string, documents: readonly MarkdownFile[]): readonly string[] {
  const document = documents.find(({ text }) => new RegExp(`^#+ .*\`${symbol}(?:\\(\\))?\``, 'm').test(text));
  const [, heading = ''] = new RegExp(`^#+ (.*\`${symbol}(?:\\(\\))?\`.*)`, 'm').exec(document?.text ?? '') ?? [];
  if (document === undefined) return [];
  return [`Explained in [${heading.replaceAll('`', '')}](../${document.path}#${slugify(heading)}).`];
}

/** Page of the tests that hold the promises of the documentation. */
function promisesPage(documents: readonly MarkdownFile[]): GeneratedPage {
  const rows = promises.map(({ id, file, title, ...more }) => {
    const pages = documents.filter(({ text }) => text.includes(`#${id})`));
    const row = 'row' in more ? `: ${more.row}` : '';
    const links = pages.map(({ path, text }) => `[${titleOf(text)}](../${path})`).join(', ');
    return `| <span id="${id}">${id}</span> | ${asText(title + row)}<br>\`${file}\` | ${links} |`;
  });
  const text = `# Promises

Each promise of the documentation has an id, and a test that holds it. This page lists the tests of \`test/promises.json\`.

| id | test | promised in |
|---|---|---|
${rows.join('\n')}`;
  return { name: 'promises', title: 'Promises', text };
}

/** Page of the files that documents link to. */
function filesPage(documents: readonly MarkdownFile[]): GeneratedPage {
  const linked = documents.flatMap((file) =>
    findLinks(file)
      .filter(({ target }) => !isElsewhere(target))
      .map(({ path, target }) => fileOf(path, target))
      .filter((path) => !/\.(?:md|test\.ts|png|svg)$/.test(path)),
  );
  const parts = [...new Set(linked)].toSorted().map((path) => `## ${path}\n\n${showFile(path)}`);
  const text = ['# Files', 'Files of the repository that the documentation names.', ...parts].join('\n\n');
  return { name: 'files', title: 'Files', text };
}

function showFile(path: string): string {
  const place = join(ROOT, path);
  if (statSync(place).isDirectory()) {
    const names = readdirSync(place, { recursive: true, encoding: 'utf8' }).map((name) => name.split(sep).join('/'));
    const files = names.filter((name) => statSync(join(place, name)).isFile());
    return files
      .toSorted()
      .map((name) => `**${name}**\n\n${showFile(posix.join(path, name))}`)
      .join('\n\n');
  }
  const language = LANGUAGES[posix.basename(path)] ?? LANGUAGES[extname(path)] ?? (extname(path).slice(1) || 'txt');
  return `\`\`\`\`${language}\n${readFileSync(place, 'utf8').trimEnd()}\n\`\`\`\``;
}

/** Title of a Markdown file. */
function titleOf(text: string): string {
  return /^# (.+)$/m.exec(text)?.[1] ?? '';
}

/** Declarations of API Extractor, whose indentation of four spaces needs too much room. */
function indentByTwo(code: string): string {
  return code.replaceAll(/^(?: {4})+/gm, (indent) => indent.slice(indent.length / 2));
}

/** Markdown that shows a text as it is. */
function asText(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>|]/g, (character) => `&#${character.charCodeAt(0)};`);
}
