import { mkdirSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ENTRIES, ROOT } from './entries.ts';

/**
 * Writes a folder with a package.json for each entry, which tools look for that read no `exports`: webpack 4, Jest 27 and
 * TypeScript with the module resolution `node`.
 *
 * @param folder the folder of the package
 */
export function writeEntryFolders(folder: string): void {
  for (const { path, main, types } of ENTRIES) {
    if (path === '') continue;
    const toRoot = posix.relative(`/${path}`, '/');
    const [declarations = ''] = types;
    const redirect = { main: posix.join(toRoot, main), types: posix.join(toRoot, declarations) };
    mkdirSync(join(folder, path), { recursive: true });
    writeFileSync(join(folder, path, 'package.json'), `${JSON.stringify(redirect, null, 2)}\n`);
  }
}

/** Removes what {@link writeEntryFolders} has written, and no folder that holds something else. */
function removeEntryFolders(folder: string): void {
  const paths = ENTRIES.map(({ path }) => path).filter((path) => path !== '');
  for (const path of paths) rmSync(join(folder, path, 'package.json'), { force: true });
  const folders = paths.flatMap((path) => [path, dirname(path)]).filter((path) => path !== '.');
  for (const path of folders) removeIfEmpty(join(folder, path));
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It is gone already, or holds something else.
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (process.argv[2] === 'remove') removeEntryFolders(ROOT);
  else writeEntryFolders(ROOT);
}
