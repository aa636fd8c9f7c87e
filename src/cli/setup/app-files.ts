import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from './project.ts';

/** A file of the app's own source. */
export interface SourceFile {
  /** Its path from the app's folder, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** Number of source files that are read; a larger app is judged by these. */
const MAX_FILES = 3000;

const SOURCE = /\.(?:[cm]?[jt]sx?|vue|svelte|astro|html)$/;

const GENERATED = /^(?:node_modules|dist|build|coverage|out|\..*)$/;

/** Lists the app's source files: those in `src`, `app`, `pages`, and the ones beside package.json. */
export function readSourceFiles({ folder }: Project): readonly SourceFile[] {
  const paths: string[] = [];
  const collect = (path: string, depth: number): void => {
    for (const entry of readdirSync(join(folder, path), { withFileTypes: true })) {
      const child = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.isFile() && SOURCE.test(entry.name) && paths.length < MAX_FILES) paths.push(child);
      const isOfApp = depth > 0 || /^(?:src|app|pages)$/.test(entry.name);
      if (entry.isDirectory() && isOfApp && depth < 12 && !GENERATED.test(entry.name)) collect(child, depth + 1);
    }
  };
  collect('', 0);
  return paths.map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }));
}

/** Finds the first of some files that the app has, by their paths from its folder. */
export function findFile({ folder }: Project, paths: readonly string[]): string | undefined {
  return paths.find((path) => existsSync(join(folder, path)));
}

/** Lists the names that a program of a framework's configuration may have. */
export function programNames(name: string): readonly string[] {
  return ['js', 'mjs', 'cjs', 'ts', 'mts', 'cts'].map((ending) => `${name}.${ending}`);
}
