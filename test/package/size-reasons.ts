import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/build.ts';
import { findSection } from './markdown.ts';

/** What the table may be away from the truth, in bytes: not every small change is a change of it. */
const TOLERANCE_BYTES = 500;

/** Bytes of minified code by part, of each bundle. */
export type Bundles = Readonly<Record<'page' | 'worker', ReadonlyMap<string, number>>>;

/**
 * Compares the table of CONTRIBUTING.md with what is in the bundles.
 *
 * @returns what the table does not say, or says wrongly
 */
export function findUnexplained(bundles: Bundles): readonly string[] {
  const path = 'CONTRIBUTING.md';
  const section = findSection({ path, text: readFileSync(join(ROOT, path), 'utf8') }, 'Size');
  const rows = [...section.matchAll(/^\| `([^`]+)` *\| ([\d.]*) *\| ([\d.]*) *\| \S/gm)];
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
