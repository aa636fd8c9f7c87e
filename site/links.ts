import { posix } from 'node:path';
import { slugify } from './slugify.ts';

/** Pages whose place on the site is not that of their source. */
const PLACES: Readonly<Record<string, string>> = {
  'README.md': 'index.md',
  'CONTRIBUTING.md': 'contributing.md',
  'SECURITY.md': 'security.md',
  'CHANGELOG.md': 'changelog.md',
};

/** Generated page of the files that documents link to. */
export const FILES_PAGE = 'reference/files.md';
/** Generated page of the tests that hold the promises. */
export const PROMISES_PAGE = 'reference/promises.md';

/**
 * Returns the place of a page on the site.
 *
 * @param source path of its Markdown file from the root, such as `docs/faq.md`
 */
export function placeOf(source: string): string {
  return PLACES[source] ?? source.replace(/^(?:docs|site)\//, '').replace(/(^|\/)README\.md$/, '$1index.md');
}

/** Whether a link leads out of the repository, or to a heading of its own page. */
export function isElsewhere(target: string): boolean {
  return /^(?:[a-z]+:|#)/.test(target);
}

/**
 * Returns the file of the repository that a link leads to, from the root.
 *
 * @param source path of the Markdown file from the root
 * @param target link as it stands there
 */
export function fileOf(source: string, target: string): string {
  const [path = ''] = target.split('#');
  return posix.join(posix.dirname(source), path).replace(/\/$/, '');
}

/**
 * Returns the link of the site for a link of a Markdown file. A test leads to its promise, any other file to its text.
 *
 * @param source path of the Markdown file from the root
 * @param target link as it stands there
 */
export function siteLinkOf(source: string, target: string): string {
  if (isElsewhere(target)) return target;
  const file = fileOf(source, target);
  const [, anchor] = target.split('#');
  if (file.endsWith('.test.ts')) return `/${PROMISES_PAGE}#${anchor}`;
  if (!file.endsWith('.md')) return `/${FILES_PAGE}#${slugify(file)}`;
  return `/${placeOf(file)}${anchor === undefined ? '' : `#${anchor}`}`;
}
