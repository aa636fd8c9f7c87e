import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/build.ts';
import { findSection } from './markdown.ts';

/** Difference that the table may have, in bytes: not every small change is a change of the table. */
const TOLERANCE_BYTES = 500;

const PATH = 'CONTRIBUTING.md';

/** A row of the table: the part, its kilobytes in each bundle, and its reason. */
const ROW = /^\| `([^`]+)` *\| ([\d.]*) *\| ([\d.]*) *\| (\S.*)$/gm;

/** Bytes of minified code by part, of each bundle. */
export type Bundles = Readonly<Record<'page' | 'worker', ReadonlyMap<string, number>>>;

/**
 * Compares a table of sizes with the bundles.
 *
 * @param table the table; that of CONTRIBUTING.md by default
 * @returns what the table does not say, or says wrongly
 */
export function findUnexplained(bundles: Bundles, table: string = readSection()): readonly string[] {
  const rows = [...table.matchAll(ROW)];
  const found: string[] = [];
  for (const [bundle, column] of [
    ['page', 2],
    ['worker', 3],
  ] as const) {
    const stated = new Map(rows.map((row) => [row[1] ?? '', 1000 * Number(row[column])]));
    for (const name of new Set([...stated.keys(), ...bundles[bundle].keys()])) {
      const bytes = bundles[bundle].get(name) ?? 0;
      const says = stated.get(name);
      if (says === undefined || Math.abs(says - bytes) > TOLERANCE_BYTES)
        found.push(`${name} in the ${bundle}: ${bytes} bytes, and the table says ${says ?? 'nothing'}`);
    }
  }
  return found;
}

/** Writes the sizes into the table of CONTRIBUTING.md. The reasons stay; a part that has no row needs one by hand. */
export function writeSizes(bundles: Bundles): void {
  const file = join(ROOT, PATH);
  const section = readSection();
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(section, () => withSizes(section, bundles)),
  );
}

/** The table with other sizes. */
export function withSizes(table: string, bundles: Bundles): string {
  return table.replace(ROW, (_row, part: string, _page, _worker, reason: string) => {
    const [page, worker] = [bundles.page, bundles.worker].map((sizes) => kilobytes(sizes.get(part)));
    return `| \`${part}\` | ${page} | ${worker} | ${reason}`;
  });
}

function kilobytes(bytes: number | undefined): string {
  return bytes === undefined ? '' : (bytes / 1000).toFixed(1);
}

function readSection(): string {
  return findSection({ path: PATH, text: readFileSync(join(ROOT, PATH), 'utf8') }, 'Size');
}
