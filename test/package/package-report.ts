import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { transform } from 'esbuild';
import manifest from '../../package.json' with { type: 'json' };
import { buildIfNeeded, ROOT } from '../support/build.ts';
import { packTarball, type Tarball } from './tarball.ts';

/** Location of the committed report. */
const REPORT_FILE = join(ROOT, 'test/package/package-report.json');

/** Difference of a size from the report that is no change of it: this much in KiB, or this part of the size. */
const TOLERANCE_KIB = 0.5;
const TOLERANCE_PART = 0.02;

/** The module that apps copy out of the package; no entry of package.json names it. */
export const COPIED_MODULE = 'dist/auto.js';

/** The module with the texts that the server's entry imports. */
export const LIBRARY_MODULE = 'dist/library.js';

/** Contents of the package. */
export interface PackageReport {
  /** Paths of the files that `npm pack` puts into the tarball, sorted. */
  readonly files: readonly string[];
  /** Size of each entry in KiB: its file alone, without the packages that it imports, minified and gzipped. */
  readonly entries: Readonly<Record<string, number>>;
}

/** Reports the contents of a tarball, with the sizes of the files in `dist`. */
export async function reportPackage({ files }: Tarball): Promise<PackageReport> {
  const sizes = listEntries().map(async ([name, file]) => {
    const source = await readFile(join(ROOT, file), 'utf8');
    // To minify again what the build has minified makes it larger.
    const isMinified = source.startsWith('/*!');
    const code = isMinified ? source : (await transform(source, { minify: true })).code;
    return [name, Math.round((10 * gzipSync(code, { level: 9 }).length) / 1024) / 10] as const;
  });
  return { files, entries: Object.fromEntries(await Promise.all(sizes)) };
}

/** Returns the committed report, or an empty one if there is none. */
export function readReport(): PackageReport {
  if (!existsSync(REPORT_FILE)) return { files: [], entries: {} };
  const report: PackageReport = JSON.parse(readFileSync(REPORT_FILE, 'utf8'));
  return report;
}

/**
 * Compares the package with a report.
 *
 * @returns a sentence for each difference
 */
export function compareReports(committed: PackageReport, current: PackageReport): readonly string[] {
  const added = current.files.filter((file) => !committed.files.includes(file));
  const removed = committed.files.filter((file) => !current.files.includes(file));
  const names = new Set([...Object.keys(committed.entries), ...Object.keys(current.entries)]);
  return [
    ...added.map((file) => `${file} is in the package, and not in the report`),
    ...removed.map((file) => `${file} is in the report, and not in the package`),
    ...[...names].flatMap((name) => {
      const [reported, size] = [committed.entries[name], current.entries[name]];
      if (isAlike(reported, size)) return [];
      return [`${name}: the report says ${describeSize(reported)}, and the package has ${describeSize(size)}`];
    }),
  ];
}

/** Returns the report to commit: the current one, with the committed size of each entry that has not changed. */
export function updateReport(committed: PackageReport, current: PackageReport): PackageReport {
  const sizes = Object.entries(current.entries).map(([name, size]) => {
    const reported = committed.entries[name];
    return [name, reported !== undefined && isAlike(reported, size) ? reported : size] as const;
  });
  return { files: current.files, entries: Object.fromEntries(sizes) };
}

function isAlike(reported: number | undefined, size: number | undefined): boolean {
  if (reported === undefined || size === undefined) return reported === size;
  return Math.abs(size - reported) <= Math.max(TOLERANCE_KIB, TOLERANCE_PART * reported);
}

function describeSize(size: number | undefined): string {
  return size === undefined ? 'no such entry' : `${size} KiB`;
}

/** The entries of package.json and their files for `import`, the command, and the module that apps copy. */
function listEntries(): readonly (readonly [name: string, file: string])[] {
  const entries = Object.entries(manifest.exports).flatMap(([name, target]) =>
    typeof target === 'string' ? [] : [[posix.join(manifest.name, name), target.default] as const],
  );
  const commands = Object.entries(manifest.bin).map(([name, file]) => [`npx ${name}`, file] as const);
  return [...entries, ...commands, [COPIED_MODULE, COPIED_MODULE]];
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await buildIfNeeded();
  const folder = mkdtempSync(join(tmpdir(), 'tokenward-report-'));
  const current = await reportPackage(await packTarball(folder));
  rmSync(folder, { recursive: true });
  for (const difference of compareReports(readReport(), current)) process.stdout.write(`accepted: ${difference}\n`);
  writeFileSync(REPORT_FILE, `${JSON.stringify(updateReport(readReport(), current), null, 2)}\n`);
}
