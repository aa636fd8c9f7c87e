import { readFileSync, readdirSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { slugify } from '../../site/slugify.ts';
import { ROOT } from '../support/build.ts';

/** A file of the documentation. */
export interface MarkdownFile {
  /** From the root, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block of code. */
export interface CodeBlock {
  readonly path: string;
  /** The line of its first line of code, from 1. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

/** A link or an image. */
export interface Link {
  readonly path: string;
  readonly target: string;
}

const FENCE = /^( *)```(\w*)[^\n]*\n([\s\S]*?)^\1```$/gm;

/** Reads the documentation: Markdown files of the root, of `docs` and of `decisions`. */
export function readDocumentation(): readonly MarkdownFile[] {
  const inFolders = ['docs', 'decisions'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
      posix.join(folder, name.split(sep).join('/')),
    ),
  );
  return [...readdirSync(ROOT), ...inFolders]
    .filter((path) => path.endsWith('.md'))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

/** The fenced blocks of a file. */
export function findCodeBlocks({ path, text }: MarkdownFile): readonly CodeBlock[] {
  return [...text.matchAll(FENCE)].map(({ 1: indent = '', 2: language = '', 3: code = '', index }) => ({
    path,
    line: text.slice(0, index).split('\n').length + 1,
    language,
    code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

/** The links and images of a file, in Markdown or HTML; those in code are none. */
export function findLinks({ path, text }: MarkdownFile): readonly Link[] {
  // Code in the words of a link stays; a link in code goes.
  const prose = text.replaceAll(FENCE, '').replaceAll(/`[^`\n]+`/g, (code) => (code.includes('](') ? '' : code));
  const markdown = prose.matchAll(/\[(?:[^[\]]|\[[^\]]*\])*\]\(([^)\s]+)\)/g);
  const html = prose.replaceAll(/`[^`\n]+`/g, '').matchAll(/\b(?:href|src|srcset)="([^"\s]+)"/g);
  return [...markdown, ...html].map(([, target = '']) => ({ path, target }));
}

/** The anchors of a file's headings, as GitHub makes them. */
export function findAnchors({ text }: MarkdownFile): readonly string[] {
  const anchors: string[] = [];
  for (const { 1: heading = '' } of text.replaceAll(FENCE, '').matchAll(/^#+ +(.+)$/gm)) {
    const anchor = slugify(heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1'));
    const repeated = anchors.filter((other) => other.replace(/-\d+$/, '') === anchor).length;
    anchors.push(repeated === 0 ? anchor : `${anchor}-${repeated}`);
  }
  return anchors;
}

/** A part of a file: what stands below a heading of the second level, up to the next. */
export function findSection({ text }: MarkdownFile, heading: string): string {
  const sections = `\n${text}`.split(/\n(?=## )/);
  return sections.find((section) => section.startsWith(`## ${heading}\n`)) ?? '';
}
