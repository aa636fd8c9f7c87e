import { createHash } from 'node:crypto';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TEMPLATES = fileURLToPath(new URL('templates', import.meta.url));

/** Origins and addresses of the documentation's examples, and what stands for them in a run. */
export type Replacements = ReadonlyMap<string, string>;

const BEGIN = /tokenward:begin/;
const END = /tokenward:end/;

/** Folders that tools write; the rest of an app's folder comes from its template. */
const KEPT: ReadonlySet<string> = new Set(['node_modules']);

/** Reads `package.json` of a template as text. */
export async function readManifest(names: readonly string[]): Promise<string> {
  const texts = await Promise.all(
    names.map((name) => readFile(join(TEMPLATES, name, 'package.json'), 'utf8').catch(() => undefined)),
  );
  const text = texts.findLast((candidate) => candidate !== undefined);
  if (text === undefined) throw new Error(`no package.json in the templates ${names.join(', ')}`);
  return text;
}

/** Computes a short fingerprint of texts. */
export function fingerprint(...texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}\n${text}`);
  return hash.digest('hex').slice(0, 12);
}

/**
 * Copies templates into an app's folder, later ones over earlier ones, and replaces the addresses of the documentation.
 *
 * @returns the number of lines that a user of the package writes or changes
 */
export async function copyTemplates(
  names: readonly string[],
  folder: string,
  replacements: Replacements,
): Promise<number> {
  for (const name of names) await cp(join(TEMPLATES, name), folder, { recursive: true });
  let lines = 0;
  for (const path of await listFiles(folder)) {
    const text = await readFile(path, 'utf8');
    lines += countMarkedLines(text);
    const replaced = replaceAll(text, replacements);
    if (replaced !== text) await writeFile(path, replaced);
  }
  return lines;
}

/** Counts the lines between the marks `tokenward:begin` and `tokenward:end`, blank lines left out. */
export function countMarkedLines(text: string): number {
  let isMarked = false;
  let count = 0;
  for (const line of text.split('\n')) {
    if (END.test(line)) isMarked = false;
    if (isMarked && line.trim() !== '') count += 1;
    if (BEGIN.test(line)) isMarked = true;
  }
  if (isMarked) throw new Error('tokenward:begin without tokenward:end');
  return count;
}

/** Replaces every occurrence of the keys by their values, longer keys first. */
export function replaceAll(text: string, replacements: Replacements): string {
  return [...replacements]
    .toSorted(([one], [other]) => other.length - one.length)
    .reduce((replaced, [from, to]) => replaced.replaceAll(from, to), text);
}

async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const nested = entries
    .filter(({ name }) => !KEPT.has(name))
    .map(async (entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? listFiles(path) : [path];
    });
  return (await Promise.all(nested)).flat();
}
